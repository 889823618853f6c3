import type { Environment, Measurement, Scenario } from "@audit-backlog/model";

/** The environment variable by which a process of the harness knows its part. */
export const roleVariable = "AUDIT_BACKLOG_HARNESS";

/** What a child is told on its standard input. */
export interface RunOrder {
  readonly scenario: Scenario;
  readonly namespace: Environment["namespace"];
}

/** What it writes to its standard output. */
export interface Reply {
  readonly measurement: Measurement;
}
