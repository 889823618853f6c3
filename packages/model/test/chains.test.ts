import { describe, expect, it } from "vitest";
import type { Address, Chain, Deployment } from "../src/deployment.ts";
import type { Assumptions, ChainLimits, Limit, Unbounded } from "../src/limit-types.ts";
import type { Formula, Sourced, Value } from "../src/provenance.ts";
import { chainLimits } from "../src/limits.ts";
import { whatIf } from "../src/what-if.ts";
import { assumed, dynamic } from "../src/value.ts";
import { chained, gunicorn, listener, nginx, node, pass, written, type AnyService } from "./build.ts";

function interval(limit: Limit | Unbounded | undefined): readonly [number, number] | string | undefined {
  if (limit === undefined) return undefined;
  return "unbounded" in limit ? limit.because : [limit.value.low, limit.value.high];
}

function limitsOf(hops: readonly (readonly AnyService[])[], assumptions: Assumptions = {}): ChainLimits {
  const { deployment, chain } = chained(...hops);
  return chainLimits(deployment, chain, assumptions);
}

/** The same chain with its last hop changed. */
function withLastHop(made: { deployment: Deployment; chain: Chain }, change: Partial<Chain["hops"][number]>): ChainLimits {
  const hops = made.chain.hops.map((hop, index) => (index === made.chain.hops.length - 1 ? { ...hop, ...change } : hop));
  return chainLimits(made.deployment, { ...made.chain, hops }, {});
}

const workersFormula: Formula = { op: "+", operands: [{ op: "*", operands: [{ op: "number", value: 2 }, { op: "cpus" }] }, { op: "number", value: 1 }] };
const byCpus: Value<number> = { kind: "formula", formula: workersFormula };
const tcp = (port: number): Address => ({ family: "tcp", host: "127.0.0.1", port });

describe("values that are not known", () => {
  it("computes a formula for the stated CPUs, else from one CPU upwards", () => {
    const app = gunicorn({ workers: byCpus, listeners: [listener("gunicorn", { backlog: 64 })] });
    expect(interval(limitsOf([[app]]).spreadOut)).toEqual([3 + 65, Infinity]);
    expect(interval(limitsOf([[app]], { cpus: 4 }).spreadOut)).toEqual([9 + 65, 9 + 65]);
    // With 3 workers ⌈68 / 3⌉; with ever so many one service time for those they hold, and one for whoever waits behind.
    expect(limitsOf([[app]]).lastInLine?.serviceTimes).toEqual({ low: 2, high: Math.ceil(68 / 3) });
  });

  it("leaves a backlog that only the running program knows between 0 and somaxconn", () => {
    const app = gunicorn({ workers: 2, listeners: [listener("gunicorn", { backlog: dynamic() })] });
    const limits = limitsOf([[nginx()], [app]]);
    expect(interval(limits.sureAtOnce)).toEqual([1, 511]);
    expect(limits.sureAtOnce.binding.map(({ id }) => id)).toEqual(["gunicorn#socket/backlog"]);
  });

  it("takes the hull of a conditional, in which a negative backlog means somaxconn", () => {
    const either: Value<number> = {
      kind: "oneOf",
      options: [
        { value: { kind: "exact", value: -1 }, when: "if DEBUG" },
        { value: { kind: "exact", value: 64 }, when: "else" },
      ],
    };
    const limits = limitsOf([[gunicorn({ workers: 2, listeners: [listener("gunicorn", { backlog: either, somaxconn: 1000 })] })]]);
    expect(interval(limits.sureAtOnce)).toEqual([65, 1001]);
  });

  it("names somaxconn as what binds a negative backlog", () => {
    const { sureAtOnce } = limitsOf([[node({ listeners: [listener("node", { backlog: -1, somaxconn: 128 })] })]]);
    expect(interval(sureAtOnce)).toEqual([129, 129]);
    expect(sureAtOnce.binding.map(({ name }) => name)).toEqual(["net.core.somaxconn"]);
  });

  it("does not know what a worker class of the user's own accepts", () => {
    const app = { ...gunicorn({ effectiveClass: { kind: "dynamic" } }) };
    const own: Sourced<string> = { ...app.settings.worker_class, text: "mypkg.MyWorker" };
    const limits = limitsOf([[{ ...app, settings: { ...app.settings, worker_class: own } }]]);
    expect(interval(limits.spreadOut)).toBe("how many connections mypkg.MyWorker accepts is not known");
    expect(limits.lastInLine).toBeUndefined();
  });

  it("leaves the room of an nginx out whose worker_connections stand in another file, and says so", () => {
    const limits = limitsOf([[nginx({ connections: dynamic() })], [gunicorn({ workers: 8, listeners: [listener("gunicorn", { backlog: 64 })] })]]);
    expect(interval(limits.sureAtOnce)).toEqual([65, 65]);
    expect(interval(limits.spreadOut)).toEqual([73, 73]);
    expect(limits.sureAtOnce.assumed).toBe(true);
    expect(limits.leftOut).toHaveLength(1);
    expect(limits.hops[0]?.room).toMatchObject({ unbounded: true });
  });

  it("has no upper end where upstream servers were not found", () => {
    const made = chained([nginx({ processes: 8 })], [gunicorn({ workers: 2, listeners: [listener("gunicorn", { backlog: 64 })] })]);
    const unknown = { origin: pass().origin, address: written<Address>({ kind: "exact", value: tcp(9) }), weight: written(1), max_conns: written(0), max_fails: written(1), fail_timeout: written(10), down: false, backup: false };
    const limits = withLastHop(made, { unknownMembers: [unknown] });
    expect(interval(limits.hops[1]?.spreadOut)).toEqual([67, Infinity]);
    // What nginx's own queue of 512 holds still bounds a burst, its room of 8 × 511 the rest.
    expect(interval(limits.sureAtOnce)).toEqual([65, 512]);
    expect(interval(limits.spreadOut)).toEqual([67, 4088]);
    expect(limits.sureAtOnce.assumed).toBe(true);
    expect(limits.lastInLine).toBeUndefined();
  });
});

describe("what a limit hangs on", () => {
  it("does not include an assumed somaxconn that no kernel's default would change", () => {
    const small = limitsOf([[gunicorn({ listeners: [listener("gunicorn", { backlog: 128, somaxconn: assumed(4096) })] })]]);
    const large = limitsOf([[gunicorn({ listeners: [listener("gunicorn", { backlog: 129, somaxconn: assumed(4096) })] })]]);
    expect(small.sureAtOnce.assumed).toBe(false);
    expect(large.sureAtOnce.assumed).toBe(true);
  });

  it("includes a default where it binds, and only there", () => {
    const limits = limitsOf([[gunicorn({ workers: assumed(1, "WEB_CONCURRENCY"), listeners: [listener("gunicorn", { backlog: 64 })] })]]);
    expect(limits.sureAtOnce.assumed).toBe(false);
    expect(limits.spreadOut).toMatchObject({ assumed: true });
  });

  it("includes the worker class where an environment variable may change it", () => {
    const limits = limitsOf([[gunicorn({ workers: 2, effectiveClass: assumed("gthread", "WORKER_CLASS"), listeners: [listener("gunicorn", { backlog: 64 })] })]]);
    expect(limits.sureAtOnce.assumed).toBe(false);
    expect(limits.spreadOut).toMatchObject({ assumed: true });
    expect(limits.hops[0]?.serviceSlots).toMatchObject({ assumed: true });
  });

  it("is listed in the order in which a client meets it", () => {
    const limits = limitsOf([[nginx()], [gunicorn({ effectiveClass: "gthread" })]]);
    expect(limits.settings.map(({ id }) => id)).toEqual([
      "nginx#socket/backlog",
      "nginx#socket/net.core.somaxconn",
      "nginx/worker_connections",
      "nginx/worker_processes",
      "gunicorn#socket/backlog",
      "gunicorn#socket/net.core.somaxconn",
      "gunicorn/workers",
      "gunicorn/worker_connections",
      "gunicorn/threads",
    ]);
  });

  it("names the hop that a client meets first when two have the same limit", () => {
    const app = gunicorn({ workers: 1, listeners: [listener("gunicorn", { backlog: 511 })] });
    const limits = limitsOf([[nginx({ processes: 4 })], [app]]);
    expect(limits.sureAtOnce).toMatchObject({ hop: 0, value: { low: 512, high: 512 } });
    expect(limits.sureAtOnce.binding.map(({ id }) => id)).toEqual(["nginx#socket/backlog", "gunicorn#socket/backlog"]);
  });

  it("names all settings of a tie, as raising one of them alone changes nothing", () => {
    const limits = limitsOf([[node({ listeners: [listener("node", { backlog: 128, somaxconn: 128 })] })]]);
    expect(limits.sureAtOnce.binding.map(({ name }) => name)).toEqual(["backlog", "net.core.somaxconn"]);
    for (const setting of limits.sureAtOnce.binding) expect(whatIf(limits, setting, 9999, {}).sureAtOnce.after).toEqual({ low: 129, high: 129 });
  });
});

describe("hops of several members", () => {
  const unix = (id: string, backlog: number) => gunicorn({ id, workers: 2, listeners: [listener(id, { backlog })] });
  const overTcp = (id: string, port: number, backlog: number) => gunicorn({ id, workers: 2, listeners: [listener(id, { backlog, address: tcp(port) })] });

  it("are alternatives in front: the weakest counts", () => {
    const front = nginx({ listeners: [listener("nginx", { backlog: 511, name: "a", address: tcp(80) }), listener("nginx", { backlog: 20, name: "b", address: tcp(443) })] });
    expect(interval(limitsOf([[front], [unix("app", 2048)]]).sureAtOnce)).toEqual([21, 21]);
  });

  it("add up behind a proxy over unix sockets, where a full one turns away at once", () => {
    expect(interval(limitsOf([[nginx()], [unix("a", 10), unix("b", 100)]]).hops[1]?.sureAtOnce)).toEqual([112, 112]);
  });

  it("count as many times the weakest over TCP, where a client of a full one waits", () => {
    expect(interval(limitsOf([[nginx()], [overTcp("a", 1, 10), overTcp("b", 2, 100)]]).hops[1]?.sureAtOnce)).toEqual([22, 22]);
  });

  it("count the workers of a service once that has two listeners in one group", () => {
    const app = gunicorn({ workers: 8, listeners: [listener("gunicorn", { backlog: 10, name: "a" }), listener("gunicorn", { backlog: 20, name: "b" })] });
    expect(interval(limitsOf([[nginx()], [app]]).spreadOut)).toEqual([8 + 11 + 21, 8 + 11 + 21]);
  });
});

describe("the last in line", () => {
  const app = gunicorn({ workers: 8, listeners: [listener("gunicorn", { backlog: 2048 })] });

  it("stands no further back than the proxy in front lets clients through", () => {
    // 511 through nginx, though gunicorn would queue 2057.
    expect(limitsOf([[nginx()], [app]]).lastInLine?.serviceTimes).toEqual({ low: 64, high: 64 });
    expect(limitsOf([[app]]).lastInLine?.serviceTimes).toEqual({ low: Math.ceil(2057 / 8), high: 258 });
  });

  it("is compared with the least patience on the way", () => {
    expect(limitsOf([[nginx()], [app]], { clientTimeout: 10 }).lastInLine?.patience?.origin).toEqual({ kind: "option", flag: "--client-timeout" });
    expect(limitsOf([[nginx()], [app]], { clientTimeout: 100 }).lastInLine?.breakEven).toEqual({ low: 60 / 64, high: 60 / 64 });
    expect(limitsOf([[app]]).lastInLine?.breakEven).toBeUndefined();
    expect(withLastHop(chained([nginx()], [app]), { pass: pass(dynamic()) }).lastInLine?.patience).toBeUndefined();
  });

  it("is one of a last round that is full, where the numbers go up evenly", () => {
    const even = gunicorn({ workers: 2, listeners: [listener("gunicorn", { backlog: 9 })] });
    expect(limitsOf([[even]]).lastInLine?.serviceTimes).toEqual({ low: 6, high: 6 });
  });

  it("waits for connections, not threads, where gthread has more threads than worker_connections", () => {
    const app = gunicorn({ effectiveClass: "gthread", workers: 2, threads: 8, connections: 3, listeners: [listener("gunicorn", { backlog: 5 })] });
    const limits = limitsOf([[app]]);
    expect(interval(limits.hops[0]?.serviceSlots)).toEqual([6, 6]);
    expect(limits.lastInLine?.serviceTimes).toEqual({ low: 2, high: 2 });
  });

  it("is not told for event loops", () => {
    expect(limitsOf([[nginx()], [node()]]).lastInLine).toBeUndefined();
    expect(limitsOf([[gunicorn({ effectiveClass: "gevent" })]]).lastInLine).toBeUndefined();
  });
});

describe("chains that hold no sense", () => {
  it("are refused by name", () => {
    const { deployment, chain } = chained([node()]);
    expect(() => chainLimits(deployment, { id: "empty", hops: [] }, {})).toThrow("chain empty has no hop");
    expect(() => chainLimits({ ...deployment, services: [] }, chain, {})).toThrow("the deployment has no listener node#socket of a service node");
  });
});

describe("nginx as the last hop", () => {
  it("has twice the room for what it answers itself as for what it hands on", () => {
    const front = nginx({ connections: 100 });
    expect(interval(limitsOf([[front]]).spreadOut)).toEqual([98, 98]);
    const proxying = nginx({ connections: 100, passes: [{ ...pass(), listeners: ["nginx#socket"] }] });
    expect(interval(limitsOf([[proxying]]).spreadOut)).toEqual([49, 49]);
  });

  it("has a queue for each worker with reuseport, of which one is sure", () => {
    const many = nginx({ processes: 4, listeners: [listener("nginx", { backlog: 100, queuePerWorker: true, address: tcp(80) })] });
    expect(interval(limitsOf([[many]]).sureAtOnce)).toEqual([101, 101]);
  });
});
