import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { Load } from "@audit-backlog/model";
import { fateOf, startClient, endClients, type Client, type Fate, type Words } from "./clients.ts";
import { counters, countsOf, type Address } from "./kernel.ts";
import { areAtRest, waitUntil } from "./processes.ts";

/** What a load needs of the servers that it is put on. */
export interface Target {
  readonly address: Address;
  readonly words: Words;
  /** Every process of every server. */
  readonly pids: readonly number[];
  /** Whether anybody takes clients out of the queue that they come to. */
  readonly accepts: boolean;
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
  /** Answered when a sustained load ended. */
  readonly answered?: number;
  /** Seconds until the first was turned away, with a sustained load. */
  readonly overflowsAfter?: number;
  /** Seconds that the sender was behind its schedule at worst. */
  readonly lag: number;
  /** Connected clients that are in no queue. */
  readonly phantoms?: number;
}

/** Seconds, a little under the one after which a client's kernel repeats its SYN. */
const firstRetry = 0.9;

/** Seconds that the clients of a large burst are sent for, before those without an answer are counted and ended. */
const waveTakes = 0.4;
/** Clients of a large burst between two looks at the clock. */
const waveStep = 500;

/** Puts a load on a target. */
export async function send(load: Load, target: Target, roundTrip: "zero" | "real"): Promise<Sent> {
  switch (load.kind) {
    case "all at once":
      if (roundTrip === "real") return sendFromAfar(load.clients, target);
      return target.accepts || load.patience !== undefined ? sendAtOnce(load.clients, target, load.patience !== undefined) : sendToNobody(load.clients, target);
    case "spread out":
      return sendOneByOne(load.clients, load.interval, target);
    case "sustained":
      return sendSteadily(load.rate, load.seconds, target);
  }
}

async function sendAtOnce(count: number, { address, words, until }: Target, keepTrying: boolean): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const clients = Array.from({ length: count }, () => startClient(address, words));
  // After this turn every connect(2) was called, and no event of theirs was handled.
  await turn();
  const sentWithin = (performance.now() - started) / 1000;
  if (keepTrying) return { clients, unanswered: 0, drops: counters().ListenDrops - dropsBefore, sentWithin, lag: 0 };
  const unanswered = await endUnanswered(clients, address, dropsBefore, until);
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin, lag: 0 };
}

/**
 * A burst on a queue that nobody takes clients from: who came first does not change how many it holds. So thousands of clients, which
 * a busy machine sends for longer than a SYN waits, are counted in waves, each before its first SYN is repeated.
 */
async function sendToNobody(count: number, { address, words, until }: Target): Promise<Sent> {
  const dropsBefore = counters().ListenDrops;
  const started = performance.now();
  const clients: Client[] = [];
  let unanswered = 0;
  while (clients.length < count) {
    const drops = counters().ListenDrops;
    const begun = performance.now();
    const wave: Client[] = [];
    do {
      const step = Math.min(waveStep, count - clients.length - wave.length);
      for (let index = 0; index < step; index += 1) wave.push(startClient(address, words));
      // Every connect(2) is called before this comes back.
      await turn();
    } while (clients.length + wave.length < count && performance.now() - begun < waveTakes * 1000);
    unanswered += await endLost(wave, address, drops, begun, until);
    clients.push(...wave);
  }
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin: (performance.now() - started) / 1000, lag: 0 };
}

/**
 * Ends the clients of a wave whose SYN got no answer; how many they were. Where nobody accepts, a SYN is either answered or counted as
 * dropped: as many drops as clients without an answer leave nobody out. Unlike the table of sockets, the counter is read in no time.
 */
async function endLost(wave: readonly Client[], address: Address, dropsBefore: number, begun: number, until: number): Promise<number> {
  if (address.family === "unix") return endUnanswered(wave, address, dropsBefore, until);
  const connecting = (): readonly Client[] => wave.filter((client) => fateOf(client) === "connecting");
  const lookAgain = Math.max(performance.now() + 200, begun + firstRetry * 1000);
  while (connecting().length !== counters().ListenDrops - dropsBefore && performance.now() < Math.min(lookAgain, until)) await turn();
  const lost = connecting();
  endClients(lost);
  return lost.length;
}

/**
 * Ends the clients whose SYN got no answer, before a second has passed and their kernel repeats it; how many they were. On a busy machine a
 * SYN may wait for the kernel's attention, and the table of sockets is no snapshot while servers accept: who lost its
 * SYN is known once clients, table and counter name one number.
 */
async function endUnanswered(clients: readonly Client[], address: Address, dropsBefore: number, until: number): Promise<number> {
  const connecting = (): readonly Client[] => clients.filter((client) => fateOf(client) === "connecting");
  if (address.family === "unix") {
    // There is no SYN to lose: connect() has ended, and it is only a matter of hearing of it.
    while (connecting().length > 0 && performance.now() < until) await turn();
    return 0;
  }
  const earliest = Math.min(performance.now(), ...connecting().map(({ started }) => started));
  const lookAgain = Math.max(performance.now() + 100, earliest + firstRetry * 1000);
  const isSettled = (): boolean => {
    const { length } = connecting();
    // The table of thousands of sockets takes long to read: not before each lost SYN has been counted.
    return length <= counters().ListenDrops - dropsBefore && length === countsOf(address).unanswered;
  };
  while (!isSettled() && performance.now() < Math.min(lookAgain, until)) await turn();
  const lost = connecting();
  endClients(lost);
  return lost.length;
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
    const dropsSoFar = counters().ListenDrops;
    const client = startClient(address, words);
    clients.push(client);
    await turn();
    // An unanswered SYN alone may still wait for the kernel's attention.
    const isLost = (): boolean => countsOf(address).unanswered > 0 && counters().ListenDrops > dropsSoFar;
    await waitUntil(() => fateOf(client) !== "connecting" || isLost(), until, "a client's connect() to end");
    if (fateOf(client) === "connecting") {
      unanswered += 1;
      endClients([client]);
    }
    await sleep(interval * 1000);
    // A look between two sleeps may fall between a worker's waking up and its next wait.
    await waitUntil(() => areAtRest(pids), until, "the servers to come to rest");
  }
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin: (performance.now() - started) / 1000, lag: 0 };
}

/** What tells that a client was turned away, wherever in a chain; for a lost SYN the kernel's counter does. */
const turnedAway: ReadonlySet<Fate> = new Set(["eagain", "closed", "badGateway", "gatewayTimeout"]);

/** Ends with the first client that is turned away: what follows says nothing new. */
async function sendSteadily(rate: number, seconds: number, { address, words, until }: Target): Promise<Sent> {
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
    const isTurnedAway = counters().ListenDrops > dropsBefore || clients.some((client) => turnedAway.has(fateOf(client)));
    if (isTurnedAway) overflowsAfter = (performance.now() - started) / 1000;
    else await sleep(1);
  }
  const sentWithin = (performance.now() - started) / 1000;
  const answered = clients.filter((client) => fateOf(client) === "answered").length;
  const unanswered = await endUnanswered(clients, address, dropsBefore, until);
  return { clients, unanswered, drops: counters().ListenDrops - dropsBefore, sentWithin, lag, answered, ...(overflowsAfter === undefined ? {} : { overflowsAfter }) };
}
