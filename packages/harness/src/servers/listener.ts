import { createServer, type Server } from "node:net";
import { parentPort, Worker } from "node:worker_threads";
import type { Address } from "../kernel.ts";
import type { Running, Setting } from "./running.ts";

/** The worker thread's part of the data it starts with; see entry.ts. */
export interface ListenerOrder {
  readonly address: Address;
  readonly backlog: number;
}

/** A thread that listens and then blocks for good, so that nobody ever accepts; it can't outlive this process. */
export async function startListener(backlog: number, { address }: Setting, entry: string): Promise<Running> {
  const order: ListenerOrder = { address, backlog };
  const worker = new Worker(entry, { workerData: { auditBacklogListener: order } });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", (message: unknown) => {
      if (message === "listening") resolve();
      else reject(new Error(String(message)));
    });
    worker.once("error", reject);
  });
  worker.unref();
  return { pid: undefined, log: () => "", end: () => void worker.terminate() };
}

/** Runs in the worker thread. */
export function listenAndBlock({ address, backlog }: ListenerOrder): void {
  const server = createServer();
  server.once("error", (error) => parentPort?.postMessage(error.message));
  server.listen(address.family === "tcp" ? { host: "127.0.0.1", port: address.port, backlog: 1 } : { path: address.path, backlog: 1 }, () => {
    const failed = listenAgain(server, backlog);
    parentPort?.postMessage(failed === 0 ? "listening" : `listen(${backlog}) failed: ${failed}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

/**
 * server.listen() makes 511 of 0 and of negative numbers. A second listen(2) on the same socket changes its backlog
 * to any C int. Sources: node: lib/net.js; linux: net/ipv4/af_inet.c __inet_listen_sk.
 */
function listenAgain(server: Server, backlog: number): number {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly listen: (backlog: number) => number } };
  if (handle === undefined) throw new Error("this Node has no handle to listen with");
  return handle.listen(backlog);
}
