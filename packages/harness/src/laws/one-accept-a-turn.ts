import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endClients, fateOf, startClient } from "../clients.ts";
import { countsOf } from "../kernel.ts";
import { roleVariable } from "../order.ts";
import { waitUntil } from "../processes.ts";
import { assertRuns, startProgram } from "../servers/running.ts";
import { settingFor, type Ground } from "./ground.ts";
import type { TurnOrder } from "./turn-counter.ts";

export interface OneAcceptATurnOrder {
  readonly family: "tcp" | "unix";
  /** At most the backlog + 1. */
  readonly clients: number;
  readonly backlog: number;
}

export interface OneAcceptATurnCounts {
  /** Clients in the kernel's queue before the event loop first looked at it. */
  readonly queued: number;
  /** Connections in each turn of the event loop that had some. */
  readonly turns: readonly number[];
  /** Connections taken out of the queue, by the kernel, in the end. */
  readonly accepted: number;
}

/**
 * The law: with libuv 1.45 or newer (every Node 20.4 and newer) an event loop takes one connection a turn out of the queue, however many
 * wait there; what else the turn does, the rest of the queue waits for. Older ones accepted until the queue was empty.
 * Source: libuv: src/unix/stream.c uv__server_io, and ChangeLog of 1.45.0, "don't accept() connections in a loop".
 *
 * A server of Node's stands still until all clients are in its queue, and then counts connections by turn.
 */
export async function oneAcceptATurn({ family, clients, backlog }: OneAcceptATurnOrder, ground: Ground): Promise<OneAcceptATurnCounts> {
  const { address } = await settingFor("turns", family, ground);
  const file = (name: string): string => join(ground.directory, `turns.${name}`);
  const order: TurnOrder = { address, backlog, clients, listening: file("listening"), go: file("go"), turns: file("counted") };
  const { child, running } = startProgram(process.execPath, [ground.entry], "/", { [roleVariable]: JSON.stringify({ role: "turn-counter", order }) });
  ground.keep(running);
  const appears = (path: string, what: string): Promise<void> =>
    waitUntil(() => {
      assertRuns(child, running, "Node");
      return existsSync(path);
    }, ground.until, what);
  await appears(order.listening, "Node to listen");
  const all = Array.from({ length: clients }, () => startClient(address, "nothing"));
  await waitUntil(() => all.every((client) => fateOf(client) !== "connecting"), ground.until, "every client to connect");
  const queued = countsOf(address).queues.reduce((sum, length) => sum + length, 0);
  writeFileSync(order.go, "");
  await appears(order.turns, "Node to accept every client");
  const { accepted } = countsOf(address);
  endClients(all);
  return { queued, turns: JSON.parse(readFileSync(order.turns, "latin1")) as readonly number[], accepted };
}
