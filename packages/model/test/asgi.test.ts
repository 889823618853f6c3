import { describe, expect, it } from "vitest";
import { asgiPrograms, openFiles } from "../src/index.ts";
import type { AsgiProgram, AsgiService, Surroundings } from "../src/deployment.ts";
import type { Limit, Unbounded } from "../src/limit-types.ts";
import { chainLimits } from "../src/limits.ts";
import { chained, listener, nginx, written } from "./build.ts";

const origin = { kind: "file", file: "shop.service", range: { start: { offset: 0, line: 1, column: 1 }, end: { offset: 1, line: 1, column: 2 } } } as const;

function asgi(options: { program?: AsgiProgram; workers?: number; limit?: number; backlog?: number } = {}): AsgiService {
  const { program = "uvicorn" } = options;
  return {
    kind: "asgi",
    program,
    id: program,
    name: program,
    origin,
    listeners: [listener(program, { backlog: options.backlog ?? asgiPrograms[program].backlog })],
    startFailures: [],
    settings: { workers: written(options.workers ?? 1), ...(options.limit === undefined ? {} : { limit_concurrency: written(options.limit) }) },
  };
}

function clients(limit: Limit | Unbounded): number | string {
  return "unbounded" in limit ? "unbounded" : limit.value.low === limit.value.high ? limit.value.low : `${limit.value.low} to ${limit.value.high}`;
}

function held(service: AsgiService): (number | string)[] {
  const { deployment, chain } = chained([service]);
  const { sureAtOnce, bestAtOnce, spreadOut } = chainLimits(deployment, chain, {});
  return [sureAtOnce, bestAtOnce, spreadOut].map(clients);
}

describe("a server of ASGI applications", () => {
  it("holds its queue for sure and accepts without bound, whatever its workers", () => {
    expect(held(asgi())).toEqual([2049, "unbounded", "unbounded"]);
    expect(held(asgi({ program: "hypercorn", workers: 4 }))).toEqual([101, "unbounded", "unbounded"]);
    expect(held(asgi({ program: "daphne" }))).toEqual([51, "unbounded", "unbounded"]);
  });

  it("serves one fewer than a limit of connections, and each worker counts for itself", () => {
    expect(held(asgi({ limit: 100 }))).toEqual([99, 99, 99]);
    // Which of two a client comes to is the kernel's choice.
    expect(held(asgi({ limit: 100, workers: 2 }))).toEqual([99, 198, 198]);
    expect(held(asgi({ limit: 100, backlog: 10 }))).toEqual([11, 99, 99]);
    expect(held(asgi({ limit: 1 }))).toEqual([0, 0, 0]);
  });

  it("is bounded by the nginx in front of it", () => {
    const { deployment, chain } = chained([nginx({ connections: 1024 })], [asgi({ backlog: 64 })]);
    const { sureAtOnce, spreadOut } = chainLimits(deployment, chain, {});
    expect([clients(sureAtOnce), clients(spreadOut)]).toEqual([65, 511]);
  });
});

describe("the limit of open files", () => {
  const place = (kind: Surroundings["kind"], nofile?: number): Surroundings => ({ id: kind, kind, name: kind, origin, network: { value: { kind: "exact", value: "host" }, origin }, sysctls: [], probes: [], ...(nofile === undefined ? {} : { nofile: written(nofile) }) });
  it.each<readonly [string, number | undefined, readonly Surroundings[], string | undefined]>([
    ["nginx's own setting", 300, [place("systemd", 400)], "worker_rlimit_nofile 300"],
    ["its unit's", undefined, [place("systemd", 400)], "LimitNOFILE 400"],
    ["its container's", undefined, [place("compose", 400)], "ulimits.nofile 400"],
    ["none where nothing says it", undefined, [place("systemd")], undefined],
    ["none where two places could be meant", undefined, [place("systemd", 400), place("compose", 400)], undefined],
  ])("is %s", (_, own, runsIn, expected) => {
    const service = { ...nginx({ connections: 1024, ...(own === undefined ? {} : { nofile: own }) }), runsIn };
    const found = openFiles(service);
    expect(found === undefined ? undefined : `${found.name} ${"value" in found.limit.value ? found.limit.value.value : ""}`).toBe(expected);
    // Of the files 2 are the listener's and the channel's and 6 others.
    const { deployment, chain } = chained([service]);
    const [hop] = chainLimits(deployment, chain, {}).hops;
    expect(hop === undefined ? undefined : clients(hop.acceptCapacity)).toBe(found === undefined ? 1022 : (own ?? 400) - 8);
  });
});
