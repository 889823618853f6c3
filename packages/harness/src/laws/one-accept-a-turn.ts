import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endClients, fateOf, startClient } from "../clients.ts";
import { countsOf, type Address } from "../kernel.ts";
import { roleVariable } from "../order.ts";
import { waitUntil } from "../processes.ts";
import { assertRuns, startProgram } from "../servers/running.ts";
import { settingFor, type Ground } from "./ground.ts";
import type { TurnOrder } from "./turn-counter.ts";

export interface OneAcceptATurnOrder {
  readonly family: "tcp" | "unix";
  /** Sockets that the server listens on. */
  readonly listeners: number;
  /** Of each listener; at most the backlog + 1. */
  readonly clients: number;
  readonly backlog: number;
}

export interface OneAcceptATurnCounts {
  /** Clients in the kernel's queue before the event loop first looked at it. */
  readonly queued: number;
  /** Turns of the event loop that had connections, and the most that one of them had. */
  readonly turns: number;
  readonly most: number;
  /** Connections taken out of the queue, by the kernel, in the end. */
  readonly accepted: number;
}

/**
 * The law: since libuv 1.45 an event loop takes one connection a turn out of the queue of each listening socket, however many wait there; what
 * else the turn does, the rest of the queue waits for. Before, it accepted until the queue was empty: Node 18.20 with libuv 1.44.2
 * takes all of them in one turn. Source: libuv: src/unix/stream.c uv__server_io, commit 6c692ad1c.
 *
 * A server of Node's stands still until all clients are in its queue, and then counts connections by turn.
 */
export async function oneAcceptATurn({ family, listeners, clients, backlog }: OneAcceptATurnOrder, ground: Ground): Promise<OneAcceptATurnCounts> {
  const addresses: Address[] = [];
  for (let index = 0; index < listeners; index += 1) addresses.push((await settingFor(`turns${index}`, family, ground)).address);
  const file = (name: string): string => join(ground.directory, `turns.${name}`);
  const order: TurnOrder = { addresses, backlog, clients: listeners * clients, listening: file("listening"), go: file("go"), turns: file("counted") };
  const { child, running } = startProgram(process.execPath, [ground.entry], "/", { [roleVariable]: JSON.stringify({ role: "turn-counter", order }) });
  ground.keep(running);
  const appears = (path: string, what: string): Promise<void> =>
    waitUntil(() => {
      assertRuns(child, running, "Node");
      return existsSync(path);
    }, ground.until, what);
  await appears(order.listening, "Node to listen");
  const all = addresses.flatMap((address) => Array.from({ length: clients }, () => startClient(address, "nothing")));
  await waitUntil(() => all.every((client) => fateOf(client) !== "connecting"), ground.until, "every client to connect");
  const queued = addresses.flatMap((address) => countsOf(address).queues).reduce((sum, length) => sum + length, 0);
  writeFileSync(order.go, "");
  await appears(order.turns, "Node to accept every client");
  const accepted = addresses.reduce((sum, address) => sum + countsOf(address).accepted, 0);
  endClients(all);
  const turns = JSON.parse(readFileSync(order.turns, "latin1")) as readonly number[];
  return { queued, turns: turns.length, most: Math.max(...turns), accepted };
}
