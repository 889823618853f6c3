import type { Harness } from "./measuring.ts";

/** The harness, loaded only now: an audit that measures nothing does not pay for it. `entry` is the program that its children run. */
export async function loadHarness(entry: string | undefined): Promise<Harness> {
  const { measure, measureProcedure } = await import("@audit-backlog/harness");
  const own = entry === undefined ? {} : { entry };
  return {
    measure: (scenario, signal) => measure(scenario, { signal, ...own }),
    measureProcedure: (procedure, signal) => measureProcedure(procedure, { signal, ...own }),
  };
}
