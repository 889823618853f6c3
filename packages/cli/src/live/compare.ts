import { effectiveBacklog, intervalOf, possibilities, type Address, type Deployment, type Listener, type Service } from "@audit-backlog/model";
import { same } from "../same-address.ts";
import { isForwarder, type LiveListener, type Machine } from "./machine.ts";

/** What became of what a file asks for. */
export interface Comparison {
  readonly service: Service;
  readonly listener: Listener;
  /** The number that the file passes to listen(2); absent where it is not known. */
  readonly requested?: number;
  /** Sockets at its address; none where nothing listens there in this network namespace. */
  readonly live: readonly LiveListener[];
  readonly verdict: Verdict;
}

/**
 * `as asked`: in force. `clamped`: net.core.somaxconn, as it is now, cut it down. `differs`: in force is a number that file and somaxconn, as they
 * are now, do not make. `unknown`: one of the two numbers is not known. `absent`: nothing listens there.
 */
export type Verdict = "as asked" | "clamped" | "differs" | "unknown" | "absent";

/** Holds each listener of a deployment against those of the machine. */
export function compareWith({ services }: Deployment, { listeners: all, somaxconn }: Machine): readonly Comparison[] {
  const listeners = all.filter((listener) => !isForwarder(listener));
  return services.flatMap((service) =>
    service.listeners
      .filter(({ testOnly, address }) => testOnly !== true && addresses(address.value).length > 0)
      .map((listener) => {
        const { low, high } = intervalOf(listener.backlog.requested, 0, {});
        const requested = low === high ? low : undefined;
        const live = addresses(listener.address.value).flatMap((address) => at(address, listeners));
        return { service, listener, ...(requested === undefined ? {} : { requested }), live, verdict: verdictOf(requested, live, somaxconn) };
      }),
  );
}

function addresses(value: Listener["address"]["value"]): readonly Address[] {
  return possibilities(value).flatMap((one) => ((one.kind === "exact" || one.kind === "assumed") && one.value.family !== "inherited" ? [one.value] : []));
}

/** Of several that fit, those of the very address: `*:80` and `[::]:80` are two sockets with a backlog each. */
function at(address: Address, listeners: readonly LiveListener[]): readonly LiveListener[] {
  const fitting = listeners.filter((listener) => same(address, listener.address));
  const very = fitting.filter((listener) => hostOf(listener.address) === hostOf(address));
  return very.length > 0 ? very : fitting;
}

function hostOf(address: Address): string {
  if (address.family !== "tcp") return "";
  return address.host === "*" ? "0.0.0.0" : address.host;
}

function verdictOf(requested: number | undefined, live: readonly LiveListener[], somaxconn: number): Verdict {
  if (live.length === 0) return "absent";
  const verdicts = new Set(
    live.map(({ effective }): Verdict => {
      if (requested === undefined || effective === undefined) return "unknown";
      if (effective !== effectiveBacklog(requested, somaxconn)) return "differs";
      return requested < 0 || effective === requested ? "as asked" : "clamped";
    }),
  );
  return (["differs", "clamped", "unknown"] as const).find((verdict) => verdicts.has(verdict)) ?? "as asked";
}
