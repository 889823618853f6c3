import type { FileOrigin, Origin, Sourced } from "./provenance.ts";

/** What a scan of a repository found: servers, the sockets they listen on, and who stands in front of whom. */
export interface Deployment {
  readonly services: readonly Service[];
  readonly chains: readonly Chain[];
  /** Proxy targets that could not be tied to exactly one listener. */
  readonly unresolved: readonly UnresolvedPass[];
  /** Everything that was found to run processes, also what runs no server that we know. */
  readonly surroundings?: readonly Surroundings[];
  /** Sysctls of machines; containers with a network of their own get none of them. */
  readonly hostSysctls?: readonly Sysctl[];
  /** Files that are templates, or that hold what templates are filled in with: nothing in them is certain. */
  readonly templates?: readonly string[];
  readonly coverage: Coverage;
}

export type Service = NginxService | GunicornService | AsgiService | NodeService;

interface ServiceBase {
  /** Unique in the deployment and stable from run to run. */
  readonly id: string;
  /** What a report calls it: "nginx", "gunicorn shop.wsgi", "node src/server.ts". */
  readonly name: string;
  /** Where it is declared: the main configuration, the command line, the listen() call. */
  readonly origin: Origin;
  /** Names by which others on its network reach it: its compose service. */
  readonly hostnames?: readonly string[];
  /** The commands that start it; absent where none was found. */
  readonly startedBy?: readonly Starter[];
  /** Where its processes run, as far as files say; several where several environments start it. Absent: not known. */
  readonly runsIn?: readonly Surroundings[];
  /** The environments it belongs to ("production", "dev"); absent: every one. Services without a common one never meet. */
  readonly environments?: readonly string[];
  /** Which releases of the server it may be, where files say. */
  readonly version?: Sourced<VersionRange>;
  readonly listeners: readonly Listener[];
  /** Why the server would not start as configured, in its own words where possible. */
  readonly startFailures: readonly StartFailure[];
}

/** What holds a command: a compose service, a unit, a Procfile's process. */
export interface Starter {
  readonly file: string;
  readonly kind: "procfile" | "compose" | "dockerfile" | "kubernetes" | "systemd" | "supervisord" | "shell" | "package-script";
  readonly name: string;
}

/** Releases from `atLeast` up to, but not including, `below`; as dotted numbers ("23.0"). */
export interface VersionRange {
  readonly atLeast?: string;
  readonly below?: string;
}

/** A container, a pod's container or a unit: what its files say about the processes in it. */
export interface Surroundings {
  /** Unique in the deployment: `<file>#<name>`. */
  readonly id: string;
  readonly kind: "compose" | "kubernetes" | "systemd";
  /** As its users call it: "web", "Deployment/shop web", "gunicorn.service". */
  readonly name: string;
  readonly origin: FileOrigin;
  /** "production", where a file's name, its directory or the configuration says so. */
  readonly environment?: string;
  /** `own`: a network namespace of its own (or of its pod). `host`: the machine's. */
  readonly network: Sourced<"own" | "host">;
  /** What its files set in its network namespace. Ids of all that share the namespace are in `sharesNetworkWith`. */
  readonly sysctls: readonly Sysctl[];
  readonly sharesNetworkWith?: readonly string[];
  /** CPUs that it may use at most; the number that programs count is the machine's all the same. */
  readonly cpus?: Sourced<number>;
  /** Soft limit of open file descriptors. */
  readonly nofile?: Sourced<number>;
  readonly probes: readonly Probe[];
  /** A service mesh's proxy stands in the pod and owns the accept queue that clients meet. */
  readonly mesh?: { readonly name: "istio" | "linkerd"; readonly origin: FileOrigin };
}

/** One sysctl, as a file sets it: "net.core.somaxconn" with dots, whatever separator was written. */
export interface Sysctl {
  readonly name: string;
  readonly value: Sourced<number>;
  readonly environment?: string;
}

/** A check of health that somebody repeats, and acts upon. */
export interface Probe {
  readonly origin: FileOrigin;
  /** What follows when it fails: `liveness` (and a container's health check that something restarts for) kills, `readiness` takes out of the balance. */
  readonly kind: "liveness" | "readiness" | "startup" | "healthcheck";
  /** `http`, `grpc`: waits for an answer. `tcp`: connect() is enough. `command`: runs a program in the container. */
  readonly by: "http" | "tcp" | "grpc" | "command";
  /** Where it connects; absent where that is not known. */
  readonly port?: Sourced<number>;
  /** Seconds, as is the next. */
  readonly timeout: Sourced<number>;
  readonly period: Sourced<number>;
  /** Failures in a row until it counts. */
  readonly failures: Sourced<number>;
}

export interface NginxService extends ServiceBase {
  readonly kind: "nginx";
  readonly settings: {
    /** `auto` is the formula `cpus`. */
    readonly worker_processes: Sourced<number>;
    readonly worker_connections: Sourced<number>;
    readonly worker_rlimit_nofile?: Sourced<number>;
  };
  readonly upstreams: readonly Upstream[];
  readonly passes: readonly Pass[];
  /** A file reached from no main configuration: what stands outside it is unknown. */
  readonly fragment: boolean;
}

export type GunicornClass = "sync" | "gthread" | "gevent" | "eventlet" | "tornado" | "uvicorn" | "asgi" | "aiohttp";

export interface GunicornService extends ServiceBase {
  readonly kind: "gunicorn";
  readonly settings: {
    readonly workers: Sourced<number>;
    readonly threads: Sourced<number>;
    /** As written: "gevent", "uvicorn.workers.UvicornWorker", "mypkg.MyWorker". */
    readonly worker_class: Sourced<string>;
    readonly worker_connections: Sourced<number>;
    /** Seconds, as are the next two. */
    readonly timeout: Sourced<number>;
    readonly graceful_timeout: Sourced<number>;
    readonly keepalive: Sourced<number>;
    readonly max_requests: Sourced<number>;
    readonly reuse_port: Sourced<boolean>;
    readonly preload_app: Sourced<boolean>;
  };
  /** The class that runs: more than one thread turns sync into gthread. `dynamic` for a class of the user's own. */
  readonly effectiveClass: Sourced<GunicornClass>;
}

export type AsgiProgram = "uvicorn" | "hypercorn" | "daphne";

/** A server of ASGI applications that is started by itself, not as gunicorn's worker. */
export interface AsgiService extends ServiceBase {
  readonly kind: "asgi";
  readonly program: AsgiProgram;
  readonly settings: {
    /** Processes that share the listeners; each is one event loop. */
    readonly workers: Sourced<number>;
    /** uvicorn: connections of a process from which on it answers 503. */
    readonly limit_concurrency?: Sourced<number>;
    /** Seconds that an idle connection is kept. */
    readonly keep_alive?: Sourced<number>;
  };
}

export interface NodeService extends ServiceBase {
  readonly kind: "node";
  readonly settings: {
    /** Processes that share the listener. */
    readonly instances: Sourced<number>;
  };
  /**
   * `single`: one event loop accepts. `round-robin`: a cluster whose primary accepts and hands out connections
   * (Node's cluster and PM2's cluster mode). `shared`: cluster with SCHED_NONE, every worker accepts from one socket.
   */
  readonly mode: Sourced<"single" | "round-robin" | "shared">;
  /** Who starts the processes, where it was found. */
  readonly manager?: "cluster" | "pm2";
  /** The library whose listen() it is: "node:http", "express", "fastify". */
  readonly framework: string;
}

export type Address =
  /** `host` is an IP literal, a name, or `*` for every IPv4 address, `::` for every address of the machine. */
  | { readonly family: "tcp"; readonly host: string; readonly port: number }
  | { readonly family: "unix"; readonly path: string }
  /** A socket that somebody else opened (systemd, an inherited descriptor). */
  | { readonly family: "inherited"; readonly text: string };

/** One address in LISTEN state, as configured. */
export interface Listener {
  /** Unique in the deployment: `<service id>#<address>`. */
  readonly id: string;
  /** The place of the listen directive, bind setting or listen() call. */
  readonly origin: Origin;
  readonly address: Sourced<Address>;
  readonly backlog: Backlog;
  /** SO_REUSEPORT with one accept queue a worker, instead of one queue for all. */
  readonly queuePerWorker: Sourced<boolean>;
  /** net.core.somaxconn of the network namespace that it listens in. */
  readonly somaxconn: Sourced<number>;
  /** Part of a test, or on an ephemeral loopback port: small numbers are meant. */
  readonly testOnly?: boolean;
}

export interface Backlog {
  /** The number that the server passes to listen(2), before the kernel clamps it. */
  readonly requested: Sourced<number>;
  /** What was written, where something was and the server makes another number of it (`true`, `"abc"`, 0.5). */
  readonly written?: Sourced<string>;
  /**
   * How `requested` came about. `explicit`: written as such. `default`: nothing was written. `fallback`: written,
   * but the server falls back to its default (Node: 0, negative positional). `coerced`: written as something else
   * and converted. `refused`: the server does not start with it; `requested` is then its default.
   */
  readonly reading: "explicit" | "default" | "fallback" | "coerced" | "refused";
  /** What passing nothing gives. */
  readonly serverDefault: number;
  /** Settings that someone wrote for this listener and that never reach the kernel. */
  readonly ignored: readonly IgnoredBacklog[];
}

export interface IgnoredBacklog {
  readonly setting: Sourced<number>;
  readonly reason: "later-parameter-wins" | "systemd-socket" | "node-fd" | "cluster-first-worker" | "gunicorn-worker" | "positional-lost";
  /** One clause, to be read after "because": "gunicorn calls listen() again on an inherited socket". */
  readonly because: string;
  /** What the statement hangs on, where it does: "Node before 22". */
  readonly hangsOn?: string;
}

export interface StartFailure {
  readonly kind: "invalid-backlog" | "duplicate-listen-options" | "duplicate-listen" | "listen-conflict" | "not-enough-connections" | "other";
  /** The server's own message where it has one: `invalid backlog "backlog=0"`. */
  readonly message: string;
  readonly origin: FileOrigin;
  readonly related: readonly { readonly origin: Origin; readonly label: string }[];
  /** Only seen when the server really binds; its configuration test passes. */
  readonly passesConfigTest: boolean;
}

export interface Upstream {
  readonly name: string;
  readonly origin: FileOrigin;
  readonly servers: readonly UpstreamServer[];
  readonly keepalive?: Sourced<number>;
}

export interface UpstreamServer {
  readonly origin: FileOrigin;
  readonly address: Sourced<Address>;
  readonly weight: Sourced<number>;
  readonly max_conns: Sourced<number>;
  readonly max_fails: Sourced<number>;
  /** Seconds. */
  readonly fail_timeout: Sourced<number>;
  readonly down: boolean;
  readonly backup: boolean;
}

/** A directive that hands requests on: proxy_pass, fastcgi_pass, uwsgi_pass, scgi_pass, grpc_pass. */
export interface Pass {
  readonly origin: FileOrigin;
  readonly directive: string;
  /** Ids of the listeners whose requests can reach it. */
  readonly listeners: readonly string[];
  /** The name of an upstream, or one address; `dynamic` with variables in it. */
  readonly target: Sourced<{ readonly upstream: string } | { readonly address: Address }>;
  /** Seconds. */
  readonly connectTimeout: Sourced<number>;
  readonly readTimeout: Sourced<number>;
  /** The smallest `limit_conn` in force for it. */
  readonly limitConn?: Sourced<number>;
}

/** One listener of one service. */
export interface Member {
  readonly service: string;
  readonly listener: string;
}

/** What a client passes, from the outside in. The first hop's members are alternatives; a later hop's share the load. */
export interface Chain {
  readonly id: string;
  readonly hops: readonly Hop[];
}

export interface Hop {
  readonly members: readonly Member[];
  /** The pass that leads here; absent on the first hop. */
  readonly pass?: Pass;
  /** Upstream servers of the same group that no listener was found for. */
  readonly unknownMembers: readonly UpstreamServer[];
}

export interface UnresolvedPass {
  readonly service: string;
  readonly pass: Pass;
  readonly target: string;
  readonly reason: "no listener found" | "several listeners fit" | "known only at run time";
  readonly candidates: readonly Member[];
}

/** What was read, and every file that was not, or only in part. */
export interface Coverage {
  /** Files whose bytes were looked at. */
  readonly filesSeen: number;
  /** Files that a reader understood, by reader ("nginx", "gunicorn", "javascript"). */
  readonly read: Readonly<Record<string, readonly string[]>>;
  readonly partial: readonly FileProblem[];
  readonly skipped: readonly FileProblem[];
}

export interface FileProblem {
  readonly file: string;
  /** Absent for a file that was not opened. */
  readonly range?: FileOrigin["range"];
  /** One sentence: what is wrong and what was left out for it. */
  readonly reason: string;
}
