import type { Place, Procedure, Scenario } from "@audit-backlog/model";

/** How to show on real sockets that a finding is true and that its remedy works. */
export type Proof = ScenarioProof | ProcedureProof | SourceProof;

/** The same load before and after the remedy: fewer clients come to harm. */
export interface ScenarioProof {
  readonly kind: "scenarios";
  readonly before: Scenario;
  readonly after: Scenario;
  /** Where clients come to harm: the counts of these places, added up, fall strictly. */
  readonly harm: readonly Place[];
  /** What is not the finding's own number, and why; a clause each. Empty where all are. */
  readonly changed: readonly string[];
}

/** The harm is no count of clients. */
export interface ProcedureProof extends Procedure {
  readonly kind: "procedure";
  readonly changed: readonly string[];
}

/** Nothing that can be tried out here shows it. */
export interface SourceProof {
  readonly kind: "from-source";
  /** Why it cannot be measured: one clause. */
  readonly because: string;
  /** Where it is written instead. */
  readonly source: string;
}
