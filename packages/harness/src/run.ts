import type { Evidence, Measurement, Scenario } from "@audit-backlog/model";
import { endClients, type Words } from "./clients.ts";
import { fit } from "./fit.ts";
import { assertPossible } from "./possible.ts";
import { countFromAfar, countOutcome, countServedLate, doubts, latenciesOf, settle, wordsOf } from "./count.ts";
import { backlogsShown, describeEnvironment } from "./environment.ts";
import { counters, countsOf, growth } from "./kernel.ts";
import { send } from "./loads.ts";
import { applyLimits, bringLoopbackUp, freePort, makeDirectory } from "./network.ts";
import type { RunOrder } from "./order.ts";
import { familyOf } from "./processes.ts";
import { connectedByRetry } from "./retries.ts";
import { slowDownLoopback } from "./round-trip.ts";
import type { Versions } from "./servers/running.ts";
import { startServers, type Started } from "./servers/start.ts";

/** Seconds that a handler waits where no request is to be answered before the clients were counted. */
const holds = 3600;
/** Seconds for programs to start; a busy machine needs them. */
const patienceToStart = 25;

/** Carries out one scenario, inside the namespace that was made for it. */
export async function run({ scenario, namespace }: RunOrder, entry: string): Promise<Measurement> {
  assertPossible(scenario);
  const isPrivate = namespace !== "host";
  // On the host's own loopback interface it would slow down everybody.
  if (scenario.roundTrip === "real" && !isPrivate) throw new Error("a round-trip time needs a network namespace of its own");
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
    if (scenario.roundTrip === "real" && "clients" in scenario.load) slowDownLoopback(scenario.load.clients);
    const measured = await count(possible, started, Number(sysctls["net.ipv4.tcp_syn_linear_timeouts"] ?? 0));
    const versions: Versions = Object.assign({}, ...started.map(({ running }) => running.versions ?? {})) as Versions;
    const environment = describeEnvironment(namespace, sysctls, versions, instead);
    return { ...measured, scenario, environment };
  } finally {
    for (const { running } of started) running.end();
    directory.remove();
  }
}

function handlerTime({ hops, load }: Scenario): number {
  const last = hops.at(-1)?.servers[0];
  const answers = load.kind === "sustained" || (load.kind === "all at once" && load.patience !== undefined);
  return answers && last !== undefined && "serviceTime" in last ? last.serviceTime : holds;
}

/** A server at the end waits for the rest of a request; a listener that nobody reads from needs none. */
function wordsFor({ hops }: Scenario): Words {
  const first = hops[0].servers[0];
  if (first === undefined || first.kind === "listener") return "nothing";
  return first.kind === "nginx" && hops.length === 1 ? "part of a request" : "a request";
}

/** Whether the servers that clients come to run. The primary of a round-robin cluster accepts though its workers stand still. */
function isAccepting({ hops }: Scenario): boolean {
  return hops[0].servers.some((server) => server.state === "serving" || (server.kind === "node" && server.mode === "round-robin"));
}

async function count(scenario: Scenario, started: readonly Started[], linearTimeouts: number): Promise<Omit<Measurement, "scenario" | "environment">> {
  const [front] = started;
  if (front === undefined) throw new RangeError("a scenario has a server");
  const pids = started.flatMap(({ running }) => (running.pid === undefined ? [] : familyOf(running.pid)));
  const before = counters();
  const target = { address: front.address, words: wordsFor(scenario), pids, accepts: isAccepting(scenario), until: performance.now() + patienceToStart * 1000 };
  const sent = await send(scenario.load, target, scenario.roundTrip);
  if (scenario.roundTrip === "zero") await settle(scenario, started, sent, pids);
  const outcome = scenario.roundTrip === "zero" ? countOutcome(scenario, started, sent) : countFromAfar(started, sent);
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
    connected: connectedByRetry(sent.clients, linearTimeouts),
    servedLate: 0,
  };
  const because = doubts(scenario, outcome, sent, evidence);
  // Last, as clients go on connecting and being answered meanwhile.
  const servedLate = await countServedLate(scenario, sent);
  endClients(sent.clients);
  return { outcome, verdict: because.length === 0 ? "measured" : "inconclusive", because, evidence: { ...evidence, servedLate } };
}

