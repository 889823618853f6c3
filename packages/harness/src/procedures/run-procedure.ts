import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Procedure, ProcedureMeasurement } from "@audit-backlog/model";
import type { MeasureOptions } from "../measure.ts";
import { probe, wrap, type Namespace } from "../namespaces.ts";
import { roleVariable } from "../order.ts";

/** What a child is told on its standard input, and what it answers. */
export interface ProcedureOrder {
  readonly procedure: Procedure;
  readonly namespace: Namespace;
}
export type ProcedureReply = { readonly procedure: ProcedureMeasurement } | { readonly error: string };

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
  return measurement;
}

async function once(order: ProcedureOrder, { entry = builtEntry(), signal, deadline = defaultDeadline }: MeasureOptions): Promise<ProcedureMeasurement> {
  signal?.throwIfAborted();
  const [command = "", ...args] = wrap(order.namespace, [process.execPath, entry]);
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, [roleVariable]: JSON.stringify({ role: "procedure" }), NODE_OPTIONS: "" },
  });
  let out = "";
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stdin.on("error", () => undefined);
  // The pipe stays open: its end tells the child to take everything along, also when this process is killed.
  child.stdin.write(`${JSON.stringify(order)}\n`);
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.stdin.end();
    killing ??= setTimeout(() => child.kill("SIGKILL"), 2000);
  };
  const timer = setTimeout(end, deadline * 1000);
  signal?.addEventListener("abort", end, { once: true });
  try {
    await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(killing);
    signal?.removeEventListener("abort", end);
  }
  signal?.throwIfAborted();
  if (out.trim() === "") throw new Error(`the procedure ended without an answer, within ${deadline} s: ${log.trim().slice(-500)}`);
  const reply = JSON.parse(out) as ProcedureReply;
  if ("error" in reply) throw new Error(reply.error);
  return reply.procedure;
}

/** From TypeScript sources, the built program next to them: Node can't run the sources themselves. */
function builtEntry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../../dist/entry.js" : "../entry.js", import.meta.url));
}
