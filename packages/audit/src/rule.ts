import type { Context } from "./context.ts";
import type { Finding, Report, Severity } from "./finding.ts";
import type { Proof } from "./proof/types.ts";

export type Category = "start" | "listener" | "chain" | "suppression" | "configuration";

export interface Example {
  readonly file: string;
  /** For the code fence: "nginx", "python", "js", "sh". */
  readonly language: string;
  readonly text: string;
}

/** What the head of a rule's page is generated from. */
export interface RuleDocs {
  /** Why anybody should care: two or three sentences. */
  readonly why: string;
  readonly fires: Example;
  readonly quiet: Example;
}

/** A finding on its way: what it still says when a more specific rule speaks about the same setting. */
export interface Draft extends Finding {
  /** One line for the `why` of the finding that takes this one in. */
  readonly term?: string;
}

/** What a rule says of itself: its page and its row in the table are made of it. */
export interface RulePage {
  /** Stable, kebab-case, the name of its file and of its page. */
  readonly id: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** The severities that it can have, worst first. */
  readonly severities: readonly Severity[];
  readonly category: Category;
  /** Rules that keep silent about a setting once this one speaks about it. */
  readonly subsumes: readonly string[];
  readonly docs: RuleDocs;
}

/** A rule that an audit does not check: only the editor does. */
export type EditorRule = RulePage;

/** A rule about the comments that suppress findings of others. Whoever reads the comments checks it. */
export type SuppressionRule = RulePage;

/** A rule about the configuration file of audit-backlog itself. Whoever reads that file checks it. */
export type ConfigurationRule = RulePage;

export interface Rule extends RulePage {
  readonly check: (context: Context) => readonly Draft[];
  /** How to show on real sockets that one of its findings, of that report, is true. */
  readonly proof: (finding: Finding, report: Report) => Proof;
}
