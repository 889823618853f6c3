import cluster from "node:cluster";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { NodeServer } from "@audit-backlog/model";
import type { Address } from "../kernel.ts";
import { roleVariable } from "../order.ts";
import { areAtRest, familyOf, waitUntil } from "../processes.ts";
import { assertRuns, startProgram, type Running, type Setting } from "./running.ts";

/** What the server's process is told, in an environment variable; see entry.ts. */
export interface NodeOrder {
  readonly server: NodeServer;
  readonly address: Address;
  readonly handlerTime: number;
  /** Start of the names of files that appear once a process listens, one each. */
  readonly listening: string;
}

/** Starts a Node server in a process of its own, and waits until it listens. */
export async function startNode(server: NodeServer, setting: Setting, entry: string): Promise<Running> {
  const listening = join(setting.directory, `${setting.name}.listening`);
  const order: NodeOrder = { server, address: setting.address, handlerTime: setting.handlerTime, listening };
  const variables = { [roleVariable]: JSON.stringify({ role: "node-server", order }) };
  const { child, running } = startProgram(process.execPath, [entry], "/", variables);
  const isUp = (): boolean => {
    assertRuns(child, running, "Node");
    return range(server.instances).every((id) => existsSync(`${listening}.${id}`)) && areAtRest(familyOf(running.pid));
  };
  await waitUntil(isUp, setting.until, "Node to listen");
  return running;
}

/** Runs in the server's process, and in each worker of its cluster. */
export function serveAsNode(order: NodeOrder): void {
  const { server, listening } = order;
  if (server.mode === "single" || cluster.isWorker) {
    listen(order, () => {
      writeFileSync(`${listening}.${cluster.worker?.id ?? 1}`, "");
      // Without a turn of the event loop in between, so nothing is accepted once the file is there.
      if (server.state === "stalled") block();
    });
    return;
  }
  cluster.schedulingPolicy = server.mode === "shared" ? cluster.SCHED_NONE : cluster.SCHED_RR;
  for (let fork = 0; fork < server.instances; fork += 1) cluster.fork();
}

/** 1 to `count`: the ids that cluster gives its workers. */
function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function listen({ server, address, handlerTime }: NodeOrder, then: () => void): void {
  const http = createServer((_request, response) => {
    setTimeout(() => response.end("ok\n"), handlerTime * 1000);
  });
  if (server.maxConnections !== undefined) http.maxConnections = server.maxConnections;
  const where = address.family === "tcp" ? { host: "127.0.0.1", port: address.port } : { path: address.path };
  http.listen({ ...where, backlog: server.backlog }, then);
}

/** Blocks this process's event loop for good. */
function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
