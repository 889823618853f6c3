import type { Listener } from "./deployment.ts";
import { constant, fromSetting, minimum, product, sum } from "./expression.ts";
import type { Expression, Setting } from "./limit-types.ts";
import type { Sourced } from "./provenance.ts";
import { possibilities } from "./value.ts";

/** An expression, or one clause that says why no setting bounds it. */
export type Amount = Expression | { readonly kind: "unbounded"; readonly because: string };

/** What one service contributes to a hop, through the listeners that lead into it. */
export interface Capacity {
  /** Held for sure at the same moment. */
  readonly sure: Expression;
  readonly best: Amount;
  readonly spread: Amount;
  readonly accepted: Amount;
  readonly slots: Amount;
  /** Of a proxy: connections that it can hand on. */
  readonly room?: Amount;
  readonly burst?: BurstRoom;
  /** `best` and `spread` count several queues of one address. */
  readonly nominal: boolean;
  /** What kind of server runs hangs on an environment variable, and all but `sure` with it. */
  readonly byEnvironment: boolean;
  /** A clause for each limit that could not be computed. */
  readonly leftOut: readonly string[];
}

/** What nginx's room for proxied clients in a burst is computed from. */
export interface BurstRoom {
  readonly processes: Setting;
  readonly connections: Setting;
  readonly listeners: number;
}

export function unbounded(because: string): Amount {
  return { kind: "unbounded", because };
}

/** Whether an environment variable may replace a value. */
export function hangsOnVariable(sourced: Sourced<unknown>): boolean {
  return possibilities(sourced.value).some((value) => (value.kind === "assumed" || value.kind === "formula") && value.variable !== undefined);
}

/** A setting of a service or listener. */
export function settingOf(owner: { readonly id: string }, name: string, value: Sourced<number>, least: number): Setting {
  return { id: `${owner.id}/${name}`, name, value, least };
}

/** One accept queue: min(backlog, somaxconn) + 1. Source: see kernel.ts. */
export function queue(listener: Listener): Expression {
  const backlog: Setting = { ...settingOf(listener, "backlog", listener.backlog.requested, 0), unsigned: true };
  const somaxconn = settingOf(listener, "net.core.somaxconn", listener.somaxconn, 0);
  return sum([minimum([fromSetting(backlog), fromSetting(somaxconn)]), constant(1)]);
}

/**
 * The queues of several listeners that lead into one service: `sure` counts one queue an address, `nominal` counts
 * one a process where SO_REUSEPORT gives (or, with an unknown version, may give) each process its own.
 */
export function queues(listeners: readonly Listener[], processes: Setting): { readonly sure: Expression; readonly all: Expression; readonly nominal: boolean } {
  const many = (listener: Listener): boolean =>
    possibilities(listener.queuePerWorker.value).some((value) => !("value" in value) || value.value);
  return {
    sure: sum(listeners.map(queue)),
    all: sum(listeners.map((listener) => (many(listener) ? product([fromSetting(processes), queue(listener)]) : queue(listener)))),
    nominal: listeners.some(many),
  };
}
