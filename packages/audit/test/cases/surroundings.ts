import { exact, type Deployment, type Probe, type Service, type Sourced, type Surroundings, type Sysctl } from "@audit-backlog/model";
import { at, deploy, deployGroup, gunicorn, nginx, node, tcp, unix, written } from "../build.ts";
import type { RuleCases } from "./case.ts";

function sysctl(name: string, value: number, file: string, line = 1): Sysctl {
  return { name, value: written(value, file, line) };
}

function container(spec: Partial<Surroundings> & { readonly host?: true } = {}): Surroundings {
  const { host, ...given } = spec;
  return {
    id: "compose.yml#web",
    kind: "compose",
    name: "web",
    origin: at("compose.yml", 2),
    network: { value: exact(host === true ? "host" : "own"), origin: at("compose.yml", 3) },
    sysctls: [],
    probes: [],
    ...given,
  };
}

function within<S extends Service>(service: S, ...places: readonly Surroundings[]): S {
  return { ...service, runsIn: places };
}

function on(deployment: Deployment, hostSysctls: readonly Sysctl[]): Deployment {
  return { ...deployment, hostSysctls, surroundings: deployment.services.flatMap(({ runsIn }) => runsIn ?? []) };
}

const somaxconn = "net.core.somaxconn";
const raisedHost = [sysctl(somaxconn, 65535, "etc/sysctl.d/60.conf")];
const large = (place: Surroundings): Deployment => deploy([within(gunicorn({ backlog: 16384 }), place)]);

export const containerSomaxconnNotInherited: RuleCases = {
  rule: "container-somaxconn-not-inherited",
  hits: [
    {
      title: "10,000 clients are stated, the host is ready for them, the container is not",
      deployment: on(large(container()), raisedHost),
      assumptions: { burst: 10_000 },
      severity: "note",
      on: "net.core.somaxconn being 4096 in web",
      message: ["net.core.somaxconn 65535 (etc/sysctl.d/60.conf:1) does not reach web", "the backlog is 4096, not 16384"],
      primary: "compose.yml:2",
      to: 16384,
    },
  ],
  nearMisses: [
    { title: "no demand beyond what the container has anyway", deployment: on(large(container()), raisedHost) },
    { title: "the container has its own number", deployment: on(deploy([within(gunicorn({ backlog: 16384, somaxconn: 16384 }), container({ sysctls: [sysctl(somaxconn, 16384, "compose.yml", 4)] }))]), raisedHost), assumptions: { burst: 10_000 } },
    { title: "on the host's network", deployment: on(large(container({ host: true })), raisedHost), assumptions: { burst: 10_000 } },
    { title: "the host sets no more", deployment: on(large(container()), [sysctl(somaxconn, 4096, "etc/sysctl.d/60.conf")]), assumptions: { burst: 10_000 } },
  ],
  quiet: [
    { title: "no container", deployment: on(deploy([gunicorn({ backlog: 16384 })]), raisedHost), assumptions: { burst: 10_000 } },
    { title: "the host's sysctls of another environment", deployment: on(large(container({ environment: "dev" })), [{ ...sysctl(somaxconn, 65535, "prod/sysctl.conf"), environment: "prod" }]), assumptions: { burst: 10_000 } },
  ],
};

const withSysctl = (spec: Parameters<typeof container>[0]): Deployment => {
  const place = container({ sysctls: [sysctl(somaxconn, 4096, "compose.yml", 5)], ...spec });
  return { ...deploy([within(gunicorn(), place)]), surroundings: [place] };
};

export const hostNetworkSysctls: RuleCases = {
  rule: "host-network-sysctls",
  hits: [
    { title: "network_mode: host with net.core.somaxconn", deployment: withSysctl({ host: true }), severity: "error", message: ["web does not start", "net.core.somaxconn can't be set in the container"], primary: "compose.yml:5" },
    {
      title: "host or not hangs on a template",
      deployment: withSysctl({ network: { value: { kind: "assumed", value: "host" }, origin: at("values.yaml", 3) }, kind: "kubernetes", name: "Deployment/web web" }),
      severity: "note",
      on: "Deployment/web web sharing the host's network",
      message: ["Deployment/web web does not start", "in the pod"],
    },
  ],
  nearMisses: [
    { title: "a network of its own", deployment: withSysctl({}) },
    { title: "a sysctl of another namespace", deployment: withSysctl({ host: true, sysctls: [sysctl("kernel.msgmax", 65536, "compose.yml", 5)] }) },
  ],
  quiet: [{ title: "a unit of systemd", deployment: withSysctl({ host: true, kind: "systemd" }) }],
};

const twicePlusOne = { kind: "formula", formula: { op: "+", operands: [{ op: "*", operands: [{ op: "number", value: 2 }, { op: "cpus" }] }, { op: "number", value: 1 }] } } as const;
const limited = container({ cpus: written(2, "compose.yml", 6) });

export const workersFromHostCpus: RuleCases = {
  rule: "workers-from-host-cpus",
  hits: [
    {
      title: "2 * cpus + 1 where 2 CPUs are allowed",
      deployment: deploy([within(gunicorn({ workers: twicePlusOne }), limited)]),
      severity: "note",
      on: "the machine having more than 2 CPUs",
      message: ["not the 2 that web may use", "on a machine with 64 CPUs that makes 129"],
      primary: "gunicorn.conf.py:2",
    },
    {
      title: "the machine's CPUs are stated",
      deployment: deploy([within(nginx({ processes: { kind: "formula", formula: { op: "cpus" } } }), limited)]),
      assumptions: { cpus: 16 },
      severity: "note",
      message: ["worker_processes", "on the stated 16 CPUs that makes 16"],
    },
  ],
  nearMisses: [
    { title: "as many CPUs as are allowed", deployment: deploy([within(gunicorn({ workers: twicePlusOne }), limited)]), assumptions: { cpus: 2 } },
    { title: "a number", deployment: deploy([within(gunicorn({ workers: 5 }), limited)]) },
    { title: "half a CPU, on a machine with one", deployment: deploy([within(gunicorn({ workers: twicePlusOne }), container({ cpus: written(0.5, "compose.yml", 6) }))]), assumptions: { cpus: 1 } },
    { title: "a formula with a bound of its own", deployment: deploy([within(gunicorn({ workers: { kind: "formula", formula: { op: "min", operands: [twicePlusOne.formula, { op: "number", value: 5 }] } } }), limited)]) },
    { title: "no limit", deployment: deploy([within(gunicorn({ workers: twicePlusOne }), container())]) },
  ],
  quiet: [{ title: "no container", deployment: deploy([gunicorn({ workers: twicePlusOne })]) }],
};

const probe = (spec: Partial<Probe> = {}): Probe => ({
  origin: at("deployment.yaml", 8),
  kind: "liveness",
  by: "http",
  port: written(8000, "deployment.yaml", 9),
  timeout: written(1, "deployment.yaml", 10),
  period: { value: exact(10), origin: { kind: "default", of: "Kubernetes", source: "its API" } },
  failures: { value: exact(3), origin: { kind: "default", of: "Kubernetes", source: "its API" } },
  ...spec,
});
const probed = (spec: Partial<Probe> = {}): Deployment => deploy([within(gunicorn({ workers: 2, backlog: 511, address: tcp(8000) }), container({ kind: "kubernetes", probes: [probe(spec)] }))]);

export const probeBehindQueue: RuleCases = {
  rule: "probe-behind-queue",
  hits: [
    {
      // 2 + 511 + 1 = 514 clients, 257 rounds: 1 s / 257 = 3.9 ms.
      title: "a liveness probe of one second, and nobody said how long a request takes",
      deployment: probed(),
      severity: "note",
      on: "requests taking longer than 3.9 ms",
      message: ["The liveness probe of web waits behind the queue", "257 service times", "gives up after 1 s"],
      primary: "deployment.yaml:10",
    },
    {
      // The first probe comes up to 10 s after the queue has filled, the third 20 s later, and gives up at 31 s.
      title: "0.13 s a request: one full queue is 33 s, and outlasts three probes in a row",
      deployment: probed(),
      assumptions: { serviceTime: 0.13 },
      severity: "warning",
      message: ["257 service times of 0.13 s, 33 s"],
    },
    {
      title: "0.12 s a request: 31 s fail two for sure, and the third only while more clients come",
      deployment: probed(),
      assumptions: { serviceTime: 0.12 },
      severity: "note",
      message: ["257 service times of 0.12 s, 31 s"],
    },
    { title: "readiness is what a full queue is for", deployment: probed({ kind: "readiness" }), assumptions: { serviceTime: 0.05 }, severity: "note", message: ["The readiness probe"] },
  ],
  nearMisses: [
    { title: "answered by the kernel", deployment: probed({ by: "tcp" }) },
    { title: "readiness, and nobody said how long a request takes: nothing to do", deployment: probed({ kind: "readiness" }) },
    { title: "before it has started nobody is sent there", deployment: probed({ kind: "startup" }), assumptions: { serviceTime: 0.05 } },
    { title: "another port", deployment: probed({ port: written(9000, "deployment.yaml", 9) }) },
    { title: "patient enough: 257 rounds of 3 ms are 0.77 s", deployment: probed(), assumptions: { serviceTime: 0.003 } },
  ],
  quiet: [
    { title: "an event loop works on all at once", deployment: deploy([within(node({ address: tcp(8000) }), container({ probes: [probe()] }))]) },
    { title: "a command", deployment: probed({ by: "command" }) },
  ],
};

const inMesh = (deployment: Deployment): Deployment => {
  const sidecar = container({ kind: "kubernetes", name: "Deployment/web web", mesh: { name: "istio", origin: at("deployment.yaml", 4) } });
  return { ...deployment, services: deployment.services.map((service) => within(service, sidecar)) };
};

/** Deployments whose clients meet a sidecar's queue, or not, and one whose backlog is small. */
export const meshes = {
  outside: inMesh(deploy([gunicorn({ workers: 3, backlog: 32, address: tcp(8000) })])),
  loopback: inMesh(deploy([gunicorn({ workers: 3, backlog: 32, address: { family: "tcp", host: "127.0.0.1", port: 8000 } })])),
  none: deploy([gunicorn({ workers: 3, backlog: 32, address: tcp(8000) })]),
} as const;

const abort = "net.ipv4.tcp_abort_on_overflow";

export const abortOnOverflow: RuleCases = {
  rule: "abort-on-overflow",
  hits: [
    { title: "on the host", deployment: on(deploy([gunicorn()]), [sysctl(abort, 1, "etc/sysctl.conf", 4)]), severity: "note", message: [abort, "on the host", "is reset"], primary: "etc/sysctl.conf:4" },
    { title: "in a container", deployment: on(deploy([within(gunicorn(), container({ sysctls: [sysctl(abort, 1, "compose.yml", 5)] }))]), []), severity: "note", message: ["on web"] },
  ],
  nearMisses: [
    { title: "0", deployment: on(deploy([gunicorn()]), [sysctl(abort, 0, "etc/sysctl.conf", 4)]) },
    { title: "on the host, which the server's network namespace is not", deployment: on(deploy([within(gunicorn(), container())]), [sysctl(abort, 1, "etc/sysctl.conf", 4)]) },
    { title: "on the host of another environment", deployment: on(deploy([{ ...gunicorn(), environments: ["dev"] }]), [{ ...sysctl(abort, 1, "prod/sysctl.conf", 4), environment: "production" }]) },
  ],
  quiet: [{ title: "no server", deployment: { ...on(deploy([gunicorn()]), [sysctl(abort, 1, "etc/sysctl.conf")]), services: [], chains: [] } }],
};

const asgi = (spec: { readonly version?: readonly [string, string]; readonly backlog?: number; readonly proxied?: true } = {}): Deployment => {
  const requested: Sourced<number> = { value: exact(100), origin: { kind: "default", of: "asyncio", source: "its source" } };
  const plain = gunicorn({ worker_class: "asgi", address: spec.proxied === true ? unix("/run/a.sock") : tcp(8000) });
  const ignored = spec.backlog === undefined ? [] : [{ setting: { ...written(spec.backlog, "gunicorn.conf.py", 3), text: String(spec.backlog) }, reason: "gunicorn-worker" as const, because: "the asgi worker calls listen() again with asyncio's default of 100" }];
  const service = {
    ...plain,
    listeners: plain.listeners.map((listener) => ({ ...listener, backlog: { requested, reading: "default" as const, serverDefault: 100, ignored } })),
    ...(spec.version === undefined ? {} : { version: { value: exact({ atLeast: spec.version[0], below: spec.version[1] }), origin: at("requirements.txt", 1) } }),
  };
  return deploy(spec.proxied === true ? [nginx({ connections: 8192 }), service] : [service]);
};

export const gunicornAsgiBacklog: RuleCases = {
  rule: "gunicorn-asgi-backlog",
  hits: [
    { title: "a release that is known to", deployment: asgi({ version: ["25.1.0", "25.1.0.1"] }), severity: "warning", message: ["asyncio's 100", "a queue for 101 clients, whatever backlog is set"], primary: "gunicorn.conf.py:5" },
    { title: "a backlog that is lost", deployment: asgi({ version: ["25.1.0", "25.1.0.1"], backlog: 2048 }), severity: "warning", message: ["101 clients, whatever backlog is set (here 2048)"], primary: "gunicorn.conf.py:3" },
    { title: "behind nginx over a unix socket: 101 are fewer than 128", deployment: asgi({ version: ["24.0.0", "26.0"], proxied: true }), severity: "error", message: ["101 clients"] },
    { title: "nobody says which gunicorn runs", deployment: asgi(), severity: "note", on: "gunicorn 24.0.0 to 26.1.0: before, there is no such worker and gunicorn does not start with it; later ones may pass the backlog on", message: ["101 clients"] },
    { title: "a release that has no such worker", deployment: asgi({ version: ["23.0.0", "23.0.0.1"] }), severity: "note", on: "a later gunicorn than requirements.txt:1 says: before 24.0.0 there is no such worker, and gunicorn does not start with it", message: ["101 clients"] },
    { title: "a release that nobody has looked at", deployment: asgi({ version: ["26.1.0", "28"] }), severity: "note", on: "gunicorn 24.0.0 to 26.1.0: before, there is no such worker and gunicorn does not start with it; later ones may pass the backlog on", message: ["101 clients"] },
  ],
  nearMisses: [{ title: "a floor that 100 reaches", deployment: asgi(), floor: 100 }],
  quiet: [{ title: "another class", deployment: deploy([gunicorn({ worker_class: "uvicorn" })]) }],
};

const group = (parameters: { readonly max_fails?: number; readonly lastMaxFails?: number; readonly lastIsBackup?: true; readonly backlog?: number; readonly servers?: number; readonly family?: "tcp" } = {}): Deployment => {
  const members = Array.from({ length: parameters.servers ?? 2 }, (_, index) => gunicorn({ id: `app${String(index)}`, backlog: parameters.backlog ?? 64, address: parameters.family === "tcp" ? tcp(8000 + index) : unix(`/run/${String(index)}.sock`) }));
  const maxFailsOf = (index: number): Sourced<number> => {
    const given = index === members.length - 1 ? (parameters.lastMaxFails ?? parameters.max_fails) : parameters.max_fails;
    return given === undefined ? byDefault(1) : written(given, "nginx.conf", 30 + index);
  };
  const front = nginx({ connections: 8192 });
  const servers = members.map((member, index) => ({
    origin: at("nginx.conf", 30 + index),
    address: member.listeners[0]?.address ?? { value: { kind: "dynamic" as const }, origin: at("nginx.conf", 30 + index) },
    weight: byDefault(1),
    max_conns: byDefault(0),
    max_fails: maxFailsOf(index),
    fail_timeout: byDefault(10),
    down: false,
    backup: parameters.lastIsBackup === true && index === members.length - 1,
  }));
  const proxy = { ...front, upstreams: [{ name: "shop", origin: at("nginx.conf", 29), servers }] };
  const { chains, ...rest } = deployGroup(proxy, members);
  const target = { value: exact({ upstream: "shop" }), origin: at("nginx.conf", 20) };
  return { ...rest, chains: chains.map((chain) => ({ ...chain, hops: chain.hops.map((hop) => (hop.pass === undefined ? hop : { ...hop, pass: { ...hop.pass, target } })) })) };
};

const byDefault = (value: number): Sourced<number> => ({ value: exact(value), origin: { kind: "default", of: "nginx", source: "its documentation" } });

export const maxFailsAmplifies: RuleCases = {
  rule: "max-fails-amplifies",
  hits: [
    { title: "two sockets of 65", deployment: group(), severity: "warning", message: ["Once more than 130 simultaneous requests have filled these queues", "shuts the servers of shop out for 10 s"], primary: "nginx.conf:30" },
    { title: "three, and a burst that they do not hold", deployment: group({ servers: 3, backlog: 600 }), assumptions: { burst: 2000 }, severity: "warning", message: ["Once more than 1803 simultaneous requests have filled these queues"] },
  ],
  nearMisses: [
    { title: "max_fails=0", deployment: group({ max_fails: 0 }) },
    { title: "one of them is never shut out, and answers", deployment: group({ lastMaxFails: 0 }) },
    { title: "another one stands by", deployment: group({ servers: 3, lastIsBackup: true }) },
    { title: "one server is never shut out", deployment: group({ servers: 1 }) },
    { title: "queues that are long enough", deployment: group({ backlog: 600 }) },
  ],
  quiet: [
    { title: "over TCP nobody is refused at once", deployment: group({ family: "tcp" }) },
    { title: "known only at run time", deployment: group({ backlog: -1 }) },
  ],
};

const inverted = (proxy: number, worker: number, worker_class: "sync" | "gevent" = "sync"): Deployment => {
  const { chains, ...rest } = deploy([nginx({ connections: 8192 }), gunicorn({ worker_class, address: tcp(8000) })]);
  const services = rest.services.map((service) => (service.kind === "gunicorn" ? { ...service, settings: { ...service.settings, timeout: written(worker, "gunicorn.conf.py", 4) } } : service));
  const withTimeout = chains.map((chain) => ({ ...chain, hops: chain.hops.map((hop) => (hop.pass === undefined ? hop : { ...hop, pass: { ...hop.pass, readTimeout: written(proxy, "nginx.conf", 21) } })) }));
  return { ...rest, services, chains: withTimeout };
};

export const timeoutsInverted: RuleCases = {
  rule: "timeouts-inverted",
  hits: [{ title: "30 s in front, 120 s behind", deployment: inverted(30, 120), severity: "note", message: ["nginx gives up after 30 s", "for up to 120 s"], primary: "nginx.conf:21" }],
  nearMisses: [
    { title: "both the same", deployment: inverted(60, 60) },
    { title: "no timeout of the worker's: on purpose", deployment: inverted(60, 0) },
    { title: "a worker whose timeout is no request's", deployment: inverted(30, 120, "gevent") },
  ],
  quiet: [{ title: "defaults: 60 s in front, 30 s behind", deployment: deploy([nginx({ connections: 8192 }), gunicorn({ address: tcp(8000) })]) }],
};

export const reuseportStrandsQueue: RuleCases = {
  rule: "reuseport-strands-queue",
  hits: [
    {
      title: "four queues of 601 for a burst of 2000",
      deployment: deploy([nginx({ processes: 4, connections: 8192, backlog: 600, queuePerWorker: true })]),
      assumptions: { burst: 2000 },
      severity: "warning",
      message: ["4 queues of 601 hold 2404 clients only if the kernel spreads them evenly; 601 are sure"],
      primary: "nginx.conf:10",
    },
  ],
  nearMisses: [
    { title: "one queue is enough", deployment: deploy([nginx({ processes: 4, connections: 8192, backlog: 2000, queuePerWorker: true })]), assumptions: { burst: 2000 } },
    { title: "all of them are too short: others speak", deployment: deploy([nginx({ processes: 2, connections: 8192, backlog: 600, queuePerWorker: true })]), assumptions: { burst: 2000 } },
    { title: "one worker", deployment: deploy([nginx({ processes: 1, connections: 8192, backlog: 600, queuePerWorker: true })]), assumptions: { burst: 800 } },
  ],
  quiet: [
    { title: "no burst is stated", deployment: deploy([nginx({ processes: 4, connections: 8192, backlog: 600, queuePerWorker: true })]) },
    { title: "one queue for all", deployment: deploy([nginx({ processes: 4, connections: 8192, backlog: 600 })]), assumptions: { burst: 2000 } },
  ],
};
