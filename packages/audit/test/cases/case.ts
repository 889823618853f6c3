import type { Deployment } from "@audit-backlog/model";
import type { AuditOptions, Severity } from "../../src/index.ts";

/** One deployment and what a rule must say about it. The numbers are worked out by hand beside it. */
export interface Case {
  readonly title: string;
  readonly deployment: Deployment;
  readonly assumptions?: AuditOptions["assumptions"];
  readonly floor?: number;
}

export interface Hit extends Case {
  readonly severity: Severity;
  /** Absent for a certain one: the fact it hangs on. */
  readonly on?: string;
  /** Words and numbers that the message must hold. */
  readonly message: readonly string[];
  /** `file:line` of the primary place, where it is a file. */
  readonly primary?: string;
  /** What the setting is to be set to. */
  readonly to?: number;
  /** How many settings it speaks about; 1 where nothing is said. */
  readonly count?: number;
}

export interface RuleCases {
  readonly rule: string;
  readonly hits: readonly Hit[];
  /** One step away from a hit. */
  readonly nearMisses: readonly Case[];
  /** What it must keep silent about for other reasons. */
  readonly quiet: readonly Case[];
}
