import { predict, type Counted, type Environment, type Measurement, type Outcome, type Procedure, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
import type { Harness } from "../src/measuring.ts";

/** The least of each predicted count. */
export function counted(predicted: Outcome): Counted {
  return Object.fromEntries(Object.entries(predicted).map(([place, count]) => [place, typeof count === "number" ? count : (count as { atLeast: number }).atLeast])) as unknown as Counted;
}

/** A kernel that counts what `change` makes of the prediction. */
export function kernel(change: (outcome: Counted) => Counted = (same) => same, more: Partial<Measurement> = {}): Harness {
  return {
    measure: (scenario) => Promise.resolve({ ...measurement(scenario, change(counted(predict(scenario)))), ...more }),
    measureProcedure: (procedure) => Promise.resolve(asExpected(procedure)),
  };
}

function measurement(scenario: Scenario, outcome: Counted): Measurement {
  return {
    scenario,
    outcome,
    verdict: "measured",
    because: [],
    evidence: { queues: [], counters: { ListenOverflows: 0, ListenDrops: 0, TCPReqQFullDrop: 0, TCPReqQFullDoCookies: 0 }, clients: {}, sentWithin: 0, latencies: { connect: [], answer: [] }, connected: [], servedLate: 0 },
    environment,
  };
}

const environment: Environment = { namespace: "host", kernel: "6.1", node: "20", libuv: "1", cpus: 2, sysctls: {}, instead: ["somaxconn is 128 here, not 4096"], time: "2026-01-01T00:00:00Z" };

function asExpected(procedure: Procedure): ProcedureMeasurement {
  const side = ({ expected: { starts, says, backlogs, accepted } }: Procedure["before"]): ProcedureMeasurement["before"] => ({
    starts,
    log: says === undefined ? [] : [says],
    ...(backlogs === undefined ? {} : { backlogs }),
    ...(accepted === undefined ? {} : { accepted }),
  });
  return { procedure, before: side(procedure.before), after: side(procedure.after), verdict: "measured", because: [], disagreements: [], environment };
}
