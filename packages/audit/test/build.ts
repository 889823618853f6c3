import type {
  Address,
  Backlog,
  Chain,
  Deployment,
  FileOrigin,
  GunicornClass,
  GunicornService,
  IgnoredBacklog,
  Listener,
  NginxService,
  NodeService,
  Pass,
  Service,
  Sourced,
  StartFailure,
  Value,
} from "@audit-backlog/model";
import { defaulted, exact } from "@audit-backlog/model";
import { audit } from "../src/index.ts";
import type { AuditOptions, Finding } from "../src/index.ts";

/** Small deployments by hand: what is not named has the server's default. */

export function at(file: string, line: number): FileOrigin {
  const start = { offset: line * 100, line, column: 1 };
  return { kind: "file", file, range: { start, end: { offset: line * 100 + 10, line, column: 11 } } };
}

export function written<T>(value: T | Value<T>, file: string, line: number): Sourced<T> {
  return { value: isValue(value) ? value : exact(value), origin: at(file, line) };
}

function isValue<T>(value: T | Value<T>): value is Value<T> {
  return typeof value === "object" && value !== null && "kind" in value;
}

const byDefault = <T>(value: T, of: string): Sourced<T> => defaulted(value, of, "its documentation");

export interface ListenerSpec {
  readonly address?: Address;
  readonly backlog?: number | Value<number>;
  readonly reading?: Backlog["reading"];
  readonly written?: string;
  readonly ignored?: readonly IgnoredBacklog[];
  /** As given with --somaxconn; otherwise the kernel's default, assumed. */
  readonly somaxconn?: number;
  readonly queuePerWorker?: boolean;
  readonly testOnly?: boolean;
  readonly line?: number;
}

const defaults = { nginx: 511, gunicorn: 2048, node: 511 } as const;

function listenerOf(server: keyof typeof defaults, service: string, file: string, spec: ListenerSpec): Listener {
  const address = spec.address ?? { family: "tcp", host: "*", port: 8080 };
  const line = spec.line ?? 3;
  const origin = at(file, line);
  const requested: Sourced<number> =
    spec.backlog === undefined ? byDefault(defaults[server], server) : written(spec.backlog, file, line);
  return {
    id: `${service}#${addressText(address)}`,
    origin,
    address: { value: exact(address), origin },
    backlog: {
      requested,
      reading: spec.reading ?? (spec.backlog === undefined ? "default" : "explicit"),
      serverDefault: defaults[server],
      ignored: spec.ignored ?? [],
      ...(spec.written === undefined ? {} : { written: written(spec.written, file, line) }),
    },
    queuePerWorker: { value: exact(spec.queuePerWorker ?? false), origin },
    somaxconn:
      spec.somaxconn === undefined
        ? byDefault(4096, "Linux")
        : { value: exact(spec.somaxconn), origin: { kind: "option", flag: "--somaxconn" } },
    ...(spec.testOnly === undefined ? {} : { testOnly: spec.testOnly }),
  };
}

function addressText(address: Address): string {
  switch (address.family) {
    case "tcp":
      return `${address.host}:${String(address.port)}`;
    case "unix":
      return address.path;
    case "inherited":
      return address.text;
  }
}

export const unix = (path: string): Address => ({ family: "unix", path });
export const tcp = (port: number): Address => ({ family: "tcp", host: "*", port });

export interface NodeSpec extends ListenerSpec {
  readonly id?: string;
  readonly mode?: "single" | "round-robin" | "shared";
  readonly instances?: number;
}

export function node(spec: NodeSpec = {}): NodeService {
  const id = spec.id ?? "node";
  const file = `${id}.js`;
  return {
    kind: "node",
    id,
    name: `node ${file}`,
    origin: at(file, 1),
    listeners: [listenerOf("node", id, file, spec)],
    startFailures: [],
    settings: { instances: written(spec.instances ?? 1, file, 1) },
    mode: { value: exact(spec.mode ?? "single"), origin: at(file, 1) },
    framework: "node:http",
  };
}

export interface GunicornSpec extends ListenerSpec {
  readonly id?: string;
  readonly workers?: number | Value<number>;
  readonly worker_class?: GunicornClass;
  readonly listeners?: readonly ListenerSpec[];
}

export function gunicorn(spec: GunicornSpec = {}): GunicornService {
  const id = spec.id ?? "gunicorn";
  const file = `${id}.conf.py`;
  const worker_class = spec.worker_class ?? "sync";
  return {
    kind: "gunicorn",
    id,
    name: "gunicorn shop.wsgi",
    origin: at(file, 1),
    listeners: (spec.listeners ?? [spec]).map((one) => listenerOf("gunicorn", id, file, one)),
    startFailures: [],
    settings: {
      workers: spec.workers === undefined ? byDefault(1, "gunicorn") : written(spec.workers, file, 2),
      threads: byDefault(1, "gunicorn"),
      worker_class: written(worker_class, file, 5),
      worker_connections: byDefault(1000, "gunicorn"),
      timeout: byDefault(30, "gunicorn"),
      graceful_timeout: byDefault(30, "gunicorn"),
      keepalive: byDefault(2, "gunicorn"),
      max_requests: byDefault(0, "gunicorn"),
      reuse_port: byDefault(false, "gunicorn"),
      preload_app: byDefault(false, "gunicorn"),
    },
    effectiveClass: written(worker_class, file, 5),
  };
}

export interface NginxSpec extends ListenerSpec {
  readonly id?: string;
  readonly processes?: number | Value<number>;
  readonly connections?: number | Value<number>;
  readonly nofile?: number;
  readonly listeners?: readonly ListenerSpec[];
  readonly failures?: readonly StartFailure[];
  readonly fragment?: boolean;
}

export function nginx(spec: NginxSpec = {}): NginxService {
  const id = spec.id ?? "nginx";
  const file = `${id}.conf`;
  return {
    kind: "nginx",
    id,
    name: "nginx",
    origin: at(file, 1),
    listeners: (spec.listeners ?? [spec]).map((one, index) => listenerOf("nginx", id, file, { line: 10 + index, ...one })),
    startFailures: spec.failures ?? [],
    settings: {
      worker_processes: spec.processes === undefined ? byDefault(1, "nginx") : written(spec.processes, file, 4),
      worker_connections: spec.connections === undefined ? byDefault(512, "nginx") : written(spec.connections, file, 6),
      ...(spec.nofile === undefined ? {} : { worker_rlimit_nofile: written(spec.nofile, file, 5) }),
    },
    upstreams: [],
    passes: [],
    fragment: spec.fragment ?? false,
  };
}

/** Every listener of the first service stands in front of every listener of the second, and so on. */
export function chainOf(...services: readonly Service[]): Chain {
  return {
    id: services.map(({ id }) => id).join(" → "),
    hops: services.map((service, index) => ({
      members: service.listeners.map(({ id }) => ({ service: service.id, listener: id })),
      unknownMembers: [],
      ...(index === 0 ? {} : { pass: passTo(service, services[index - 1]) }),
    })),
  };
}

function passTo(service: Service, front: Service | undefined): Pass {
  const address = service.listeners[0]?.address.value;
  return {
    origin: at("nginx.conf", 20),
    directive: "proxy_pass",
    listeners: front?.listeners.map(({ id }) => id) ?? [],
    target: { value: address?.kind === "exact" ? exact({ address: address.value }) : { kind: "dynamic" }, origin: at("nginx.conf", 20) },
    connectTimeout: byDefault(60, "nginx"),
    readTimeout: byDefault(60, "nginx"),
  };
}

/** Each argument is one chain from the outside in. */
export function deploy(...chains: readonly (readonly Service[])[]): Deployment {
  const services = new Map(chains.flat().map((service) => [service.id, service]));
  return {
    services: [...services.values()],
    chains: chains.map((services) => chainOf(...services)),
    unresolved: [],
    coverage: { filesSeen: 1, read: {}, partial: [], skipped: [] },
  };
}

export function findings(deployment: Deployment, assumptions: AuditOptions["assumptions"] = {}, floor = 511): readonly Finding[] {
  return audit(deployment, { floor, assumptions }).findings;
}

/** The one finding that is there; throws with their list when there is another number of them. */
export function onlyFinding(deployment: Deployment, assumptions: AuditOptions["assumptions"] = {}, floor = 511): Finding {
  const all = findings(deployment, assumptions, floor);
  const [first, second] = all;
  if (first === undefined || second !== undefined) throw new Error(`expected one finding: ${JSON.stringify(all.map(({ rule, message }) => [rule, message]), null, 1)}`);
  return first;
}

/** nginx in front of servers that share the load. */
export function deployGroup(front: NginxService, servers: readonly Service[]): Deployment {
  const { services, chains, ...rest } = deploy([front, ...servers]);
  const [first] = chains;
  if (first === undefined) throw new Error("no chain");
  const pass = first.hops[1]?.pass;
  const members = first.hops.slice(1).flatMap((hop) => hop.members);
  const [head] = first.hops;
  if (head === undefined || pass === undefined) throw new Error("no hops");
  return { ...rest, services, chains: [{ id: "group", hops: [head, { members, pass, unknownMembers: [] }] }] };
}
