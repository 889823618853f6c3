import { isMainThread, workerData } from "node:worker_threads";
import { answerParent } from "./child.ts";
import { roleVariable, type Reply, type RunOrder } from "./order.ts";
import { carryOut } from "./procedures/carry-out.ts";
import type { ProcedureOrder, ProcedureReply } from "./procedures/run-procedure.ts";
import { run } from "./run.ts";
import { listenAndBlock, type ListenerOrder } from "./servers/listener.ts";
import { serveAsNode, type NodeOrder } from "./servers/node.ts";

type Role = { readonly role: "scenario" } | { readonly role: "procedure" } | { readonly role: "node-server"; readonly order: NodeOrder };

/**
 * Plays the part that the harness started this process or thread for, if it did: call it first thing in a program that is its
 * own harness child. Comes back with false where the program was started by anybody else.
 */
export async function reenter(): Promise<boolean> {
  if (!isMainThread) {
    const data = workerData as { readonly auditBacklogListener?: ListenerOrder } | null;
    if (data?.auditBacklogListener === undefined) return false;
    listenAndBlock(data.auditBacklogListener);
    return true;
  }
  const text = process.env[roleVariable];
  if (text === undefined) return false;
  const role = JSON.parse(text) as Role;
  if (role.role === "node-server") serveAsNode(role.order);
  else if (role.role === "procedure") await answerParent(async (order): Promise<ProcedureReply> => ({ procedure: await carryOut(order as ProcedureOrder) }));
  else await answerParent(async (order, entry): Promise<Reply> => ({ measurement: await run(order as RunOrder, entry) }));
  return true;
}
