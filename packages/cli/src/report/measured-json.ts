import { compare, type Count, type Measurement, type Outcome, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
import type { MeasuredFinding } from "../measured-findings.ts";
import type { Run } from "../measuring.ts";

/** Rises when a consumer has to change. */
const SCHEMA_VERSION = 1;

/** One scenario on real sockets, as plain data. Times in seconds. */
interface RunJson {
  readonly scenario: Scenario;
  /** Why a bare listener stands in for the servers. */
  readonly standIn: string | null;
  readonly predicted: Readonly<Partial<Record<keyof Outcome, Count>>>;
  readonly measured: Readonly<Partial<Record<keyof Outcome, number>>>;
  readonly agrees: boolean;
  readonly verdict: Measurement["verdict"];
  readonly because: readonly string[];
  readonly evidence: Omit<Measurement["evidence"], "latencies">;
  readonly environment: Measurement["environment"];
}

/** Latencies, a number for each client, are left out: nothing in a report is made of them. */
function oneRunJson({ scenario, standIn, predicted, measurement }: Run): RunJson {
  const { queues, counters, clients, sentWithin, connected, servedLate } = measurement.evidence;
  return {
    scenario,
    standIn: standIn ?? null,
    predicted: { ...predicted },
    measured: { ...measurement.outcome },
    agrees: compare(predicted, measurement.outcome).length === 0,
    verdict: measurement.verdict,
    because: measurement.because,
    evidence: { queues, counters, clients, sentWithin, connected, servedLate },
    environment: measurement.environment,
  };
}

/** What `--measure` found out about one finding. */
type MeasuredJson =
  | { readonly kind: "scenarios"; readonly changed: readonly string[]; readonly before: RunJson; readonly after: RunJson }
  | ({ readonly kind: "procedure"; readonly changed: readonly string[] } & ProcedureMeasurement)
  | Exclude<MeasuredFinding, { readonly kind: "scenarios" | "procedure" }>;

export function measuredJson(measured: MeasuredFinding): MeasuredJson {
  if (measured.kind === "procedure") return { kind: "procedure", changed: measured.changed, ...measured.measurement };
  if (measured.kind !== "scenarios") return measured;
  return { kind: "scenarios", changed: measured.changed, before: oneRunJson(measured.before), after: oneRunJson(measured.after) };
}

/** What `measure --format json` prints. */
export function runJson(runs: readonly (Run & { readonly title: string })[], version: string): string {
  const data = { schemaVersion: SCHEMA_VERSION, tool: { name: "audit-backlog", version }, runs: runs.map((run) => ({ title: run.title, ...oneRunJson(run) })) };
  return `${JSON.stringify(data, null, 2)}\n`;
}
