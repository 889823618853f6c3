import { setTimeout as sleep } from "node:timers/promises";
import { places, type Counted, type Evidence, type Scenario } from "@audit-backlog/model";
import { fateOf, fatesOf, type Client } from "./clients.ts";
import { countsOf } from "./kernel.ts";
import type { Sent } from "./loads.ts";
import { areAtRest } from "./processes.ts";
import type { Started } from "./servers/start.ts";

/** Seconds for clients and servers to come to rest; a busy machine needs them. */
const patienceToSettle = 8;

/** Waits until every client is accounted for and no server is about to do anything. */
export async function settle(scenario: Scenario, started: readonly Started[], sent: Sent, pids: readonly number[]): Promise<void> {
  const { load } = scenario;
  const patience = load.kind === "all at once" ? load.patience : undefined;
  const begun = performance.now();
  if (patience !== undefined) {
    const last = Math.max(...sent.clients.map(({ started: at }) => at)) + patience * 1000;
    while (performance.now() < last && sent.clients.some((client) => fateOf(client) === "waiting" || fateOf(client) === "connecting")) await sleep(3);
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

function total(outcome: Counted): number {
  return places.reduce((sum, place) => sum + outcome[place], 0);
}

/** Queues and accepted connections by the kernel, answers and refusals by the clients. */
export function countOutcome(scenario: Scenario, started: readonly Started[], { clients, unanswered, drops, overflowsAfter }: Sent): Counted {
  const counts = started.map((one) => ({ hop: one.hop, ...countsOf(one.address) }));
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
  const queued = sum(counts.flatMap(({ queues }) => queues));
  const accepted = sum(counts.filter(({ hop }) => hop === scenario.hops.length - 1).map((count) => count.accepted));
  const fates = fatesOf(clients);
  const patient = scenario.load.kind === "all at once" && scenario.load.patience !== undefined;
  const dropped = scenario.load.kind === "sustained" ? drops : unanswered;
  const ends = { dropped, eagain: fates.eagain, closed: fates.closed, answered: fates.answered, badGateway: fates.badGateway, gatewayTimeout: fates.gatewayTimeout };
  if (patient) return { queued: 0, accepted: 0, ...ends, timedOut: fates.waiting, phantoms: 0 };
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
export function doubts({ load, roundTrip, hops }: Scenario, outcome: Counted, sent: Sent, evidence: Evidence): readonly string[] {
  const because: string[] = [];
  const clients = sent.clients.length;
  const fates = fatesOf(sent.clients);
  const counted = total(outcome);
  if (counted !== clients) because.push(`${counted} of ${clients} clients are accounted for`);
  const waiting = outcome.queued + outcome.accepted;
  const patient = load.kind === "all at once" && load.patience !== undefined;
  if (roundTrip === "zero" && !patient && fates.waiting !== waiting) because.push(`${fates.waiting} clients wait, but the kernel knows of ${waiting}`);
  if (roundTrip === "zero" && hops.length === 1 && outcome.dropped !== evidence.counters.ListenDrops) because.push(`${outcome.dropped} SYNs went unanswered, but the kernel counts ${evidence.counters.ListenDrops} drops`);
  if (fates.failed > 0) because.push(`${fates.failed} clients failed for other reasons: ${Object.keys(evidence.clients).join(", ")}`);
  if (load.kind === "sustained" && sent.lag > 0.1) because.push(`clients were sent up to ${sent.lag.toFixed(2)} s late`);
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
