import type { Address, AsgiService, Backlog, Chain, Deployment, GunicornClass, GunicornService, Listener, NginxService, NodeService, Pass } from "../src/deployment.ts";
import type { FileOrigin, Sourced, Value } from "../src/provenance.ts";

const start = { offset: 0, line: 1, column: 1 };
const origin: FileOrigin = { kind: "file", file: "x.conf", range: { start, end: start } };

/** A value written in a file, or any other value as it is. */
export function written<T>(value: T | Value<T>): Sourced<T> {
  const isValue = typeof value === "object" && value !== null && "kind" in value;
  return { value: isValue ? value : { kind: "exact", value }, origin };
}

type Count = number | Value<number>;

export function listener(service: string, options: { backlog?: Count; somaxconn?: Count; queuePerWorker?: boolean | Value<boolean>; address?: Address; name?: string } = {}): Listener {
  const address = options.address ?? { family: "unix", path: `/run/${service}.sock` };
  const backlog: Backlog = { requested: written(options.backlog ?? 511), reading: "explicit", serverDefault: 511, ignored: [] };
  return {
    id: `${service}#${options.name ?? "socket"}`,
    origin,
    address: written<Address>({ kind: "exact", value: address }),
    backlog,
    queuePerWorker: written(options.queuePerWorker ?? false),
    somaxconn: written(options.somaxconn ?? 4096),
  };
}

interface GunicornOptions {
  readonly id?: string;
  readonly workers?: Count;
  readonly threads?: Count;
  readonly connections?: Count;
  readonly effectiveClass?: GunicornClass | Value<GunicornClass>;
  readonly listeners?: readonly Listener[];
}

export function gunicorn(options: GunicornOptions = {}): GunicornService {
  const id = options.id ?? "gunicorn";
  return {
    kind: "gunicorn",
    id,
    name: id,
    origin,
    listeners: options.listeners ?? [listener(id, { backlog: 2048 })],
    startFailures: [],
    settings: {
      workers: written(options.workers ?? 1),
      threads: written(options.threads ?? 1),
      worker_class: written("sync"),
      worker_connections: written(options.connections ?? 1000),
      timeout: written(30),
      graceful_timeout: written(30),
      keepalive: written(2),
      max_requests: written(0),
      reuse_port: written(false),
      preload_app: written(false),
    },
    effectiveClass: written<GunicornClass>(options.effectiveClass ?? "sync"),
  };
}

interface NginxOptions {
  readonly id?: string;
  readonly processes?: Count;
  readonly connections?: Count;
  readonly nofile?: Count;
  readonly listeners?: readonly Listener[];
  readonly passes?: readonly Pass[];
}

export function nginx(options: NginxOptions = {}): NginxService {
  const id = options.id ?? "nginx";
  return {
    kind: "nginx",
    id,
    name: id,
    origin,
    listeners: options.listeners ?? [listener(id, { backlog: 511 })],
    startFailures: [],
    settings: {
      worker_processes: written(options.processes ?? 1),
      worker_connections: written(options.connections ?? 1024),
      ...(options.nofile === undefined ? {} : { worker_rlimit_nofile: written(options.nofile) }),
    },
    upstreams: [],
    passes: options.passes ?? [],
    fragment: false,
  };
}

export function node(options: { id?: string; instances?: Count; mode?: "single" | "round-robin" | "shared"; listeners?: readonly Listener[] } = {}): NodeService {
  const id = options.id ?? "node";
  return {
    kind: "node",
    id,
    name: id,
    origin,
    listeners: options.listeners ?? [listener(id)],
    startFailures: [],
    settings: { instances: written(options.instances ?? 1) },
    mode: written(options.mode ?? "single"),
    framework: "node:http",
  };
}

export function pass(readTimeout: Count = 60): Pass {
  return {
    origin,
    directive: "proxy_pass",
    listeners: [],
    target: written<{ readonly upstream: string } | { readonly address: Address }>({ kind: "exact", value: { upstream: "app" } }),
    connectTimeout: written(60),
    readTimeout: written(readTimeout),
  };
}

export type AnyService = AsgiService | GunicornService | NginxService | NodeService;

/** A deployment of these services, and the chain that leads through all listeners of each hop's services. */
export function chained(...hops: readonly (readonly AnyService[])[]): { deployment: Deployment; chain: Chain } {
  const chain: Chain = {
    id: "chain",
    hops: hops.map((services, index) => ({
      members: services.flatMap((service) => service.listeners.map(({ id }) => ({ service: service.id, listener: id }))),
      ...(index === 0 ? {} : { pass: pass() }),
      unknownMembers: [],
    })),
  };
  return {
    deployment: { services: hops.flat(), chains: [chain], unresolved: [], coverage: { filesSeen: 0, read: {}, partial: [], skipped: [] } },
    chain,
  };
}
