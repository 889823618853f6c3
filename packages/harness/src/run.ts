import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { effectiveBacklog, places, type Counted, type Evidence, type Measurement, type Scenario, type Server } from "@audit-backlog/model";
import { endClients, fateOf, fatesOf, type Client, type Words } from "./clients.ts";
import { backlogsShown, describeEnvironment } from "./environment.ts";
import { counters, countsOf, growth } from "./kernel.ts";
import { send, type Sent } from "./loads.ts";
import { applyLimits, bringLoopbackUp, makeDirectory } from "./network.ts";
import type { RunOrder } from "./order.ts";
import { areAtRest, familyOf } from "./processes.ts";
import { slowDownLoopback } from "./round-trip.ts";
import { startServers, type Started } from "./servers/start.ts";

/** Seconds that a handler waits where no request is to be answered before the clients were counted. */
const holds = 3600;
/** Seconds for programs to start, and for clients and servers to come to rest; a busy machine needs them. */
const patienceToStart = 25;
const patienceToSettle = 8;

/** Carries out one scenario, inside the namespace that was made for it. */
export async function run({ scenario, namespace }: RunOrder, entry: string): Promise<Measurement> {
  const isPrivate = namespace !== "host";
  if (isPrivate) bringLoopbackUp();
  const sysctls = applyLimits(scenario.host, isPrivate);
  const { scenario: possible, instead } = fit(scenario, sysctls, isPrivate);
  const directory = makeDirectory(isPrivate);
  const until = performance.now() + patienceToStart * 1000;
  let port = 8000;
  const started = await startServers(possible, {
    directory: directory.path,
    entry,
    handlerTime: handlerTime(possible),
    until,
    port: isPrivate ? () => Promise.resolve((port += 1)) : freePort,
  });
  try {
    if (scenario.roundTrip === "real") slowDownLoopback();
    const measured = await count(possible, started);
    const environment = describeEnvironment(namespace, sysctls, scenario, instead);
    return { ...measured, scenario, environment };
  } finally {
    for (const { running } of started) running.end();
    directory.remove();
  }
}

/** The scenario as this machine can carry it out, and what is different about it. */
function fit(scenario: Scenario, sysctls: Readonly<Record<string, string>>, isPrivate: boolean): { readonly scenario: Scenario; readonly instead: readonly string[] } {
  const instead: string[] = [];
  if (!isPrivate) instead.push("in the host's own network namespace, with its limits");
  for (const [name, wanted] of Object.entries(scenario.host)) {
    const key = Object.keys(sysctls).find((sysctl) => sysctl.endsWith(`.${name}`));
    if (key !== undefined && sysctls[key] === String(wanted)) continue;
    instead.push(`${name} is ${key === undefined ? "not to be seen" : String(sysctls[key])} here, not ${wanted}${name === "somaxconn" ? ": servers listen with the smaller of it and their backlog" : ""}`);
  }
  const somaxconn = Number(sysctls["net.core.somaxconn"] ?? NaN);
  if (somaxconn === scenario.host.somaxconn) return { scenario, instead };
  const clamp = <S extends Server>(server: S): S => ({ ...server, backlog: effectiveBacklog(server.backlog, scenario.host.somaxconn) });
  const [first, ...rest] = scenario.hops.map((hop) => ({ servers: hop.servers.map(clamp) }));
  if (first === undefined) throw new RangeError("a scenario has a hop");
  if ([first, ...rest].some(({ servers }) => servers.some(({ backlog }) => !(backlog <= somaxconn)))) {
    throw new Error(`net.core.somaxconn is ${somaxconn} here and can't be raised to ${scenario.host.somaxconn}`);
  }
  return { scenario: { ...scenario, hops: [first, ...rest] }, instead };
}

function handlerTime({ hops, load }: Scenario): number {
  const last = hops.at(-1)?.servers[0];
  const answers = load.kind === "sustained" || (load.kind === "all at once" && load.patience !== undefined);
  return answers && last !== undefined && "serviceTime" in last ? last.serviceTime : holds;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
      });
    });
  });
}

/** A server at the end waits for the rest of a request; a listener that nobody reads from needs none. */
function wordsFor({ hops }: Scenario): Words {
  const first = hops[0].servers[0];
  if (first === undefined || first.kind === "listener") return "nothing";
  return first.kind === "nginx" && hops.length === 1 ? "part of a request" : "a request";
}

async function count(scenario: Scenario, started: readonly Started[]): Promise<Omit<Measurement, "scenario" | "environment">> {
  const [front] = started;
  if (front === undefined) throw new RangeError("a scenario has a server");
  const pids = started.flatMap(({ running }) => (running.pid === undefined ? [] : familyOf(running.pid)));
  const before = counters();
  const target = { address: front.address, words: wordsFor(scenario), pids, until: performance.now() + patienceToStart * 1000 };
  const sent = await send(scenario.load, target);
  await settle(scenario, started, sent, pids);
  const outcome = countOutcome(scenario, started, sent);
  const after = counters();
  const evidence: Evidence = {
    queues: started.flatMap(({ address }) => {
      const text = address.family === "tcp" ? `127.0.0.1:${address.port}` : `unix:${address.path}`;
      const backlogs = backlogsShown(address);
      return countsOf(address).queues.map((length, index) => ({ address: text, length, ...(backlogs[index] === undefined ? {} : { backlog: backlogs[index] }) }));
    }),
    counters: growth(before, after),
    clients: wordsOf(sent.clients),
    sentWithin: sent.sentWithin,
    latencies: latenciesOf(sent.clients),
  };
  const because = doubts(scenario, outcome, sent, evidence);
  endClients(sent.clients);
  return { outcome, verdict: because.length === 0 ? "measured" : "inconclusive", because, evidence };
}

/** Waits until every client is accounted for and no server is about to do anything. */
async function settle(scenario: Scenario, started: readonly Started[], sent: Sent, pids: readonly number[]): Promise<void> {
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
function countOutcome(scenario: Scenario, started: readonly Started[], { clients, unanswered, drops, overflowsAfter }: Sent): Counted {
  const counts = started.map((one) => ({ hop: one.hop, ...countsOf(one.address) }));
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
  const queued = sum(counts.flatMap(({ queues }) => queues));
  const accepted = sum(counts.filter(({ hop }) => hop === scenario.hops.length - 1).map((count) => count.accepted));
  const fates = fatesOf(clients);
  const patient = scenario.load.kind === "all at once" && scenario.load.patience !== undefined;
  const dropped = scenario.roundTrip === "real" || scenario.load.kind === "sustained" ? drops : unanswered;
  const ends = { dropped, eagain: fates.eagain, closed: fates.closed, answered: fates.answered, badGateway: fates.badGateway, gatewayTimeout: fates.gatewayTimeout };
  if (patient) return { queued: 0, accepted: 0, ...ends, timedOut: fates.waiting, phantoms: 0 };
  const inside = scenario.hops.length > 1 ? clients.length : fates.waiting;
  return {
    queued,
    accepted,
    ...ends,
    timedOut: 0,
    phantoms: Math.max(0, Math.min(inside, fates.waiting) - queued - accepted),
    ...(overflowsAfter === undefined ? {} : { overflowsAfter }),
  };
}

/** Why the kernel's counts and the clients' do not make one picture; nothing when they do. */
function doubts({ load, roundTrip, hops }: Scenario, outcome: Counted, sent: Sent, evidence: Evidence): readonly string[] {
  const because: string[] = [];
  const clients = sent.clients.length;
  const fates = fatesOf(sent.clients);
  const counted = total(outcome);
  if (counted !== clients) because.push(`${counted} of ${clients} clients are accounted for`);
  const waiting = outcome.queued + outcome.accepted;
  const patient = load.kind === "all at once" && load.patience !== undefined;
  if (roundTrip === "zero" && !patient && fates.waiting !== waiting) because.push(`${fates.waiting} clients wait, but the kernel knows of ${waiting}`);
  if (hops.length === 1 && outcome.dropped !== evidence.counters.ListenDrops) because.push(`${outcome.dropped} SYNs went unanswered, but the kernel counts ${evidence.counters.ListenDrops} drops`);
  if (fates.failed > 0) because.push(`${fates.failed} clients failed for other reasons: ${Object.keys(evidence.clients).join(", ")}`);
  if (load.kind === "sustained" && sent.lag > 0.1) because.push(`clients were sent up to ${sent.lag.toFixed(2)} s late`);
  return because;
}

function wordsOf(clients: readonly Client[]): Readonly<Record<string, number>> {
  const words: Record<string, number> = {};
  for (const client of clients) {
    const word = client.error ?? (client.status === undefined ? fateOf(client) : String(client.status));
    words[word] = (words[word] ?? 0) + 1;
  }
  return words;
}

function latenciesOf(clients: readonly Client[]): Evidence["latencies"] {
  const seconds = (at: (client: Client) => number | undefined): readonly number[] =>
    clients
      .flatMap((client) => {
        const time = at(client);
        return time === undefined ? [] : [Math.round(time - client.started) / 1000];
      })
      .sort((a, b) => a - b);
  return { connect: seconds(({ connectedAt }) => connectedAt), answer: seconds(({ answeredAt }) => answeredAt) };
}
