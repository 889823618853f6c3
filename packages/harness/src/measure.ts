import { fileURLToPath } from "node:url";
import type { Measurement, Scenario } from "@audit-backlog/model";
import { askChild } from "./child.ts";
import { probe, withReason, type Namespace } from "./namespaces.ts";
import type { Reply, RunOrder } from "./order.ts";

export interface MeasureOptions {
  /** The program that children run, and that calls reenter() first; for a bundle, its own file. */
  readonly entry?: string;
  /** Instead of the best that the machine has. */
  readonly namespace?: Namespace;
  /** Ends the run. */
  readonly signal?: AbortSignal;
  /** Seconds that a run may take, beyond the time of its load; 75 unless given. */
  readonly deadline?: number;
  /** Times that an inconclusive scenario is tried again; 1 unless given. */
  readonly retries?: number;
}

/** Longer than the patience inside, so that a run mostly says itself what it waited for. */
const defaultDeadline = 75;

/**
 * Carries out a scenario on real sockets, in a child process with namespaces of its own where the machine allows that. An
 * inconclusive run is repeated once. Rejects when the scenario can't be carried out here: a server is not installed, a limit
 * can't be raised. Nothing outlives it, nor this process.
 */
export async function measure(scenario: Scenario, options: MeasureOptions = {}): Promise<Measurement> {
  const namespace = options.namespace ?? probe().namespace;
  let measurement = await measureOnce(scenario, namespace, options);
  for (let retry = 0; retry < (options.retries ?? 1) && measurement.verdict === "inconclusive"; retry += 1) {
    measurement = await measureOnce(scenario, namespace, options);
  }
  return { ...measurement, environment: withReason(measurement.environment, options.namespace) };
}

async function measureOnce(scenario: Scenario, namespace: Namespace, { entry = builtEntry(), signal, deadline = defaultDeadline }: MeasureOptions): Promise<Measurement> {
  const order: RunOrder = { scenario, namespace };
  const reply = await askChild<Reply>("scenario", order, { entry, namespace, seconds: deadline + loadSeconds(scenario), signal });
  return reply.measurement;
}

function loadSeconds({ load }: Scenario): number {
  switch (load.kind) {
    case "all at once":
      return load.patience ?? 0;
    case "spread out":
      return load.clients * (load.interval + 0.02);
    case "sustained":
      return load.seconds * 4;
  }
}

/** From TypeScript sources, the built program next to them: Node can't run the sources themselves. */
function builtEntry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../dist/entry.js" : "./entry.js", import.meta.url));
}
