import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chain, Deployment, Listener, Service } from "../src/deployment.ts";
import type { ChainLimits, Expression, Interval, Limit, Setting, Unbounded } from "../src/limit-types.ts";
import { bindingSettings, evaluate, settingsOf } from "../src/expression.ts";
import { effectiveBacklog, queueCapacity } from "../src/kernel.ts";
import { chainLimits } from "../src/limits.ts";
import { whatIf } from "../src/what-if.ts";
import { chained, gunicorn, listener, nginx, node } from "./build.ts";

const backlog = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(64, 128, 511, 2048, 65535));
const somaxconn = fc.constantFrom(0, 5, 128, 4096);

function listenersOf(id: string, most: number): fc.Arbitrary<Listener[]> {
  const one = fc.record({ backlog, somaxconn, unix: fc.boolean(), queuePerWorker: fc.boolean() });
  return fc.array(one, { minLength: 1, maxLength: most }).map((all) =>
    all.map((each, index) =>
      listener(id, {
        ...each,
        name: String(index),
        address: each.unix ? { family: "unix", path: `/run/${id}-${index}.sock` } : { family: "tcp", host: "127.0.0.1", port: 8000 + index },
      }),
    ),
  );
}

function gunicornNamed(id: string) {
  return fc
    .record({
      workers: fc.integer({ min: 1, max: 20 }),
      threads: fc.integer({ min: 1, max: 8 }),
      connections: fc.integer({ min: 1, max: 30 }),
      effectiveClass: fc.constantFrom("sync", "gthread", "gevent", "uvicorn"),
      listeners: listenersOf(id, 2),
    })
    .map((options) => gunicorn({ id, ...options }));
}

function nodeNamed(id: string) {
  return fc
    .record({ instances: fc.integer({ min: 1, max: 4 }), mode: fc.constantFrom("single", "round-robin", "shared"), listeners: listenersOf(id, 1) })
    .map((options) => node({ id, ...options }));
}

function nginxNamed(id: string) {
  return fc
    .record(
      {
        processes: fc.integer({ min: 1, max: 4 }),
        connections: fc.integer({ min: 2, max: 1200 }),
        nofile: fc.integer({ min: 10, max: 2000 }),
        listeners: listenersOf(id, 2),
      },
      { requiredKeys: ["processes", "connections", "listeners"] },
    )
    .map((options) => nginx({ id, ...options }));
}

const last = fc.oneof(
  gunicornNamed("a").map((one) => [one]),
  fc.tuple(gunicornNamed("a"), gunicornNamed("b")),
  nodeNamed("a").map((one) => [one]),
  fc.tuple(nodeNamed("a"), gunicornNamed("b")),
  nginxNamed("a").map((one) => [one]),
);
const random = fc
  .tuple(fc.array(nginxNamed("front"), { maxLength: 1 }), fc.array(nginxNamed("middle"), { maxLength: 1 }), last)
  .map(([front, middle, back]) => chained(...[front, middle, back].filter((hop) => hop.length > 0)));
const load = fc.record({ arrivalRate: fc.integer({ min: 1, max: 500 }), serviceTime: fc.double({ min: 0.01, max: 3, noNaN: true }) });

/** The same deployment with one setting written otherwise, found by the setting's id as its users know it. */
function edited(deployment: Deployment, id: string, to: number): Deployment {
  const [owner = "", name = ""] = splitLast(id);
  const number = { value: { kind: "exact", value: to }, origin: { kind: "option", flag: "--edited" } } as const;
  const editListener = (one: Listener): Listener => {
    if (one.id !== owner) return one;
    return name === "backlog" ? { ...one, backlog: { ...one.backlog, requested: number } } : { ...one, somaxconn: number };
  };
  const services = deployment.services.map((service): Service => {
    const listeners = service.listeners.map(editListener);
    if (service.id !== owner) return { ...service, listeners };
    switch (service.kind) {
      case "gunicorn":
        return { ...service, listeners, settings: { ...service.settings, [name]: number } };
      case "asgi":
        return { ...service, listeners, settings: { ...service.settings, [name]: number } };
      case "nginx":
        return { ...service, listeners, settings: { ...service.settings, [name]: number } };
      case "node":
        return { ...service, listeners, settings: { ...service.settings, [name]: number } };
    }
  });
  return { ...deployment, services };
}

function splitLast(id: string): string[] {
  const at = id.lastIndexOf("/");
  return [id.slice(0, at), id.slice(at + 1)];
}

function valueOf(limit: Limit | Unbounded): Interval | string {
  return "unbounded" in limit ? limit.because : limit.value;
}

function expressions(limits: ChainLimits): Expression[] {
  return [limits.sureAtOnce, limits.bestAtOnce, limits.spreadOut].flatMap((limit) => ("unbounded" in limit ? [] : [limit.expression]));
}

/** A setting to change and what to; with a chain's settings at hand there is always one. */
function pick(limits: ChainLimits, at: number): Setting {
  const setting = limits.settings[at % limits.settings.length];
  if (setting === undefined) throw new Error("a chain without a setting");
  return setting;
}

function current(setting: Setting): number {
  if (setting.value.value.kind !== "exact") throw new Error("these deployments hold exact values only");
  return setting.value.value.value;
}

function check(body: (made: { deployment: Deployment; chain: Chain; limits: ChainLimits; setting: Setting }, by: number) => void): void {
  fc.assert(
    fc.property(random, fc.nat({ max: 40 }), fc.integer({ min: 1, max: 3000 }), ({ deployment, chain }, at, by) => {
      const limits = chainLimits(deployment, chain, {});
      body({ deployment, chain, limits, setting: pick(limits, at) }, by);
    }),
    { numRuns: 600 },
  );
}

describe("limits of random deployments", () => {
  it("are what the kernel makes of one listener's backlog", () => {
    fc.assert(
      fc.property(fc.oneof(backlog, fc.integer()), fc.nat({ max: 70_000 }), (requested, most) => {
        const { deployment, chain } = chained([node({ listeners: [listener("node", { backlog: requested, somaxconn: most })] })]);
        const held = queueCapacity(effectiveBacklog(requested, most));
        expect(chainLimits(deployment, chain, {}).sureAtOnce.value).toEqual({ low: held, high: held });
      }),
    );
  });

  it("never fall when a setting rises", () => {
    check(({ deployment, chain, limits, setting }, by) => {
      // A negative backlog means somaxconn, so it rises only to another negative one.
      const from = current(setting);
      const to = from < 0 ? -1 : from + by;
      const after = chainLimits(edited(deployment, setting.id, to), chain, {});
      for (const which of ["sureAtOnce", "bestAtOnce", "spreadOut"] as const) {
        const [a, b] = [limits[which], after[which]];
        if ("unbounded" in a || "unbounded" in b) expect("unbounded" in a).toBe("unbounded" in b);
        else expect(b.value.low).toBeGreaterThanOrEqual(a.value.low);
      }
    });
  });

  it("stay as they are when a setting rises that does not bind", () => {
    check(({ deployment, chain, limits, setting }, by) => {
      const after = chainLimits(edited(deployment, setting.id, Math.max(0, current(setting)) + by), chain, {});
      for (const which of ["sureAtOnce", "bestAtOnce", "spreadOut"] as const) {
        const [a, b] = [limits[which], after[which]];
        if ("unbounded" in a || "unbounded" in b || a.binding.some(({ id }) => id === setting.id)) continue;
        if (current(setting) < 0) continue;
        expect(b.value).toEqual(a.value);
      }
    });
  });

  it("fall when a binding setting is taken away altogether", () => {
    check(({ limits }) => {
      for (const expression of expressions(limits)) {
        const before = evaluate(expression, {});
        const none = new Map(bindingSettings(expression, {}).map(({ id }) => [id, 0]));
        if (before.low > settingsOf(expression).length + 1) expect(evaluate(expression, {}, none).low).toBeLessThan(before.low);
      }
    });
  });

  it("are what whatIf foretells after the change is made", () => {
    check(({ deployment, chain, limits, setting }, by) => {
      const foretold = whatIf(limits, setting, by - 5, {});
      const made = chainLimits(edited(deployment, setting.id, by - 5), chain, {});
      expect(foretold.sureAtOnce.after).toEqual(made.sureAtOnce.value);
      expect("unbounded" in foretold.spreadOut ? foretold.spreadOut.because : foretold.spreadOut.after).toEqual(valueOf(made.spreadOut));
      expect(foretold.thenBinds.map(({ id }) => id)).toEqual(made.sureAtOnce.binding.map(({ id }) => id));
    });
  });

  it("hold no more for sure than at best, and the hop named has the chain's own limit", () => {
    check(({ limits }) => {
      const { sureAtOnce, bestAtOnce, hops } = limits;
      if (!("unbounded" in bestAtOnce)) expect(bestAtOnce.value.low).toBeGreaterThanOrEqual(sureAtOnce.value.low);
      expect(hops[sureAtOnce.hop]?.sureAtOnce.value).toEqual(sureAtOnce.value);
    });
  });

  it("keep the last in line waiting no longer with more workers, and overflow no sooner with a longer queue", () => {
    fc.assert(
      fc.property(gunicornNamed("a"), load, fc.integer({ min: 1, max: 50 }), (service, assumptions, more) => {
        const { deployment, chain } = chained([service]);
        const before = chainLimits(deployment, chain, assumptions);
        const workers = before.settings.find(({ name }) => name === "workers");
        const queue = service.listeners[0];
        if (workers === undefined || queue === undefined) return;
        const after = chainLimits(edited(deployment, workers.id, current(workers) + more), chain, assumptions);
        if (before.lastInLine !== undefined) expect(after.lastInLine?.serviceTimes.high).toBeLessThanOrEqual(before.lastInLine.serviceTimes.high);
        const longer = chainLimits(edited(deployment, `${queue.id}/backlog`, 70_000), chain, assumptions);
        const [soon, late] = [before.sustained?.overflowsAfter, longer.sustained?.overflowsAfter];
        expect(soon === undefined).toBe(late === undefined);
        if (soon !== undefined && late !== undefined) expect(late.low).toBeGreaterThanOrEqual(soon.low);
      }),
      { numRuns: 400 },
    );
  });
});
