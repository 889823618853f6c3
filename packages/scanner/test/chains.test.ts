import { describe, expect, it } from "vitest";
import { exact } from "@audit-backlog/model";
import type { Address, FileOrigin, GunicornService, Listener, NginxService, Pass, Sourced, Upstream } from "@audit-backlog/model";
import { assembleChains } from "../src/assemble/chains.ts";

const origin: FileOrigin = {
  kind: "file",
  file: "x",
  range: { start: { offset: 0, line: 1, column: 1 }, end: { offset: 1, line: 1, column: 2 } },
};
const known = <T>(value: T): Sourced<T> => ({ value: exact(value), origin });

function tcp(host: string, port: number): Address {
  return { family: "tcp", host, port };
}

function unix(path: string): Address {
  return { family: "unix", path };
}

function listener(service: string, address: Address): Listener {
  return {
    id: `${service}#${address.family === "tcp" ? `${address.host}:${address.port}` : address.family === "unix" ? address.path : ""}`,
    origin,
    address: known(address),
    backlog: { requested: known(511), reading: "default", serverDefault: 511, ignored: [] },
    queuePerWorker: known(false),
    somaxconn: known(4096),
  };
}

function gunicorn(id: string, addresses: readonly Address[], hostnames?: readonly string[]): GunicornService {
  return {
    kind: "gunicorn",
    id,
    name: id,
    origin,
    ...(hostnames === undefined ? {} : { hostnames }),
    listeners: addresses.map((address) => listener(id, address)),
    startFailures: [],
    effectiveClass: known("sync"),
    settings: {
      workers: known(1),
      threads: known(1),
      worker_class: known("sync"),
      worker_connections: known(1000),
      timeout: known(30),
      graceful_timeout: known(30),
      keepalive: known(2),
      max_requests: known(0),
      reuse_port: known(false),
      preload_app: known(false),
    },
  };
}

function pass(listeners: readonly string[], target: Pass["target"], readTimeout = 60): Pass {
  return { origin, directive: "proxy_pass", listeners, target, connectTimeout: known(60), readTimeout: known(readTimeout) };
}

function nginx(id: string, addresses: readonly Address[], passes: readonly Pass[], upstreams: readonly Upstream[] = []): NginxService {
  return {
    kind: "nginx",
    id,
    name: id,
    origin,
    listeners: addresses.map((address) => listener(id, address)),
    startFailures: [],
    settings: { worker_processes: known(1), worker_connections: known(512) },
    upstreams,
    passes,
    fragment: false,
  };
}

function upstream(name: string, addresses: readonly Address[]): Upstream {
  return {
    name,
    origin,
    servers: addresses.map((address) => ({
      origin,
      address: known(address),
      weight: known(1),
      max_conns: known(0),
      max_fails: known(1),
      fail_timeout: known(10),
      down: false,
      backup: false,
    })),
  };
}

const ids = (result: ReturnType<typeof assembleChains>): string[] => result.chains.map(({ id }) => id);

describe("assembleChains", () => {
  it("ties a pass to the one listener of the same unix path or loopback port", () => {
    const front = nginx("web", [tcp("*", 80)], [
      pass(["web#*:80"], known({ address: unix("/run/a.sock") })),
      pass(["web#*:80"], known({ address: tcp("127.0.0.1", 8000) })),
    ]);
    const result = assembleChains([front, gunicorn("a", [unix("/run/a.sock")]), gunicorn("b", [tcp("0.0.0.0", 8000)])]);
    expect(ids(result)).toEqual(["web#*:80 > a#/run/a.sock", "web#*:80 > b#0.0.0.0:8000"]);
    expect(result.unresolved).toEqual([]);
  });

  it("knows that 0.0.0.0 leads to the loopback address, and that slashes in a row are one", () => {
    const front = nginx("web", [tcp("*", 80)], [
      pass(["web#*:80"], known({ address: tcp("0.0.0.0", 8000) })),
      pass(["web#*:80"], known({ address: unix("///run//a.sock") })),
    ]);
    const result = assembleChains([front, gunicorn("a", [unix("/run/a.sock")]), gunicorn("b", [tcp("127.0.0.1", 8000)]), gunicorn("c", [tcp("10.0.0.1", 8000)])]);
    expect(ids(result)).toEqual(["web#*:80 > b#127.0.0.1:8000", "web#*:80 > a#/run/a.sock", "c#10.0.0.1:8000"]);
  });

  it("guesses neither between two listeners nor at one that is not there", () => {
    const front = nginx("web", [tcp("*", 80)], [
      pass(["web#*:80"], known({ address: tcp("127.0.0.1", 8000) })),
      pass(["web#*:80"], known({ address: unix("/run/none.sock") })),
      pass(["web#*:80"], { value: { kind: "dynamic" }, origin, text: "http://$backend" }),
    ]);
    const result = assembleChains([front, gunicorn("a", [tcp("*", 8000)]), gunicorn("b", [tcp("127.0.0.1", 8000)])]);
    expect(ids(result)).toEqual(["web#*:80", "a#*:8000", "b#127.0.0.1:8000"]);
    expect(result.unresolved.map(({ target, reason, candidates }) => [target, reason, candidates.length])).toEqual([
      ["127.0.0.1:8000", "several listeners fit", 2],
      ["unix:/run/none.sock", "no listener found", 0],
      ["http://$backend", "known only at run time", 0],
    ]);
  });

  it("knows a compose service by its name, and does not take a foreign host for one of ours", () => {
    const front = nginx("web", [tcp("*", 80)], [
      pass(["web#*:80"], known({ address: tcp("app", 8000) })),
      pass(["web#*:80"], known({ address: tcp("app.example.com", 8000) })),
      pass(["web#*:80"], known({ address: tcp("10.1.2.3", 8000) })),
    ]);
    const result = assembleChains([front, gunicorn("one", [tcp("0.0.0.0", 8000)], ["app"]), gunicorn("two", [tcp("0.0.0.0", 8000)], ["other"])]);
    expect(ids(result)).toEqual(["web#*:80 > one#0.0.0.0:8000", "two#0.0.0.0:8000"]);
    expect(result.unresolved.map(({ target }) => target)).toEqual(["app.example.com:8000", "10.1.2.3:8000"]);
  });

  it("shares the load of an upstream between the servers that are here, and names the others", () => {
    const group = upstream("app", [unix("/run/a.sock"), unix("/run/b.sock"), tcp("10.0.0.9", 80)]);
    const front = nginx("web", [tcp("*", 80)], [pass(["web#*:80"], known({ upstream: "app" }))], [group]);
    const result = assembleChains([front, gunicorn("a", [unix("/run/a.sock")]), gunicorn("b", [unix("/run/b.sock")])]);
    expect(ids(result)).toEqual(["web#*:80 > a#/run/a.sock+b#/run/b.sock"]);
    expect(result.chains[0]?.hops[1]?.unknownMembers.length).toBe(1);
  });

  it("lets the location that gives up first speak for several that pass to one place", () => {
    const target = known({ address: unix("/run/a.sock") });
    const front = nginx("web", [tcp("*", 80)], [pass(["web#*:80"], target, 60), pass(["web#*:80"], target, 5), pass(["web#*:80"], target, 300)]);
    const { chains } = assembleChains([front, gunicorn("a", [unix("/run/a.sock")])]);
    expect(chains.map(({ hops }) => hops[1]?.pass?.readTimeout.value)).toEqual([exact(5)]);
  });

  it("strings a proxy behind a proxy into one chain, and does not run in circles", () => {
    const outer = nginx("outer", [tcp("*", 80)], [pass(["outer#*:80"], known({ address: tcp("127.0.0.1", 8080) }))]);
    const inner = nginx("inner", [tcp("127.0.0.1", 8080)], [pass(["inner#127.0.0.1:8080"], known({ address: unix("/run/a.sock") }))]);
    expect(ids(assembleChains([outer, inner, gunicorn("a", [unix("/run/a.sock")])]))).toEqual(["outer#*:80 > inner#127.0.0.1:8080 > a#/run/a.sock"]);
    const one = nginx("one", [tcp("*", 80)], [pass(["one#*:80"], known({ address: tcp("127.0.0.1", 81) }))]);
    const two = nginx("two", [tcp("*", 81)], [pass(["two#*:81"], known({ address: tcp("127.0.0.1", 80) }))]);
    // Each is behind the other: no client could come in, so each is shown by itself.
    expect(ids(assembleChains([one, two]))).toEqual(["one#*:80", "two#*:81"]);
  });

  it("follows so many ways through proxies that all pass to each other, says so, and leaves no listener out", () => {
    const count = 14;
    const names = Array.from({ length: count }, (_, index) => `web${index}`);
    const mesh = names.map((name, index) =>
      nginx(name, [tcp("*", 80 + index), tcp("127.0.0.1", 9000 + index)], [
        ...names.map((_, other) => pass([`${name}#127.0.0.1:${9000 + index}`], known({ address: tcp("127.0.0.1", 9000 + other) }))),
        pass([`${name}#*:${80 + index}`], known({ address: tcp("127.0.0.1", 9000) })),
      ]),
    );
    const { chains, problems } = assembleChains(mesh);
    // All ways of 8 hops would be more than a million.
    expect(chains.length).toBeLessThan(2_000 + 2 * count + 1);
    expect(problems).toMatchObject([{ file: "x", reason: expect.stringContaining("left out") as string }]);
    const covered = new Set(chains.flatMap(({ hops }) => hops.flatMap(({ members }) => members.map(({ listener: id }) => id))));
    expect(covered.size).toBe(2 * count);
  });

  it("leaves listeners of tests out, and never ties a proxy to one", () => {
    const quiet = gunicorn("t", [tcp("127.0.0.1", 8000)]);
    const test = { ...quiet, listeners: quiet.listeners.map((one) => ({ ...one, testOnly: true })) };
    const front = nginx("web", [tcp("*", 80)], [pass(["web#*:80"], known({ address: tcp("127.0.0.1", 8000) }))]);
    expect(ids(assembleChains([front, test]))).toEqual(["web#*:80"]);
  });
});
