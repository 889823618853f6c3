import type { Chain } from "./deployment.ts";
import type { Origin, Sourced } from "./provenance.ts";

/** What the user states about machine and load; nothing here is ever made up. */
export interface Assumptions {
  /** CPUs that `auto`, `cpu_count()` and `max` see. */
  readonly cpus?: number;
  /** Clients arriving at the same moment. */
  readonly burst?: number;
  /** Arrivals per second. */
  readonly arrivalRate?: number;
  /** Seconds that one request keeps a service slot. */
  readonly serviceTime?: number;
  /** Seconds until a client gives up. */
  readonly clientTimeout?: number;
  /** Where a number is stated; none where it stands on our command line. */
  readonly origins?: Readonly<Partial<Record<"cpus" | "burst" | "arrivalRate" | "serviceTime" | "clientTimeout", Origin>>>;
}

/** A number somebody can change: a leaf of every limit. */
export interface Setting {
  /** Unique in the deployment: `<listener or service id>/<name>`. */
  readonly id: string;
  /** As its users write it: "backlog", "net.core.somaxconn", "workers", "worker_connections". */
  readonly name: string;
  readonly value: Sourced<number>;
  /** The least it can be when it is not known. */
  readonly least: number;
  /** The kernel compares it unsigned: a negative value is larger than every other. */
  readonly unsigned?: true;
}

/** Arithmetic over settings that never falls when a setting rises (an `unsigned` one rises past every number below 0). */
export type Expression =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "setting"; readonly setting: Setting }
  | { readonly kind: "sum" | "product" | "minimum"; readonly operands: readonly Expression[] }
  /** max(0, floor((of - minus) / by)) */
  | { readonly kind: "share"; readonly of: Expression; readonly minus: number; readonly by: number }
  /** Anything from 0 to Infinity: the capacity of a server that was not found. */
  | { readonly kind: "unknown" };

/** `high` is Infinity where nothing known bounds it; `low === high` where everything is known. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A number of clients. */
export interface Limit {
  readonly expression: Expression;
  readonly value: Interval;
  /** The settings that make up the operand which sets the minimum. */
  readonly binding: readonly Setting[];
  /** The hop (index in the chain) whose limit it is. */
  readonly hop: number;
  /**
   * Whether it hangs on a default, an environment fallback, or something that could not be computed (`ChainLimits.leftOut`).
   * An assumed somaxconn counts only where a kernel before 5.4 (128) would give another limit.
   */
  readonly assumed: boolean;
  /** Counts several accept queues of one address. The kernel hashes clients to them, so some room stays unused: reached at best. */
  readonly nominal?: true;
}

/** No setting sets this limit; `because` is one clause that says what does. */
export interface Unbounded {
  readonly unbounded: true;
  readonly because: string;
}

export interface HopLimits {
  /** Clients at the same moment: sure to be held, whatever the workers do. */
  readonly sureAtOnce: Limit;
  /** The same when the workers accept at once. */
  readonly bestAtOnce: Limit | Unbounded;
  /** Arriving one after another, faster than they are served. */
  readonly spreadOut: Limit | Unbounded;
  /** Accept capacity A: connections the workers hold accepted before they stop accepting. */
  readonly acceptCapacity: Limit | Unbounded;
  /** Service slots P: connections worked on at once. */
  readonly serviceSlots: Limit | Unbounded;
  /** Connections that pass through this hop to the next at once (nginx: its room for proxied ones), where it is one in front. */
  readonly room?: Limit | Unbounded;
  /** Room in a burst, as measured; for reports only, findings use `room`. */
  readonly roomInBurst?: Interval;
}

export interface ChainLimits {
  readonly chain: Chain;
  readonly hops: readonly HopLimits[];
  readonly sureAtOnce: Limit;
  readonly bestAtOnce: Limit | Unbounded;
  readonly spreadOut: Limit | Unbounded;
  /** About the last hop, where its accept capacity and service slots are bounded. */
  readonly lastInLine?: LastInLine;
  /** Only with an arrival rate and a service time. */
  readonly sustained?: Sustained;
  /** Everything the limits hang on, once each, in the order in which a client meets it. */
  readonly settings: readonly Setting[];
  /** What may limit clients too and could not be computed, a clause for each: "worker_connections of nginx is not known". */
  readonly leftOut?: readonly string[];
}

export interface LastInLine {
  /** The last of a full queue is answered after this many service times. */
  readonly serviceTimes: Interval;
  /** Whose patience it is compared with: the client's, or that of the proxy in front. Seconds. */
  readonly patience?: Sourced<number>;
  /** Service time in seconds above which patience ends first: patience / serviceTimes. */
  readonly breakEven?: Interval;
}

export interface Sustained {
  /** Served per second: service slots / service time. */
  readonly capacity: Interval;
  /** Seconds until the first client is turned away; absent when the capacity suffices. */
  readonly overflowsAfter?: Interval;
}

/** What one change of one setting does to a chain. */
export interface WhatIf {
  readonly setting: Setting;
  readonly to: number;
  readonly sureAtOnce: { readonly before: Interval; readonly after: Interval };
  readonly spreadOut: { readonly before: Interval; readonly after: Interval } | Unbounded;
  /** What sets the sure limit after the change. */
  readonly thenBinds: readonly Setting[];
}
