import { effectiveBacklog, predict, queueCapacity, type Count, type GunicornServer, type HostLimits, type Load, type NginxServer, type NodeServer, type Scenario, type Server } from "@audit-backlog/model";
import { randomFrom, type Random } from "./random.ts";

type Family = "tcp" | "unix";

/**
 * Of each twenty scenarios five are stalled over TCP and two over unix sockets, three are servers that serve, two of clients with
 * patience, two whose own room ends before their queue, and six are chains: two in front of a group, two of more than two hops, one under
 * a steady load. Servers and chains have either family.
 */
const kinds = [
  ...(["bare tcp", "serving", "chain", "bare unix", "room", "stalled tcp", "long chain", "group", "patient", "stalled reuseport"] as const),
  ...(["bare tcp", "serving", "room behind", "stalled unix", "steady", "room", "long chain", "group", "patient", "serving"] as const),
] as const;

/** The scenario number `index` of a seed: it does not hang on the ones before it. */
export function randomScenario(seed: number, index: number): Scenario {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const kind = kinds[index % kinds.length] ?? "bare tcp";
  const host: HostLimits = { somaxconn: random.pick([0, 1, 5, 33, 64, 128, 512, 4096, random.int(2, 300)]) };
  const base: Scenario = { name: `seed ${seed}, number ${index}: ${kind}`, host, roundTrip: "zero", hops: hopsOf(kind, random), load: { kind: "all at once", clients: 0 } };
  if (kind === "steady") return { ...base, ...steady(random) };
  if (kind === "patient") {
    // A queue that is full to the last place leaves a number, more clients a band.
    const full = queueCapacity(effectiveBacklog(base.hops[0].servers[0]?.backlog ?? 0, host.somaxconn));
    return { ...base, load: { kind: "all at once", clients: random.once(2) ? Math.min(full, 60) : random.int(1, 40), patience: 1.3 } };
  }
  // A burst leaves a band where clients one after the other leave a number.
  return { ...base, load: loadFor(base, random, kind.startsWith("room") || kind === "group" ? random.once(4) : random.once(2)) };
}

function hopsOf(kind: (typeof kinds)[number], random: Random): Scenario["hops"] {
  switch (kind) {
    case "bare tcp":
    case "bare unix": {
      const backlog = random.pick([0, 1, 2, 5, 64, 127, 128, 129, 511, 65_535, 2 ** 31 - 1, -1, -(2 ** 31), random.int(0, 400)]);
      return [{ servers: [{ kind: "listener", state: "stalled", family: kind === "bare tcp" ? "tcp" : "unix", backlog }] }];
    }
    case "stalled tcp":
    case "stalled unix":
      return [{ servers: [{ ...anyServer(random, kind === "stalled tcp" ? "tcp" : "unix", random.int(1, 200)), state: "stalled" }] }];
    case "stalled reuseport":
      return [{ servers: [{ ...nginx(random, "tcp", random.int(1, 100)), state: "stalled", workers: random.int(2, 3), reuseport: true }] }];
    case "serving":
      return [{ servers: [anyServer(random, random.pick(["tcp", "unix"]), random.int(1, 25))] }];
    case "patient":
      return [{ servers: [patientServer(random)] }];
    case "room":
      return [{ servers: [random.once(2) ? { ...nginx(random, random.pick(["tcp", "unix"]), 511), workers: 1, reuseport: false } : { ...node(random, random.pick(["tcp", "unix"]), 511), mode: "single", instances: 1, maxConnections: random.int(1, 20) }] }];
    case "room behind":
      return roomBehind(random);
    case "group": {
      const family = random.pick(["tcp", "unix"]);
      const state = random.pick(["stalled", "serving"]);
      const front: NginxServer = { ...nginx(random, "tcp", 511), workers: random.pick([1, 1, 2]), workerConnections: 1024, reuseport: false };
      return [{ servers: [front] }, { servers: Array.from({ length: random.pick([2, 2, 3]) }, () => ({ ...gunicorn(random, family, random.int(0, 12)), state })) }];
    }
    case "chain":
    case "steady":
      return chain(random);
    case "long chain": {
      const [front, behind] = chain(random);
      return [front, ...Array.from({ length: random.int(1, 2) }, () => ({ servers: [middle(random)] })), ...(behind === undefined ? [] : [behind])];
    }
  }
}

/** A gunicorn with requests of half a second; gthread mostly accepts more than it works on. */
function patientServer(random: Random): GunicornServer {
  const server = gunicorn(random, random.pick(["tcp", "unix"]), random.int(0, 30));
  const threaded = random.once(2) ? ({ workerClass: "gthread", threads: 2, workerConnections: random.int(1, 9) } as const) : {};
  return { ...server, ...threaded, workers: random.int(1, 3), state: random.once(4) ? "stalled" : "serving", serviceTime: 0.5 };
}

/** nginx with little room of its own, in front of a server that holds less, or more. */
function roomBehind(random: Random): Scenario["hops"] {
  const front: NginxServer = { ...nginx(random, "tcp", 511), workers: 1, workerConnections: random.int(8, 80), reuseport: false };
  return [{ servers: [front] }, { servers: [{ ...gunicorn(random, random.pick(["tcp", "unix", "unix"]), random.int(0, 30)), state: random.pick(["stalled", "serving"]) }] }];
}

/** A proxy behind a proxy: mostly with room for all, now and then with little or with nobody who accepts. */
function middle(random: Random): NginxServer {
  const connections = random.once(4) ? random.int(6, 30) : 1024;
  return { ...nginx(random, random.pick(["tcp", "unix"]), 511), workers: random.int(1, 2), workerConnections: connections, reuseport: false, state: random.once(6) ? "stalled" : "serving" };
}

/** More comes in than is served, for long enough to overflow after a second or two, or less; with nginx in front or without. */
function steady(random: Random): Pick<Scenario, "hops" | "load" | "host"> {
  const family = random.pick(["tcp", "unix"]);
  const workers = random.int(3, 5);
  const server: GunicornServer = { ...gunicorn(random, family, 0), workerClass: "sync", workers, threads: 1, serviceTime: 0.1 };
  const served = workers / server.serviceTime;
  const front: NginxServer = { ...nginx(random, "tcp", 511), workers: 1, workerConnections: 1024, reuseport: false };
  const hops = (backlog: number): Scenario["hops"] => (random.once(2) ? [{ servers: [front] }, { servers: [{ ...server, backlog }] }] : [{ servers: [{ ...server, backlog }] }]);
  const host = { somaxconn: 4096 };
  if (random.once(3)) return { host, hops: hops(30), load: { kind: "sustained", rate: Math.round(served * 0.7), seconds: 1.5 } };
  const rate = served * random.int(2, 3);
  const overflowsAfter = random.pick([1, 1.3, 1.6]);
  return { host, hops: hops(Math.round((rate - served) * overflowsAfter) - 1), load: { kind: "sustained", rate, seconds: 3 } };
}

function chain(random: Random): Scenario["hops"] {
  const connections = random.once(3) ? random.int(6, 30) : 1024;
  const front: NginxServer = { ...nginx(random, random.pick(["tcp", "unix"]), random.once(4) ? random.int(1, 30) : 511), workers: random.int(1, 2), workerConnections: connections, reuseport: false };
  const family = random.pick(["tcp", "unix"]);
  const state = random.pick(["stalled", "serving"]);
  const server = random.once(4) ? node(random, family, random.int(1, 25)) : gunicorn(random, family, random.int(0, 25));
  const behind = { ...server, state } satisfies Server;
  const another = (): Server => ({ ...gunicorn(random, random.once(3) ? random.pick(["tcp", "unix"]) : family, random.int(0, 25)), state });
  const more = server.kind === "gunicorn" && random.once(3) ? Array.from({ length: random.int(1, 2) }, another) : [];
  return [{ servers: [front] }, { servers: [behind, ...more] }];
}

function anyServer(random: Random, family: Family, backlog: number): GunicornServer | NginxServer | NodeServer {
  switch (random.pick(["gunicorn", "gunicorn", "nginx", "node"])) {
    case "gunicorn":
      return gunicorn(random, family, random.once(6) ? 0 : backlog);
    case "nginx":
      return nginx(random, family, random.once(6) ? 2 ** 31 - 1 : backlog);
    case "node":
      return node(random, family, backlog);
  }
}

function gunicorn(random: Random, family: Family, backlog: number): GunicornServer {
  const workerClass = random.pick(["sync", "gthread", "gevent"]);
  // More threads than connections, and the like, are settings too.
  const [workers, threads, workerConnections] = [random.int(1, 4), workerClass === "gthread" ? random.int(2, 5) : 1, random.int(1, 9)];
  return { kind: "gunicorn", family, backlog, state: "serving", workerClass, workers, threads, workerConnections, serviceTime: 60 };
}

function nginx(random: Random, family: Family, backlog: number): NginxServer {
  const reuseport = family === "tcp" && random.once(2);
  return { kind: "nginx", family, backlog, state: "serving", workers: random.int(1, 3), workerConnections: random.int(6, 40), reuseport };
}

function node(random: Random, family: Family, backlog: number): NodeServer {
  const mode = random.pick(["single", "round-robin", "shared"]);
  const limit = mode === "single" && random.once(3) ? { maxConnections: random.int(1, 20) } : {};
  return { kind: "node", family, backlog, state: "serving", mode, instances: mode === "single" ? 1 : random.int(1, 3), serviceTime: 60, ...limit };
}

/** More clients than anything here holds, to ask the prediction where its limits are. */
const many = 100_000;
const mostAtOnce = 4400;
const mostSpread = 130;

/** As many clients as fit, one more, one less, or some more or less: where counts change. */
function loadFor(scenario: Scenario, random: Random, burst: boolean): Load {
  const probe: Load = burst ? { kind: "all at once", clients: many } : { kind: "spread out", clients: many, interval: 0.002 };
  const { dropped, eagain, closed, badGateway, gatewayTimeout } = predict({ ...scenario, load: probe });
  const ends = (count: Count): readonly [number, number] => (typeof count === "number" ? [count, count] : [count.atLeast, count.atMost]);
  const outside = [dropped, eagain, closed, badGateway, gatewayTimeout].map(ends);
  const sum = (end: 0 | 1): number => outside.reduce((all, each) => all + each[end], 0);
  const limit = Math.max(0, many - Math.min(many, sum(random.pick([0, 1]))));
  const around = limit > mostAtOnce ? random.int(1, 60) : limit + random.pick([-1, 0, 1, 1, 2, random.int(-20, 60), random.int(5, 60)]);
  if (!burst && around <= mostSpread) return { kind: "spread out", clients: Math.max(1, around), interval: 0.002 };
  return { kind: "all at once", clients: Math.min(mostAtOnce, Math.max(1, around)) };
}
