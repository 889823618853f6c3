import { setTimeout as sleep } from "node:timers/promises";
import { places, servedPerSecond, type Counted, type Evidence, type Scenario } from "@audit-backlog/model";
import { fateOf, fatesOf, type Client } from "./clients.ts";
import { countsOf } from "./kernel.ts";
import type { Sent } from "./loads.ts";
import { areAtRest } from "./processes.ts";
import type { Started } from "./servers/start.ts";

/** Seconds for clients and servers to come to rest; a busy machine needs them. */
const patienceToSettle = 8;

/** Parts of its nominal rate that a server must have worked at for a sustained load to say anything. */
const leastPace = 0.95;

/** Waits until every client is accounted for and no server is about to do anything. */
export async function settle(scenario: Scenario, started: readonly Started[], sent: Sent, pids: readonly number[]): Promise<void> {
  const { load } = scenario;
  const patience = load.kind === "all at once" ? load.patience : undefined;
  const begun = performance.now();
  if (patience !== undefined) {
    const last = Math.max(...sent.clients.map(({ started: at }) => at)) + patience * 1000;
    while (performance.now() < last && sent.clients.some(isHoping)) await sleep(3);
    return;
  }
  const clients = sent.clients.length;
  let restful = 0;
  while (restful < 3 && performance.now() - begun < patienceToSettle * 1000 + (load.kind === "sustained" ? load.seconds * 3000 : 0)) {
    await sleep(5);
    const outcome = countOutcome(scenario, started, sent);
    const isDone = load.kind !== "sustained" || outcome.queued + outcome.accepted === 0;
    restful = isDone && areAtRest(pids) && total(outcome) === clients ? restful + 1 : 0;
  }
}

function isHoping(client: Client): boolean {
  return fateOf(client) === "waiting" || fateOf(client) === "connecting";
}

/**
 * Clients that are answered after their patience ended: the server has worked for nobody. They are watched for as long again. 0 for loads
 * without patience.
 */
export async function countServedLate({ load }: Scenario, { clients }: Sent): Promise<number> {
  if (load.kind !== "all at once" || load.patience === undefined) return 0;
  const patience = load.patience * 1000;
  const hoping = clients.filter(isHoping);
  const until = performance.now() + patience;
  while (performance.now() < until && hoping.some(isHoping)) await sleep(3);
  return hoping.filter((client) => fateOf(client) === "answered").length;
}

function total(outcome: Counted): number {
  return places.reduce((sum, place) => sum + outcome[place], 0);
}

/** Queues and accepted connections by the kernel, answers and refusals by the clients. */
export function countOutcome(scenario: Scenario, started: readonly Started[], { clients, unanswered, overflowsAfter }: Sent): Counted {
  const counts = started.map((one) => ({ hop: one.hop, ...countsOf(one.address) }));
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
  const queued = sum(counts.flatMap(({ queues }) => queues));
  const accepted = sum(counts.filter(({ hop }) => hop === scenario.hops.length - 1).map((count) => count.accepted));
  const fates = fatesOf(clients);
  const patient = scenario.load.kind === "all at once" && scenario.load.patience !== undefined;
  const ends = { dropped: unanswered, eagain: fates.eagain, closed: fates.closed, answered: fates.answered, badGateway: fates.badGateway, gatewayTimeout: fates.gatewayTimeout };
  if (patient) return { queued: 0, accepted: 0, ...ends, dropped: fates.connecting, timedOut: fates.waiting, phantoms: 0 };
  return {
    queued,
    accepted,
    ...ends,
    timedOut: 0,
    phantoms: Math.max(0, fates.waiting - queued - accepted),
    ...(overflowsAfter === undefined ? {} : { overflowsAfter }),
  };
}

/** With a real round-trip time clients know little: only the kernel's two numbers count. */
export function countFromAfar(started: readonly Started[], { drops, phantoms = 0 }: Sent): Counted {
  const queued = started.flatMap(({ address }) => countsOf(address).queues).reduce((sum, length) => sum + length, 0);
  return { queued, accepted: 0, dropped: drops, eagain: 0, closed: 0, answered: 0, badGateway: 0, gatewayTimeout: 0, timedOut: 0, phantoms };
}

/** Why the kernel's counts and the clients' do not make one picture; nothing when they do. */
export function doubts({ load, roundTrip, hops, host }: Scenario, outcome: Counted, sent: Sent, evidence: Evidence): readonly string[] {
  const because: string[] = [];
  const clients = sent.clients.length;
  const fates = fatesOf(sent.clients);
  const counted = total(outcome);
  if (counted !== clients) because.push(`${counted} of ${clients} clients are accounted for`);
  const waiting = outcome.queued + outcome.accepted;
  const patient = load.kind === "all at once" && load.patience !== undefined;
  if (roundTrip === "zero" && !patient && fates.waiting !== waiting) because.push(`${fates.waiting} clients wait, but the kernel knows of ${waiting}`);
  if (roundTrip === "zero" && !patient && hops.length === 1 && outcome.dropped !== evidence.counters.ListenDrops) because.push(`${outcome.dropped} SYNs went unanswered, but the kernel counts ${evidence.counters.ListenDrops} drops`);
  if (patient && hops.length === 1 && outcome.dropped > evidence.counters.ListenDrops) because.push(`${outcome.dropped} clients got no answer to their SYN, but the kernel counts ${evidence.counters.ListenDrops} drops`);
  if (fates.failed > 0) because.push(`${fates.failed} clients failed for other reasons: ${Object.keys(evidence.clients).join(", ")}`);
  if (load.kind === "sustained" && sent.lag > 0.1) because.push(`clients were sent up to ${sent.lag.toFixed(2)} s late`);
  const [server] = hops.at(-1)?.servers ?? [];
  if (server !== undefined && sent.overflowsAfter !== undefined && sent.answered !== undefined) {
    // Answers come in rounds of as many as there are slots, of which one may just be about to end.
    const atOnce = "serviceTime" in server ? servedPerSecond(server, host) * server.serviceTime : 0;
    const due = servedPerSecond(server, host) * sent.overflowsAfter;
    if (sent.answered + atOnce < due * leastPace) because.push(`${sent.answered} clients were answered in the time for ${Math.floor(due)}: the server was kept from its work`);
  }
  return because;
}

/** How many clients said what: an error code, a status, or what they wait for. */
export function wordsOf(clients: readonly Client[]): Readonly<Record<string, number>> {
  const words: Record<string, number> = {};
  for (const client of clients) {
    const word = client.error ?? (client.status === undefined ? fateOf(client) : String(client.status));
    words[word] = (words[word] ?? 0) + 1;
  }
  return words;
}

/** Seconds, to the millisecond. */
export function latenciesOf(clients: readonly Client[]): Evidence["latencies"] {
  const seconds = (at: (client: Client) => number | undefined): readonly number[] =>
    clients
      .flatMap((client) => {
        const time = at(client);
        return time === undefined ? [] : [Math.round(time - client.started) / 1000];
      })
      .sort((a, b) => a - b);
  return { connect: seconds(({ connectedAt }) => connectedAt), answer: seconds(({ answeredAt }) => answeredAt) };
}
