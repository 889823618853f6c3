import type { GunicornServer, NginxServer, NodeServer, Scenario, Server } from "@audit-backlog/model";
import type { Laws } from "./laws.ts";

/** One trial of a law: what is ordered, in words, and what the law says will be counted. */
export type LawTrial = { readonly [Law in keyof Laws]: { readonly law: Law; readonly tried: string; readonly order: Parameters<Laws[Law]>[0]; readonly expected: Partial<Awaited<ReturnType<Laws[Law]>>> } }[keyof Laws];

/** What servers do beside the rules, and how it is shown: by counts of clients, which the model predicts, or by trials of their own. */
export interface StatedLaw {
  readonly id: string;
  readonly says: string;
  readonly scenarios: readonly Scenario[];
  readonly trials: readonly LawTrial[];
}

const one = (name: string, server: Server, clients: number): Scenario => ({ name, host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [server] }], load: { kind: "spread out", clients, interval: 0.002 } });

function room(workerConnections: number, otherListeners: number, load: Scenario["load"]): Scenario {
  const front: NginxServer = { kind: "nginx", family: "tcp", backlog: 1000, state: "serving", workers: 1, workerConnections, reuseport: false, otherListeners };
  const behind: GunicornServer = { kind: "gunicorn", family: "unix", backlog: 2048, state: "stalled", workerClass: "sync", workers: 1, threads: 1, workerConnections: 1000, serviceTime: 1 };
  const listeners = otherListeners === 0 ? "1 listener" : `${otherListeners + 1} listeners`;
  return { name: `${workerConnections} worker_connections, ${listeners}, clients ${load.kind === "spread out" ? "one after the other" : "all at once"}`, host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [front] }, { servers: [behind] }], load };
}

const apart = (clients: number): Scenario["load"] => ({ kind: "spread out", clients, interval: 0.002 });
const gthread: GunicornServer = { kind: "gunicorn", family: "tcp", backlog: 5, state: "serving", workerClass: "gthread", workers: 2, threads: 2, workerConnections: 8, serviceTime: 1 };
const cluster: NodeServer = { kind: "node", family: "tcp", backlog: 32, state: "stalled", mode: "round-robin", instances: 2, serviceTime: 1 };

const two = { servers: 2, backlog: 2, burst: 40, calm: 20 };
const spared = (rounds: number, workers: number, queued: number): number => Math.min(rounds * workers, workers + queued);

function probed(workers: number, queued: number): LawTrial {
  const rounds = Math.ceil((queued + 1) / workers);
  return { law: "probeBehindQueue", tried: `${workers} busy ${workers === 1 ? "worker" : "workers"}, ${queued} requests queued`, order: { family: "tcp", workers, queued }, expected: { place: queued + 1, rounds, answeredBefore: spared(rounds, workers, queued) } };
}

function drained(family: "tcp" | "unix", backlog: number, queued: number): LawTrial {
  return { law: "drain", tried: `${family === "tcp" ? "TCP" : "unix"}, backlog ${backlog}: 2 in service, ${queued} in the queue`, order: { family, workers: 2, backlog, queued }, expected: { accepted: 2, queued, clients: { 200: 2, ECONNRESET: queued }, taken: 2, listening: 0 } };
}

function turned(family: "tcp" | "unix", listeners: number): LawTrial {
  const sockets = listeners === 1 ? "one socket" : `${listeners} sockets`;
  return { law: "oneAcceptATurn", tried: `${family === "tcp" ? "TCP" : "unix"}, ${sockets}, 100 clients in the queue of each`, order: { family, listeners, clients: 100, backlog: 511 }, expected: { queued: 100 * listeners, turns: 100, most: listeners, accepted: 100 * listeners } };
}

/** Each is measured by the tests, and by the command that writes docs/evidence. */
export const lawCatalogue: readonly StatedLaw[] = [
  {
    id: "nginx-room",
    says: "A worker of nginx proxies ⌊(worker_connections − listeners − 1) / 2⌋ clients and closes the next; of a burst it keeps a sixteenth of its connections free",
    scenarios: [room(128, 0, apart(80)), room(128, 3, apart(80)), room(128, 0, { kind: "all at once", clients: 400 }), room(128, 3, { kind: "all at once", clients: 400 })],
    trials: [],
  },
  { id: "gthread-over-accept", says: "gthread accepts worker_connections a worker, not one for each of its threads", scenarios: [one("2 workers of 2 threads and 8 worker_connections, backlog 5", gthread, 30)], trials: [] },
  {
    id: "cluster-round-robin",
    says: "The primary of a round-robin cluster accepts everyone, though its workers are blocked; workers that share the socket accept nobody then",
    scenarios: [one("round-robin, 2 blocked workers, backlog 32", cluster, 60), one("shared, 2 blocked workers, backlog 32", { ...cluster, mode: "shared" }, 60)],
    trials: [],
  },
  {
    id: "max-fails",
    says: "With two servers or more on unix sockets behind nginx, one full queue each shuts all of them out for fail_timeout: after a burst, calm requests get 502 from empty queues",
    scenarios: [],
    trials: [
      // One full queue each is all it takes: from then on nginx does not even ask.
      { law: "maxFails", tried: "2 servers of backlog 2, 40 clients at once, then 20 calm ones", order: two, expected: { queued: 6, burst: { clients: { 200: 6, 502: 34 }, queueFull: 2, noLiveUpstreams: 33 }, queuedBetween: 0, calm: { clients: { 502: 20 }, queueFull: 0, noLiveUpstreams: 20 } } },
      { law: "maxFails", tried: "the same with max_fails=0", order: { ...two, parameters: "max_fails=0" }, expected: { queued: 6, burst: { clients: { 200: 6, 502: 34 }, queueFull: 68, noLiveUpstreams: 0 }, queuedBetween: 0, calm: { clients: { 200: 20 }, queueFull: 0, noLiveUpstreams: 0 } } },
      { law: "maxFails", tried: "the same with one server", order: { ...two, servers: 1 }, expected: { queued: 3, burst: { clients: { 200: 3, 502: 37 }, queueFull: 37, noLiveUpstreams: 0 }, queuedBetween: 0, calm: { clients: { 200: 20 }, queueFull: 0, noLiveUpstreams: 0 } } },
      // Within one second of its clock nginx tries a server that failed once.
      { law: "maxFails", tried: "fail_timeout=0, then 6 clients at once for 6 places", order: { ...two, parameters: "fail_timeout=0", calm: 6, calmAtOnce: true }, expected: { calm: { clients: { 200: 2, 502: 4 }, queueFull: 0, noLiveUpstreams: 4 } } },
      { law: "maxFails", tried: "max_fails=0, then 6 clients at once for 6 places", order: { ...two, parameters: "max_fails=0", calm: 6, calmAtOnce: true }, expected: { calm: { clients: { 200: 6 }, queueFull: 0, noLiveUpstreams: 0 } } },
    ],
  },
  {
    id: "drain",
    says: "On SIGTERM gunicorn's sync workers finish what they are at; who waits in the queue is reset, however large the backlog",
    scenarios: [],
    trials: [drained("tcp", 16, 10), drained("tcp", 2048, 10), drained("tcp", 16, 17), drained("unix", 16, 10)],
  },
  {
    id: "probe-behind-queue",
    says: "A health check of the port that serves requests stands in the same queue: at place q before P busy workers it is answered after ⌈q / P⌉ service times",
    scenarios: [],
    trials: [probed(1, 0), probed(1, 4), probed(2, 4), probed(2, 5), probed(3, 9)],
  },
  {
    id: "one-accept-a-turn",
    says: "Since libuv 1.45 (Node 20) an event loop accepts one connection a turn from each listening socket",
    scenarios: [],
    // Two sockets show that the count of a turn can be another than 1.
    trials: [turned("tcp", 1), turned("unix", 1), turned("tcp", 2)],
  },
];
