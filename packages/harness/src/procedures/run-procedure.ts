import { fileURLToPath } from "node:url";
import type { Procedure, ProcedureMeasurement } from "@audit-backlog/model";
import { askChild } from "../child.ts";
import type { MeasureOptions } from "../measure.ts";
import { probe, withReason, type Namespace } from "../namespaces.ts";

/** What a child is told on its standard input, and what it answers. */
export interface ProcedureOrder {
  readonly procedure: Procedure;
  readonly namespace: Namespace;
}
export interface ProcedureReply {
  readonly procedure: ProcedureMeasurement;
}

/** Two starts of a program; nginx alone tries to bind for 2.5 seconds before it gives up. */
const defaultDeadline = 75;

/**
 * Carries out a procedure in a child process, as measure() does with a scenario: with namespaces of its own where the machine
 * allows that, once more where the first run is inconclusive. Rejects where a server is not installed or a limit can't be raised.
 */
export async function measureProcedure(procedure: Procedure, options: MeasureOptions = {}): Promise<ProcedureMeasurement> {
  const namespace = options.namespace ?? probe().namespace;
  let measurement = await once({ procedure, namespace }, options);
  for (let retry = 0; retry < (options.retries ?? 1) && measurement.verdict === "inconclusive"; retry += 1) {
    measurement = await once({ procedure, namespace }, options);
  }
  return { ...measurement, environment: withReason(measurement.environment, options.namespace) };
}

async function once(order: ProcedureOrder, { entry = builtEntry(), signal, deadline = defaultDeadline }: MeasureOptions): Promise<ProcedureMeasurement> {
  const reply = await askChild<ProcedureReply>("procedure", order, { entry, namespace: order.namespace, seconds: deadline, signal });
  return reply.procedure;
}

/** From TypeScript sources, the built program next to them: Node can't run the sources themselves. */
function builtEntry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../../dist/entry.js" : "../entry.js", import.meta.url));
}
