import { compare, type Count, type Measurement, type Outcome, type Scenario } from "@audit-backlog/model";

/** Rises when a consumer has to change. */
const SCHEMA_VERSION = 1;

/** One scenario on real sockets, as plain data. Times in seconds. */
export interface RunJson {
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

interface Runnable {
  readonly scenario: Scenario;
  readonly standIn?: string;
  readonly predicted: Outcome;
  readonly measurement: Measurement;
}

/** Latencies, a number for each client, are left out: nothing in a report is made of them. */
export function oneRunJson({ scenario, standIn, predicted, measurement }: Runnable): RunJson {
  const { queues, counters, clients, sentWithin } = measurement.evidence;
  return {
    scenario,
    standIn: standIn ?? null,
    predicted: { ...predicted },
    measured: { ...measurement.outcome },
    agrees: compare(predicted, measurement.outcome).length === 0,
    verdict: measurement.verdict,
    because: measurement.because,
    evidence: { queues, counters, clients, sentWithin },
    environment: measurement.environment,
  };
}

/** What `measure --format json` prints. */
export function runJson(runs: readonly (Runnable & { readonly title: string })[], version: string): string {
  const data = { schemaVersion: SCHEMA_VERSION, tool: { name: "audit-backlog", version }, runs: runs.map((run) => ({ title: run.title, ...oneRunJson(run) })) };
  return `${JSON.stringify(data, null, 2)}\n`;
}
