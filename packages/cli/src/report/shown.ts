import type { Finding, Report } from "@audit-backlog/audit";
import type { FileOrigin } from "@audit-backlog/model";
import type { MeasuredFinding } from "../measured-findings.ts";
import type { ShowFile } from "./places.ts";
import type { Style } from "./style.ts";

/** A finding that somebody asked not to hear of, and where they did. */
export interface Suppressed {
  readonly finding: Finding;
  readonly by: {
    readonly origin: FileOrigin;
    readonly kind: "comment" | "config" | "eslint-disable";
    readonly reason?: string;
  };
}

/** All that a format is made of: every format tells the same story. */
export interface Shown {
  /** Its findings are those to show. */
  readonly report: Report;
  readonly suppressed: readonly Suppressed[];
  /** Findings left out because they do not touch what the user looks at. */
  readonly outOfFocus: number;
  /** What real sockets said, where they were asked. */
  readonly measured?: ReadonlyMap<Finding, MeasuredFinding>;
  /** Of this program. */
  readonly version: string;
  /** The audited directory as the current directory sees it; "." for that itself. Files of the report are relative to it. */
  readonly root: string;
  /** Raw: what goes to a terminal needs `safe`. */
  readonly show: ShowFile;
  /** The text of a file of the audited tree. */
  readonly textOf: (file: string) => string | undefined;
  readonly style: Style;
}

export type Formatter = (shown: Shown) => string;
