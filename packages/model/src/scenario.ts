/**
 * A number of clients: exact, or a bound where the outcome hangs on what no configuration says (how the kernel hashes
 * clients to SO_REUSEPORT queues, whether a live server gets to run during a burst).
 */
export type Count = number | Bound;

export interface Bound {
  readonly atLeast: number;
  readonly atMost: number;
}

/** Sysctls of the network namespace that the servers listen in; what is absent keeps the kernel's default. */
export interface HostLimits {
  /** net.core.somaxconn. */
  readonly somaxconn: number;
  readonly tcp_max_syn_backlog?: number;
  readonly tcp_syncookies?: 0 | 1 | 2;
  readonly tcp_abort_on_overflow?: 0 | 1;
  /** Timeouts of a SYN, after the first, that do not double; 0 before Linux 6.5, which has no such sysctl. */
  readonly tcp_syn_linear_timeouts?: number;
}

interface ServerBase {
  readonly family: "tcp" | "unix";
  /** The C int that reaches listen(2), after the server's own conversion. */
  readonly backlog: number;
  /** `stalled`: nobody accepts (stopped workers, a blocked event loop). `serving`: idle until the load comes. */
  readonly state: "stalled" | "serving";
}

/** A process that listens and never accepts. */
export interface BareListener extends ServerBase {
  readonly kind: "listener";
  readonly state: "stalled";
}

export interface GunicornServer extends ServerBase {
  readonly kind: "gunicorn";
  readonly workerClass: "sync" | "gthread" | "gevent";
  /** From 1 on. */
  readonly workers: number;
  /** Used by gthread; 1 elsewhere. */
  readonly threads: number;
  /** Used by gthread and gevent. */
  readonly workerConnections: number;
  /** Seconds that a request waits in its handler, once requests are answered at all: see Load. */
  readonly serviceTime: number;
}

/** Alone it waits for the rest of a request that never comes; as a hop in front it proxies to the next. */
export interface NginxServer extends ServerBase {
  readonly kind: "nginx";
  /** worker_processes, from 1 on. */
  readonly workers: number;
  readonly workerConnections: number;
  /** One accept queue a worker. */
  readonly reuseport: boolean;
  /** Listeners beside the one that clients use; each takes a connection of every worker. */
  readonly otherListeners?: number;
  /** Seconds; proxy_connect_timeout of a hop in front. */
  readonly connectTimeout?: number;
}

export interface NodeServer extends ServerBase {
  readonly kind: "node";
  /** As in the deployment: one process, a cluster whose primary accepts, a cluster with SCHED_NONE. */
  readonly mode: "single" | "round-robin" | "shared";
  /** Worker processes of a cluster; 1 with `single`. */
  readonly instances: number;
  /** server.maxConnections, from 1 on; unset: unlimited. */
  readonly maxConnections?: number;
  /** Seconds that a request waits in its handler, once requests are answered at all: see Load. */
  readonly serviceTime: number;
}

export type Server = BareListener | GunicornServer | NginxServer | NodeServer;

/** Servers that share the load; several only in the last hop, behind an nginx. */
export interface ScenarioHop {
  readonly servers: readonly Server[];
}

export type Load =
  /**
   * All clients at the same moment. Without `patience` no request is answered before the clients were counted: the
   * question is how many there is room for. With it (seconds) clients wait for their answers that long, and whose SYN got
   * no answer goes on repeating it.
   */
  | { readonly kind: "all at once"; readonly clients: number; readonly patience?: number }
  /**
   * One after the other, the next no sooner than `interval` seconds later and after the servers took notice of the last.
   * No request is answered before the clients were counted.
   */
  | { readonly kind: "spread out"; readonly clients: number; readonly interval: number }
  /** Regular arrivals, `rate` a second for so many seconds. */
  | { readonly kind: "sustained"; readonly rate: number; readonly seconds: number };

/** What predict() computes and measure() tries out. Plain data, JSON all through. */
export interface Scenario {
  /** What is tried out, in a few words; for reports. */
  readonly name?: string;
  readonly host: HostLimits;
  /** `zero`: a handshake is over before the next begins (loopback, veth). `real`: SYNs outrun the answers. TCP only. */
  readonly roundTrip: "zero" | "real";
  /** From the outside in; each but the last is one nginx. */
  readonly hops: readonly [ScenarioHop, ...ScenarioHop[]];
  readonly load: Load;
}

/**
 * Where each client of a load is once the servers have come to rest, before any kernel repeats a SYN: the counts of one
 * outcome add up to the clients sent. With a sustained load they are totals at its end.
 */
export interface Outcome {
  /** In an accept queue, of whichever hop. */
  readonly queued: Count;
  /** Taken out of the queue by the last hop and not yet answered. */
  readonly accepted: Count;
  /** No answer to the SYN. */
  readonly dropped: Count;
  /** connect() failed with EAGAIN. */
  readonly eagain: Count;
  /** Accepted, then closed, reset or answered 500, for want of connections. */
  readonly closed: Count;
  readonly answered: Count;
  /** 502 by a proxy. */
  readonly badGateway: Count;
  /** 504 by a proxy. */
  readonly gatewayTimeout: Count;
  /** Still without an answer when patience ended. */
  readonly timedOut: Count;
  /**
   * connect() succeeded, but the connection is in no queue: what SYN cookies and handshakes under way leave behind with
   * a real round-trip time. No place of its own: these clients are among the dropped.
   */
  readonly phantoms: Count;
  /** Seconds from the first client to the first that is turned away; only with a sustained load that overflows. */
  readonly overflowsAfter?: Count;
}

/** The places of an outcome that add up to the clients sent. */
export const places = ["queued", "accepted", "dropped", "eagain", "closed", "answered", "badGateway", "gatewayTimeout", "timedOut"] as const;
export type Place = (typeof places)[number];

/** An outcome that was counted: numbers, no bounds. */
export interface Counted extends Readonly<Record<Exclude<keyof Outcome, "overflowsAfter">, number>> {
  readonly overflowsAfter?: number;
}

export interface Measurement {
  readonly scenario: Scenario;
  readonly outcome: Counted;
  /** `measured` only where the kernel's own counts account for every client; otherwise `because` says what does not. */
  readonly verdict: "measured" | "inconclusive";
  readonly because: readonly string[];
  readonly evidence: Evidence;
  readonly environment: Environment;
}

/** What the kernel showed, beside the clients' own words. */
export interface Evidence {
  /** In the order of hops and servers, one row a listening socket. */
  readonly queues: readonly { readonly address: string; readonly length: number; readonly backlog?: number }[];
  /** TcpExt counters, how much they grew while the load came. Unix sockets leave them at 0. */
  readonly counters: Readonly<Record<"ListenOverflows" | "ListenDrops" | "TCPReqQFullDrop" | "TCPReqQFullDoCookies", number>>;
  /** What clients saw, by error code or event. */
  readonly clients: Readonly<Record<string, number>>;
  /** Seconds from the first connect() until all were sent. */
  readonly sentWithin: number;
  /** Seconds from a client's connect() to the kernel's yes, and to the first byte of an answer; sorted. */
  readonly latencies: { readonly connect: readonly number[]; readonly answer: readonly number[] };
  /** Clients whose connect() succeeded: at the first SYN, after the first repeated one, after the second... */
  readonly connected: readonly number[];
  /** Clients that were answered after their patience had ended, while they were watched for as long again. */
  readonly servedLate: number;
}

export interface Environment {
  /** `root`, `user`: a network namespace of its own, made with or without privileges. `host`: the machine's own. */
  readonly namespace: "root" | "user" | "host";
  readonly kernel: string;
  readonly node: string;
  readonly libuv: string;
  readonly nginx?: string;
  readonly gunicorn?: string;
  readonly gevent?: string;
  readonly python?: string;
  readonly cpus: number;
  /** Sysctls as read back. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** What of the scenario could not be reproduced here, and what was done instead. */
  readonly instead: readonly string[];
  /** ISO 8601. */
  readonly time: string;
}
