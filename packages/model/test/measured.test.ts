import { describe, expect, it } from "vitest";
import type { GunicornService } from "../src/deployment.ts";
import type { Assumptions, ChainLimits, Limit, Unbounded } from "../src/limit-types.ts";
import { effectiveBacklog } from "../src/kernel.ts";
import { chainLimits } from "../src/limits.ts";
import { chained, gunicorn, listener, nginx, node, type AnyService } from "./build.ts";

/*
 * Counts of real clients, taken on Linux 6.18 over loopback with nginx 1.22, gunicorn 20.1 and Node 20: the first
 * measured, then written down here. They are no output of this package.
 */

function limitsOf(hops: readonly (readonly AnyService[])[], assumptions: Assumptions = {}): ChainLimits {
  const { deployment, chain } = chained(...hops);
  return chainLimits(deployment, chain, assumptions);
}

function clients(limit: Limit | Unbounded): number {
  if ("unbounded" in limit || limit.value.low !== limit.value.high) throw new Error("not one number");
  return limit.value.low;
}

type Shape = readonly [effectiveClass: "sync" | "gthread" | "gevent", workers: number, backlog: number, connections: number, threads: number];

function server([effectiveClass, workers, backlog, connections, threads]: Shape, id = "gunicorn"): GunicornService {
  return gunicorn({ id, effectiveClass, workers, threads, connections, listeners: [listener(id, { backlog })] });
}

describe("gunicorn, clients one after another", () => {
  it.each<readonly [Shape, number]>([
    [["sync", 1, 5, 1000, 1], 7],
    [["sync", 2, 5, 1000, 1], 8],
    [["sync", 4, 10, 1000, 1], 15],
    [["sync", 4, 511, 1000, 1], 516],
    [["sync", 2, 10, 1000, 1], 13],
    [["gthread", 2, 5, 8, 2], 22],
    [["gevent", 2, 5, 8, 1], 22],
    [["gevent", 1, 10, 20, 1], 31],
  ])("%j holds %i", (shape, held) => {
    expect(clients(limitsOf([[server(shape)]]).spreadOut)).toBe(held);
  });
});

describe("gunicorn, clients at the same moment", () => {
  it.each<readonly [Shape, readonly number[]]>([
    [["sync", 4, 10, 1000, 1], [11, 12, 15, 12, 13]],
    [["sync", 4, 10, 1000, 1], [11, 14, 12, 14, 15]],
    [["sync", 2, 64, 1000, 1], [67]],
    [["sync", 2, 128, 1000, 1], [131]],
    [["sync", 8, 64, 1000, 1], [73]],
    [["sync", 8, 128, 1000, 1], [137]],
    [["gthread", 2, 128, 1000, 2], [347]],
  ])("%j holds between sure and best: %j", (shape, held) => {
    const limits = limitsOf([[server(shape)]]);
    for (const count of held) {
      expect(count).toBeGreaterThanOrEqual(clients(limits.sureAtOnce));
      expect(count).toBeLessThanOrEqual(clients(limits.bestAtOnce));
    }
  });
});

describe("nginx over unix sockets", () => {
  it("answers 11 of 60 in front of a stopped gunicorn with a backlog of 10", () => {
    expect(clients(limitsOf([[nginx()], [server(["sync", 1, 10, 1000, 1])]]).sureAtOnce)).toBe(11);
  });

  it("answers 13 of 40 in front of 2 workers", () => {
    expect(clients(limitsOf([[nginx()], [server(["sync", 2, 10, 1000, 1])]]).spreadOut)).toBe(13);
  });

  it("adds up two upstream servers: 8 with a backlog of 2, 134 with 64 and 2 workers each", () => {
    const two = (shape: Shape): ChainLimits => limitsOf([[nginx()], [server(shape, "a"), server(shape, "b")]]);
    expect(clients(two(["sync", 1, 2, 1000, 1]).spreadOut)).toBe(8);
    expect(clients(two(["sync", 2, 64, 1000, 1]).bestAtOnce)).toBe(134);
  });

  it("has more than 40 clients' room with backlogs of 2 and 100, as the second takes what the first turns away", () => {
    const limits = limitsOf([[nginx()], [server(["sync", 1, 2, 1000, 1], "a"), server(["sync", 1, 100, 1000, 1], "b")]]);
    expect(clients(limits.sureAtOnce)).toBeGreaterThanOrEqual(40);
  });
});

describe("nginx's own room", () => {
  it.each([
    [32, 15],
    [64, 29],
    [128, 59],
    [256, 119],
    [512, 239],
    [1024, 479],
  ])("with %i worker_connections keeps %i proxied clients of a burst", (connections, kept) => {
    const [front] = limitsOf([[nginx({ connections })], [server(["sync", 2, 2048, 1000, 1])]]).hops;
    const room = front?.room;
    const burst = front?.roomInBurst;
    if (room === undefined || burst === undefined) throw new Error("a proxy has room");
    expect(burst.high - burst.low).toBe(2);
    expect(kept).toBeGreaterThanOrEqual(burst.low);
    expect(kept).toBeLessThanOrEqual(burst.high);
    expect(kept).toBeLessThanOrEqual(clients(room));
  });

  it.each([
    [64, 31],
    [65, 31],
    [67, 32],
    [256, 127],
    [1024, 511],
  ])("with %i worker_connections keeps %i proxied clients that come 3 ms apart", (connections, kept) => {
    const limits = limitsOf([[nginx({ connections })], [server(["sync", 2, 2048, 1000, 1])]]);
    expect(clients(limits.spreadOut)).toBe(kept);
  });

  it.each([
    [32, 12],
    [64, 28],
  ])("with %i descriptors hands on %i clients, and lets others wait in its queue", (nofile, handedOn) => {
    const front = nginx({ connections: 512, nofile, listeners: [listener("nginx", { backlog: 16 })] });
    const limits = limitsOf([[front], [server(["sync", 2, 2048, 1000, 1])]]);
    expect(limits.hops[0]?.room).toMatchObject({ value: { low: handedOn, high: handedOn } });
    expect(clients(limits.sureAtOnce)).toBe(17);
    // Of 40 clients with 32 descriptors, 12 were handed on, 17 waited and 11 got no answer to their SYN.
    expect(clients(limits.spreadOut)).toBe(handedOn + 17);
  });

  it.each([
    [10, 8],
    [32, 30],
  ])("with %i worker_connections answers %i clients itself", (connections, served) => {
    expect(clients(limitsOf([[nginx({ connections })]]).spreadOut)).toBe(served);
  });

  it("fills the queue when descriptors run out: 24 accepted and 17 waiting with 32 of them and a backlog of 16", () => {
    const limits = limitsOf([[nginx({ connections: 512, nofile: 32, listeners: [listener("nginx", { backlog: 16 })] })]]);
    expect(limits.hops[0]?.acceptCapacity).toMatchObject({ value: { low: 24, high: 24 } });
    expect(clients(limits.spreadOut)).toBe(41);
  });
});

describe("Node", () => {
  it("holds 33 of 200 in a cluster that shares its socket, with both workers blocked and a backlog of 32", () => {
    expect(clients(limitsOf([[node({ mode: "shared", instances: 2, listeners: [listener("node", { backlog: 32 })] })]]).sureAtOnce)).toBe(33);
  });

  it("lets a round-robin cluster's primary take all 200", () => {
    const { spreadOut, bestAtOnce } = limitsOf([[node({ mode: "round-robin", instances: 2, listeners: [listener("node", { backlog: 32 })] })]]);
    expect(spreadOut).toMatchObject({ unbounded: true });
    expect(bestAtOnce).toMatchObject({ because: expect.stringContaining("primary") as string });
  });
});

describe("several queues of one address", () => {
  it("held 122 of the 132 that four queues of 33 have room for, and dropped some of 100", () => {
    const address = { family: "tcp", host: "127.0.0.1", port: 8000 } as const;
    const reuseport = gunicorn({ workers: 4, listeners: [listener("gunicorn", { backlog: 32, queuePerWorker: true, address })] });
    const limits = limitsOf([[reuseport]]);
    expect(clients(limits.sureAtOnce)).toBe(33);
    expect(clients(limits.bestAtOnce)).toBe(4 + 132);
    expect(limits.bestAtOnce).toMatchObject({ nominal: true });
    expect(limits.sureAtOnce).not.toHaveProperty("nominal");
  });
});

describe("a steady load", () => {
  /** Seconds until the first drop, within the tenth that the measurements scatter. */
  it.each<readonly [Shape, arrivalRate: number, serviceTime: number, seconds: number]>([
    [["sync", 5, 64, 1000, 1], 100, 0.1, 1.3],
    [["sync", 5, 200, 1000, 1], 100, 0.1, 4.02],
    [["sync", 1, 64, 1000, 1], 100, 0.02, 1.27],
    [["sync", 10, 64, 1000, 1], 150, 0.2, 0.65],
    [["gthread", 1, 64, 20, 5], 100, 0.1, 1.6],
    [["sync", 2, 10, 1000, 1], 30, 0.1, 1.1],
    [["sync", 2, 10, 1000, 1], 25, 0.1, 2.2],
  ])("%j with %i a second of %s s each overflows after %s s", (shape, arrivalRate, serviceTime, seconds) => {
    const { sustained } = limitsOf([[server(shape)]], { arrivalRate, serviceTime });
    expect(Math.abs((sustained?.overflowsAfter?.low ?? Infinity) - seconds)).toBeLessThan(seconds * 0.05);
    expect(sustained?.overflowsAfter?.high).toBe(sustained?.overflowsAfter?.low);
  });

  it("below the capacity never overflows: 18 a second of 20", () => {
    const { sustained } = limitsOf([[server(["sync", 2, 10, 1000, 1])]], { arrivalRate: 18, serviceTime: 0.1 });
    expect(sustained).toEqual({ capacity: { low: 20, high: 20 } });
  });

  it("of 100 a second in and 50 out leaves 500 waiting after 10 s and 3,000 after a minute", () => {
    const overflow = (backlog: number): number | undefined =>
      limitsOf([[server(["sync", 5, backlog, 1000, 1])]], { arrivalRate: 100, serviceTime: 0.1 }).sustained?.overflowsAfter?.low;
    // A queue of that many is full at that moment.
    expect(overflow(499)).toBe(10);
    expect(overflow(2999)).toBe(60);
  });

  it("answers the 13th of a full house after 0.7 s: 2 workers, 0.1 s each", () => {
    expect(limitsOf([[server(["sync", 2, 10, 1000, 1])]]).lastInLine?.serviceTimes).toEqual({ low: 7, high: 7 });
  });
});

describe("somaxconn", () => {
  it("of 128 leaves 128 of 65535 asked for", () => {
    expect(effectiveBacklog(65_535, 128)).toBe(128);
  });
});
