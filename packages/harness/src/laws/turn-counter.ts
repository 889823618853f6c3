import { once } from "node:events";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Address } from "../kernel.ts";

/** What the server's process is told, in an environment variable; see entry.ts. */
export interface TurnOrder {
  /** It listens on each of them. */
  readonly addresses: readonly Address[];
  readonly backlog: number;
  /** Connections after which it writes down what it counted. */
  readonly clients: number;
  /** Appears once it listens; after that it stands still until `go` appears. */
  readonly listening: string;
  readonly go: string;
  /** A JSON array: connections in each turn of the event loop that had some. */
  readonly turns: string;
}

/** Runs in the server's process: counts the connections of each turn of its event loop. */
export function countTurns({ addresses, backlog, clients, listening, go, turns }: TurnOrder): void {
  const connections: number[] = [];
  const sockets: Socket[] = [];
  const note = (socket: Socket): void => {
    sockets.push(socket);
    connections[connections.length - 1] = (connections.at(-1) ?? 0) + 1;
    if (sockets.length < clients) return;
    writeFileSync(`${turns}.part`, JSON.stringify(connections.filter((count) => count > 0)));
    renameSync(`${turns}.part`, turns);
  };
  // One immediate runs in every turn, after the turn's look at its sockets. Source: libuv: docs/src/design.rst, "The I/O loop".
  const nextTurn = (): void => {
    connections.push(0);
    setImmediate(nextTurn);
  };
  nextTurn();
  const listens = addresses.map((address) => createServer(note).listen({ ...(address.family === "tcp" ? { host: "127.0.0.1", port: address.port } : { path: address.path }), backlog }));
  void Promise.all(listens.map((server) => once(server, "listening"))).then(() => {
    writeFileSync(listening, "");
    // Without a turn in between, so that nothing is accepted before all clients wait.
    const still = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(go)) Atomics.wait(still, 0, 0, 3);
  });
}
