import { describe, expect, it } from "vitest";
import { compare } from "../src/compare.ts";
import { predict } from "../src/predict.ts";
import { places, type Counted, type GunicornServer, type Load, type NginxServer, type NodeServer, type Outcome, type Scenario, type Server } from "../src/scenario.ts";

/* Numbers beside the scenarios are counts of real clients on Linux 6.18 with nginx 1.22, gunicorn 20.1 and Node 20. */

function sync(workers: number, backlog: number, more: Partial<GunicornServer> = {}): GunicornServer {
  return { kind: "gunicorn", family: "tcp", backlog, state: "serving", workerClass: "sync", workers, threads: 1, workerConnections: 1000, serviceTime: 4, ...more };
}

function nginx(more: Partial<NginxServer> = {}): NginxServer {
  return { kind: "nginx", family: "tcp", backlog: 511, state: "serving", workers: 1, workerConnections: 1024, reuseport: false, ...more };
}

function node(more: Partial<NodeServer> = {}): NodeServer {
  return { kind: "node", family: "tcp", backlog: 511, state: "serving", mode: "single", instances: 1, serviceTime: 4, ...more };
}

/** Hops from the outside in, each of one server or several. */
function outcome(hops: Server | readonly (Server | readonly Server[])[], load: Load, host: Scenario["host"] = { somaxconn: 4096 }): Outcome {
  const all = Array.isArray(hops) ? (hops as readonly (Server | readonly Server[])[]) : [hops as Server];
  const [first, ...rest] = all.map((hop) => ({ servers: Array.isArray(hop) ? (hop as readonly Server[]) : [hop as Server] }));
  if (first === undefined) throw new Error("no server");
  return predict({ host, roundTrip: "zero", hops: [first, ...rest], load });
}

const atOnce = (clients: number): Load => ({ kind: "all at once", clients });
const spread = (clients: number): Load => ({ kind: "spread out", clients, interval: 0.02 });

describe("a listener that nobody accepts from", () => {
  const bare = (backlog: number, family: "tcp" | "unix" = "tcp"): Server => ({ kind: "listener", state: "stalled", family, backlog });

  it.each([
    [0, 4096, 1],
    [1, 4096, 2],
    [5, 4096, 6],
    [128, 4096, 129],
    [511, 4096, 512],
    [511, 128, 129],
    [64, 128, 65],
    [511, 4, 5],
    [-1, 64, 65],
    [2 ** 31 - 1, 64, 65],
  ])("with a backlog of %i and somaxconn %i queues %i", (backlog, somaxconn, queued) => {
    expect(outcome(bare(backlog), atOnce(600), { somaxconn })).toMatchObject({ queued, dropped: 600 - queued, eagain: 0 });
    expect(outcome(bare(backlog, "unix"), spread(600), { somaxconn })).toMatchObject({ queued, dropped: 0, eagain: 600 - queued });
  });

  it("says only bounds of SO_REUSEPORT queues: 17 to 68 of 97 with four of 17", () => {
    const four = nginx({ state: "stalled", backlog: 16, workers: 4, reuseport: true });
    expect(outcome(four, atOnce(97))).toMatchObject({ queued: { atLeast: 17, atMost: 68 }, dropped: { atLeast: 29, atMost: 80 } });
    expect(outcome(four, atOnce(17))).toMatchObject({ queued: 17, dropped: 0 });
  });

  it("keeps its count with a real round-trip time, where clients think they are connected", () => {
    const far = predict({ host: { somaxconn: 4096 }, roundTrip: "real", hops: [{ servers: [bare(64)] }], load: atOnce(300) });
    expect(far).toMatchObject({ queued: 65, dropped: 235, phantoms: { atLeast: 0, atMost: 235 } });
  });
});

describe("gunicorn", () => {
  it.each<readonly [GunicornServer, number]>([
    [sync(1, 5), 7],
    [sync(4, 10), 15],
    [sync(2, 5, { workerClass: "gthread", threads: 2, workerConnections: 8 }), 22],
    [sync(2, 5, { workerClass: "gevent", workerConnections: 8 }), 22],
  ])("%j holds %i that come one after the other", (server, held) => {
    const { queued, accepted, dropped } = outcome(server, spread(60));
    expect(queued).toBe(server.backlog + 1);
    expect(accepted).toBe(held - server.backlog - 1);
    expect(dropped).toBe(60 - held);
  });

  it("in a burst holds between the backlog and all: 12, 14 and 15 of 30 were seen", () => {
    expect(outcome(sync(4, 10), atOnce(30))).toMatchObject({ queued: { atLeast: 7, atMost: 11 }, accepted: 4, dropped: { atLeast: 15, atMost: 19 } });
  });

  it("answers as many as it has slots, as often as patience allows", () => {
    expect(outcome(sync(2, 30, { serviceTime: 1 }), { kind: "all at once", clients: 20, patience: 3.5 })).toMatchObject({ answered: 6, timedOut: 14, dropped: 0 });
  });

  it("of class gevent answers as many at once as its pool has greenlets: 8 of 17 in two rounds of 4", () => {
    const gevent = sync(1, 20, { workerClass: "gevent", workerConnections: 4, serviceTime: 0.5 });
    expect(outcome(gevent, { kind: "all at once", clients: 17, patience: 1.3 })).toMatchObject({ answered: 8, timedOut: 9 });
  });

  it("without room for all: a unix socket turns away at once, over TCP repeated SYNs may still be let in", () => {
    const patience = (clients: number, seconds: number): Load => ({ kind: "all at once", clients, patience: seconds });
    expect(outcome(sync(2, 3, { serviceTime: 0.3, family: "unix" }), patience(20, 1))).toMatchObject({ eagain: { atLeast: 14, atMost: 16 }, answered: { atLeast: 4, atMost: 6 }, timedOut: 0 });
    // 20 of 20 were answered within 4.5 s, 18 of them with the longer waits of older kernels.
    expect(outcome(sync(2, 3, { serviceTime: 0.3 }), patience(20, 4.5))).toMatchObject({ answered: { atLeast: 4, atMost: 20 }, dropped: { atLeast: 0, atMost: 16 } });
    expect(outcome(sync(2, 5, { state: "stalled" }), patience(20, 2.5))).toMatchObject({ timedOut: 6, dropped: 14, answered: 0 });
  });

  it.each<readonly [GunicornServer, number, number]>([
    [sync(5, 64, { serviceTime: 0.1 }), 100, 1.3],
    [sync(5, 200, { serviceTime: 0.1 }), 100, 4.02],
    [sync(1, 64, { workerClass: "gthread", threads: 5, workerConnections: 20, serviceTime: 0.1 }), 100, 1.6],
  ])("%j overflows under %i a second after %s s", (server, rate, seconds) => {
    const after = outcome(server, { kind: "sustained", rate, seconds: 10 }).overflowsAfter;
    expect(after).toBeCloseTo(seconds, 1);
    expect(outcome(server, { kind: "sustained", rate: 49, seconds: 60 })).not.toHaveProperty("overflowsAfter");
  });
});

describe("nginx and Node", () => {
  it("close whom they have no connection for", () => {
    expect(outcome(nginx({ workerConnections: 10 }), spread(30))).toMatchObject({ accepted: 8, closed: 22, queued: 0, dropped: 0 });
    expect(outcome(node({ maxConnections: 10 }), spread(60))).toMatchObject({ accepted: 10, closed: 50 });
  });

  it("in a cluster: the primary takes all 200; a shared socket's queue holds 33 with both workers blocked", () => {
    const blocked = { state: "stalled", backlog: 32, instances: 2 } as const;
    expect(outcome(node({ ...blocked, mode: "round-robin" }), spread(200))).toMatchObject({ accepted: 200, queued: 0, dropped: 0 });
    expect(outcome(node({ ...blocked, mode: "shared" }), atOnce(200))).toMatchObject({ accepted: 0, queued: 33, dropped: 167 });
  });
});

describe("a chain", () => {
  it("over a unix socket answers 502: 49 of 60 with a backlog of 10, 27 of 40 with two workers too", () => {
    expect(outcome([nginx(), sync(1, 10, { family: "unix", state: "stalled" })], atOnce(60))).toMatchObject({ queued: 11, accepted: 0, badGateway: 49, gatewayTimeout: 0 });
    expect(outcome([nginx(), sync(2, 10, { family: "unix" })], spread(40))).toMatchObject({ queued: 11, accepted: 2, badGateway: 27 });
  });

  it("over TCP answers 504: 49 of 60", () => {
    expect(outcome([nginx(), sync(1, 10, { state: "stalled" })], atOnce(60))).toMatchObject({ queued: 11, gatewayTimeout: 49, badGateway: 0, dropped: 0 });
  });

  it("adds up upstream servers: 8 of 40 held by two with a backlog of 2 and a worker each", () => {
    const one = sync(1, 2, { family: "unix" });
    expect(outcome([nginx(), [one, one]], spread(40))).toMatchObject({ queued: 6, accepted: 2, badGateway: 32 });
  });

  it("adds up upstream servers over TCP, and leaves open who of the others gets 502 and who 504: 19 and 7, 17 and 4 were seen", () => {
    const stopped = { state: "stalled" } as const;
    expect(outcome([nginx(), [sync(2, 3, stopped), sync(2, 9, stopped)]], atOnce(40))).toMatchObject({ queued: 14, badGateway: { atLeast: 0, atMost: 26 }, gatewayTimeout: { atLeast: 0, atMost: 26 } });
    expect(outcome([nginx(), [sync(4, 3), sync(1, 9)]], spread(40))).toMatchObject({ queued: 14, accepted: 5, badGateway: { atLeast: 0, atMost: 21 } });
  });

  it("gives two servers their clients in turn, where one process of nginx does: 4 and 1 worker accept 4 of 5 clients", () => {
    const two = [sync(4, 3), sync(1, 9)];
    expect(outcome([nginx(), two], spread(5))).toMatchObject({ accepted: 4, queued: 1 });
    // Two processes may both begin with the first, or with the second.
    expect(outcome([nginx({ workers: 2 }), two], spread(5))).toMatchObject({ accepted: { atLeast: 1, atMost: 5 }, queued: { atLeast: 0, atMost: 4 } });
  });

  it("may have any number of proxies: 22 of 30 get 502 behind two, 14 of 20 behind three", () => {
    const unix = { family: "unix" } as const;
    expect(outcome([nginx(), nginx(unix), sync(2, 5, unix)], spread(30))).toMatchObject({ queued: 6, accepted: 2, badGateway: 22, closed: 0 });
    expect(outcome([nginx(), nginx(unix), nginx(), sync(2, 3, unix)], spread(20))).toMatchObject({ queued: 4, accepted: 2, badGateway: 14 });
  });

  it("ends at a proxy that accepts nobody: 8 of 30 in its queue", () => {
    expect(outcome([nginx(), nginx({ state: "stalled", backlog: 7 }), sync(2, 5)], atOnce(30))).toMatchObject({ queued: 8, accepted: 0, gatewayTimeout: 22 });
  });

  it("says only bounds where a proxy in the middle may lack room", () => {
    // 12 connections less a listener and the channel are 5 pairs.
    const small = outcome([nginx(), nginx({ workerConnections: 12 }), sync(2, 30)], spread(30));
    expect(small).toMatchObject({ accepted: 2, queued: 3, badGateway: { atLeast: 0, atMost: 25 }, closed: { atLeast: 0, atMost: 25 } });
  });

  it.each<readonly [string, readonly Server[], keyof Outcome, number, number]>([
    ["502 from a unix socket", [nginx(), sync(5, 64, { family: "unix", serviceTime: 0.1 })], "badGateway", 1.3, 1.3],
    ["504 over TCP", [nginx(), sync(5, 64, { serviceTime: 0.1 })], "gatewayTimeout", 1.3, 1.3],
    ["closed by an nginx of 31 pairs, or one or two less", [nginx({ workerConnections: 64 }), sync(5, 200, { family: "unix", serviceTime: 0.1 })], "closed", 0.46, 0.52],
  ])("overflows under a steady load: %s", (_, hops, place, atLeast, atMost) => {
    const { overflowsAfter, ...counted } = outcome(hops, { kind: "sustained", rate: 100, seconds: 4 });
    if (overflowsAfter === undefined) throw new Error("it does not overflow");
    const ends = typeof overflowsAfter === "number" ? { atLeast: overflowsAfter, atMost: overflowsAfter } : overflowsAfter;
    expect(ends.atLeast).toBeCloseTo(atLeast, 2);
    expect(ends.atMost).toBeCloseTo(atMost, 2);
    expect(counted[place as keyof typeof counted]).toEqual({ atLeast: 1, atMost: 400 });
  });

  it("answers as many as patience allows, where it has room for all", () => {
    expect(outcome([nginx(), sync(2, 30, { family: "unix", serviceTime: 0.3 })], { kind: "all at once", clients: 20, patience: 1 })).toMatchObject({ answered: 6, timedOut: 14 });
  });

  it("gives 502 for clients that the upstream server closes: 40 of 56 with a maxConnections of 16", () => {
    expect(outcome([nginx(), node({ maxConnections: 16 })], spread(56))).toMatchObject({ accepted: 16, badGateway: 40, closed: 0, gatewayTimeout: 0 });
  });

  it("takes no room in nginx for clients that are answered 502 at once: 25 of 33 with two workers of 9 pairs", () => {
    const stopped = sync(2, 7, { family: "unix", state: "stalled" });
    // 20 connections less a listener and the channel are 9 pairs, and 8 clients wait in the queue.
    expect(outcome([nginx({ workers: 2, workerConnections: 20 }), stopped], spread(33))).toMatchObject({ queued: 8, badGateway: 25, closed: 0 });
  });

  it("ends at nginx's own room: 31 proxied clients with 64 worker_connections", () => {
    expect(outcome([nginx({ workerConnections: 64 }), sync(2, 2048, { family: "unix" })], spread(40))).toMatchObject({ accepted: 2, queued: 29, closed: 9 });
  });
});

describe("any prediction", () => {
  it("accounts for every client", () => {
    const servers = [sync(2, 5), sync(1, 0), nginx({ workerConnections: 16 }), node({ maxConnections: 3 }), node({ state: "stalled", backlog: 4 })];
    for (const server of servers) {
      for (const load of [atOnce(1), atOnce(7), atOnce(50), spread(1), spread(7), spread(50)]) {
        const counted = outcome(server, load);
        const ends = places.map((place) => counted[place]).map((count) => (typeof count === "number" ? [count, count] : [count.atLeast, count.atMost]));
        const clients = "clients" in load ? load.clients : 0;
        expect(ends.reduce((total, [low = 0]) => total + low, 0)).toBeLessThanOrEqual(clients);
        expect(ends.reduce((total, [, high = 0]) => total + high, 0)).toBeGreaterThanOrEqual(clients);
        if (Object.values(counted).every((count) => typeof count === "number")) expect(ends.reduce((total, [low = 0]) => total + low, 0)).toBe(clients);
        expect(JSON.parse(JSON.stringify(counted))).toEqual(counted);
      }
    }
  });

  it("refuses what nothing is stated about", () => {
    expect(() => predict({ host: { somaxconn: 4096 }, roundTrip: "real", hops: [{ servers: [sync(1, 5)] }], load: atOnce(9) })).toThrow("with a real round-trip time only");
    const patience = { kind: "all at once", clients: 30, patience: 1 } as const;
    expect(() => outcome(node({ maxConnections: 3 }), patience)).toThrow("with patience, nobody may be closed");
    expect(() => outcome([nginx(), sync(1, 5)], patience)).toThrow("a chain must surely have room for everyone");
    const steady = { kind: "sustained", rate: 10, seconds: 1 } as const;
    expect(() => outcome([nginx(), [sync(1, 5), sync(1, 5)]], steady)).toThrow("a sustained load on several servers");
    expect(() => outcome([nginx(), [nginx(), nginx()], sync(1, 5)], atOnce(9))).toThrow("several servers in a hop that is not the last");
    expect(() => outcome([nginx(), [node({ maxConnections: 3 }), sync(1, 5)]], atOnce(9))).toThrow("close nobody");
    expect(() => outcome([nginx(), nginx()], atOnce(9))).toThrow("answers at once");
  });
});

describe("compare", () => {
  const measured: Counted = { queued: 11, accepted: 4, dropped: 15, eagain: 0, closed: 0, answered: 0, badGateway: 0, gatewayTimeout: 0, timedOut: 0, phantoms: 0 };

  it("finds nothing within the bounds, and the place outside them", () => {
    const predicted = outcome(sync(4, 10), atOnce(30));
    expect(compare(predicted, measured)).toEqual([]);
    expect(compare(predicted, { ...measured, dropped: 14, queued: 12 })).toEqual([
      { place: "queued", predicted: { atLeast: 7, atMost: 11 }, measured: 12 },
      { place: "dropped", predicted: { atLeast: 15, atMost: 19 }, measured: 14 },
    ]);
  });

  it("allows an overflow a tenth of its time", () => {
    const predicted = { ...measured, overflowsAfter: 1.3 };
    expect(compare(predicted, { ...measured, overflowsAfter: 1.4 })).toEqual([]);
    expect(compare(predicted, { ...measured, overflowsAfter: 1.5 })).toHaveLength(1);
    expect(compare(predicted, measured)).toHaveLength(1);
  });
});
