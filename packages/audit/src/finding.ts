import type { Assumptions, ChainLimits, Deployment, Origin, WhatIf } from "@audit-backlog/model";

export type Severity = "error" | "warning" | "note";

/** A place that a finding speaks of. `label` is what a code frame prints under the span. */
export interface Location {
  readonly role: "primary" | "related";
  readonly origin: Origin;
  readonly label: string;
}

export interface Finding {
  /** Rule id. */
  readonly rule: string;
  readonly severity: Severity;
  /** `certain`, or the one fact that it hangs on. */
  readonly certainty: { readonly kind: "certain" } | { readonly kind: "conditional"; readonly on: string };
  /** One or two sentences with the numbers; stands alone, as an alert's title must. */
  readonly message: string;
  /** Primary first. */
  readonly locations: readonly Location[];
  /** Why it binds: a line for each term. */
  readonly why: readonly string[];
  /** What to change, and what that buys; with the number where one follows from the arithmetic. */
  readonly change: readonly string[];
  /** What would be useless to change, and why. */
  readonly leave: readonly string[];
  /** Whether it matters here: what must arrive for anyone to notice. */
  readonly matters?: string;
  readonly whatIfs: readonly WhatIf[];
  /** The setting it is about: one finding a setting. A file place (`file:offset`) or a listener's or service's setting id. */
  readonly setting: string;
  /** Service and listener ids it is about; in place of a service the id of a container whose server is none that is known. */
  readonly service: string;
  readonly listener?: string;
  readonly chain?: string;
}

export interface AuditOptions {
  /** The least backlog that is not small. */
  readonly floor: number;
  readonly assumptions: Assumptions;
  /** By chain id, where something else is stated of a chain: all that is, not only what differs. */
  readonly byChain?: ReadonlyMap<string, Assumptions>;
}

/** All that a report is made of. */
export interface Report {
  readonly deployment: Deployment;
  readonly limits: readonly ChainLimits[];
  /** Most severe first, then by file and line. */
  readonly findings: readonly Finding[];
  readonly options: AuditOptions;
}
