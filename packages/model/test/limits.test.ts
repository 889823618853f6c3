import { describe, expect, it } from "vitest";
import type { ChainLimits, Limit, Unbounded } from "../src/limit-types.ts";
import { chainLimits } from "../src/limits.ts";
import { whatIf } from "../src/what-if.ts";
import { chained, gunicorn, listener, nginx } from "./build.ts";

function setting(limits: ChainLimits, id: string): ChainLimits["settings"][number] {
  const found = limits.settings.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`${id} is not among ${limits.settings.map((candidate) => candidate.id).join(", ")}`);
  return found;
}

function ids(settings: readonly { readonly id: string }[]): string[] {
  return settings.map(({ id }) => id);
}

function clients(limit: Limit | Unbounded | undefined): number | string | undefined {
  if (limit === undefined) return undefined;
  if ("unbounded" in limit) return limit.because;
  return limit.value.low === limit.value.high ? limit.value.low : `${limit.value.low} to ${limit.value.high}`;
}

describe("nginx in front of gunicorn over a unix socket, 8 workers and a backlog of 64", () => {
  const { deployment, chain } = chained([nginx()], [gunicorn({ workers: 8, listeners: [listener("gunicorn", { backlog: 64 })] })]);
  const limits = chainLimits(deployment, chain, {});

  it("holds 65 at once for sure, 73 at best and spread out", () => {
    expect(clients(limits.sureAtOnce)).toBe(65);
    expect(clients(limits.bestAtOnce)).toBe(73);
    expect(clients(limits.spreadOut)).toBe(73);
    expect(ids(limits.sureAtOnce.binding)).toEqual(["gunicorn#socket/backlog"]);
    expect(limits.sureAtOnce.hop).toBe(1);
    expect(limits.sureAtOnce.assumed).toBe(false);
  });

  it("answers the last after 10 service times: above 6 s each, nginx gives up first", () => {
    expect(limits.lastInLine?.serviceTimes).toEqual({ low: 10, high: 10 });
    expect(limits.lastInLine?.breakEven).toEqual({ low: 6, high: 6 });
  });

  it("lets 511 clients through nginx", () => {
    expect(clients(limits.hops[0]?.room)).toBe(511);
  });

  it("says that a larger backlog helps until worker_connections binds", () => {
    const larger = whatIf(limits, setting(limits, "gunicorn#socket/backlog"), 512, {});
    expect(larger.sureAtOnce).toEqual({ before: { low: 65, high: 65 }, after: { low: 511, high: 511 } });
    expect(ids(larger.thenBinds)).toEqual(["nginx/worker_connections", "nginx/worker_processes"]);
  });

  it("says that more workers help only spread-out clients", () => {
    const more = whatIf(limits, setting(limits, "gunicorn/workers"), 16, {});
    expect(more.sureAtOnce).toEqual({ before: { low: 65, high: 65 }, after: { low: 65, high: 65 } });
    expect(more.spreadOut).toEqual({ before: { low: 73, high: 73 }, after: { low: 81, high: 81 } });
  });
});
