import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { Load } from "@audit-backlog/model";
import { fateOf, startClient, endClients, type Client, type Words } from "./clients.ts";
import { counters, countsOf, type Address } from "./kernel.ts";
import { areAtRest, waitUntil } from "./processes.ts";

/** What a load needs of the servers that it is put on. */
export interface Target {
  readonly address: Address;
  readonly words: Words;
  /** Every process of every server. */
  readonly pids: readonly number[];
  readonly until: number;
}

/** The clients of a load, and what the kernel showed before it could repeat a SYN. */
export interface Sent {
  readonly clients: readonly Client[];
  /** SYNs without an answer, by the kernel's table of sockets. Their clients were ended, so nobody tries again. */
  readonly unanswered: number;
  /** The same by the counter of drops, where nothing else in the namespace can have raised it. */
  readonly drops: number;
  /** Seconds. */
  readonly sentWithin: number;
  /** Seconds until the first was turned away, with a sustained load. */
  readonly overflowsAfter?: number;
  /** Seconds that the sender was behind its schedule at worst. */
  readonly lag: number;
  /** Connected clients that are in no queue. */
  readonly phantoms?: number;
}

/** Seconds, a little under the one after which a client's kernel repeats its SYN. */
const firstRetry = 0.9;

/** Puts a load on a target. */
export async function send(load: Load, target: Target, roundTrip: "zero" | "real"): Promise<Sent> {
  switch (load.kind) {
    case "all at once":
      return roundTrip === "real" ? sendFromAfar(load.clients, target) : sendAtOnce(load.clients, target);
    case "spread out":
      return sendOneByOne(load.clients, load.interval, target);
    case "sustained":
      return sendSteadily(load.rate, load.seconds, target);
  }
}

async function sendAtOnce(count: number, { address, words, until }: Target): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const clients = Array.from({ length: count }, () => startClient(address, words));
  // After this turn every connect(2) was called, and no event of theirs was handled.
  await turn();
  const sentWithin = (performance.now() - started) / 1000;
  const drops = counters().ListenDrops - dropsBefore;
  const { unanswered } = countsOf(address);
  // Who is not connected by now has lost its SYN; ending it before a second has passed keeps it from repeating it.
  const lookAgain = performance.now() + 300;
  while (performance.now() < Math.min(lookAgain, until) && clients.filter((client) => fateOf(client) === "connecting").length > unanswered) await turn();
  endClients(clients.filter((client) => fateOf(client) === "connecting"));
  return { clients, unanswered, drops, sentWithin, lag: 0 };
}

/** Handshakes take their time, so the kernel's counts are polled until they account for everyone, within the first second. */
async function sendFromAfar(count: number, { address, words }: Target): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const clients = Array.from({ length: count }, () => startClient(address, words));
  await turn();
  const sentWithin = (performance.now() - started) / 1000;
  let drops = 0;
  let queued = 0;
  while (drops + queued < count && performance.now() - started < firstRetry * 1000) {
    await sleep(5);
    drops = counters().ListenDrops - dropsBefore;
    queued = countsOf(address).queues.reduce((sum, length) => sum + length, 0);
  }
  // What clients think is counted a little later: their side of a handshake may end after the kernel's.
  await sleep(Math.max(0, started + firstRetry * 1000 - performance.now()));
  const connected = clients.filter((client) => client.connectedAt !== undefined).length;
  return { clients, unanswered: count - queued, drops, sentWithin, lag: 0, phantoms: Math.max(0, connected - queued) };
}

async function sendOneByOne(count: number, interval: number, { address, words, pids, until }: Target): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const clients: Client[] = [];
  let unanswered = 0;
  for (let index = 0; index < count; index += 1) {
    const client = startClient(address, words);
    clients.push(client);
    await turn();
    if (countsOf(address).unanswered > 0) {
      unanswered += 1;
      endClients([client]);
    } else await waitUntil(() => fateOf(client) !== "connecting", until, "a client's connect() to end");
    await sleep(interval * 1000);
    // A look between two sleeps may fall between a worker's waking up and its next wait.
    await waitUntil(() => areAtRest(pids), until, "the servers to come to rest");
  }
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin: (performance.now() - started) / 1000, lag: 0 };
}

/** Ends with the first client that is turned away: what follows says nothing new. */
async function sendSteadily(rate: number, seconds: number, { address, words }: Target): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const count = Math.round(rate * seconds);
  const clients: Client[] = [];
  let lag = 0;
  let overflowsAfter: number | undefined;
  while (clients.length < count && overflowsAfter === undefined) {
    const elapsed = (performance.now() - started) / 1000;
    const due = Math.min(count, Math.floor(elapsed * rate) + 1);
    if (due > clients.length) lag = Math.max(lag, elapsed - clients.length / rate);
    while (clients.length < due) clients.push(startClient(address, words));
    await turn();
    const turnedAway = address.family === "tcp" ? counters().ListenDrops > dropsBefore : clients.some((client) => fateOf(client) === "eagain");
    if (turnedAway) overflowsAfter = (performance.now() - started) / 1000;
    else await sleep(1);
  }
  const { unanswered } = countsOf(address);
  const sentWithin = (performance.now() - started) / 1000;
  await sleep(50);
  endClients(clients.filter((client) => fateOf(client) === "connecting"));
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin, lag, ...(overflowsAfter === undefined ? {} : { overflowsAfter }) };
}
