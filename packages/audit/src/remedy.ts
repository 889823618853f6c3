import { effectiveBacklog, type Sourced, type WhatIf } from "@audit-backlog/model";
import type { Context, Seat, Step } from "./context.ts";
import type { Demand } from "./judgement/facts.ts";
import { backlogId, demandOn, somaxconnId } from "./seat.ts";
import { casesOf, conditionOf, describeCase, isStated, onlyValue, placeOf, type Case } from "./values.ts";
import { tryWhatIf } from "./what-if.ts";

/** One possible effective backlog of a listener and the setting that makes it so. */
export interface EffectiveCase extends Case {
  readonly effective: number;
  /** Model id, name and source of the setting that binds: the backlog or net.core.somaxconn. */
  readonly id: string;
  readonly name: "backlog" | "net.core.somaxconn";
  readonly binding: Sourced<number>;
  /** The binding number with its condition. */
  readonly text: string;
  /** What must be so, where something must. */
  readonly condition?: string;
}

/** Every effective backlog that is known: each possible request, clamped by somaxconn as stated or assumed. */
export function effectiveCases(seat: Seat, cpus: number | undefined): { readonly cases: readonly EffectiveCase[]; readonly complete: boolean } {
  const { backlog, somaxconn } = seat.listener;
  const clamp = casesOf(somaxconn).known[0]?.value;
  const { known, complete } = casesOf(backlog.requested, cpus);
  const cases = known.map((one): EffectiveCase => {
    const effective = clamp === undefined ? one.value : effectiveBacklog(one.value, clamp);
    const condition = conditionOf(one);
    const conditional = condition === undefined ? {} : { condition };
    // Where both are equal a stated somaxconn speaks first: no backlog helps before it rises.
    const cut = clamp !== undefined && (one.value < 0 || one.value > clamp || (one.value === clamp && isStated(somaxconn)));
    return cut
      ? { ...one, ...conditional, effective, id: somaxconnId(seat), name: "net.core.somaxconn", binding: somaxconn, text: String(clamp) }
      : { ...one, ...conditional, effective, id: backlogId(seat), name: "backlog", binding: backlog.requested, text: describeCase(one) };
  });
  return { cases, complete };
}

/** What to set the binding setting to, and what that does; undefined where the number is not the user's to set. */
export function remedyOf(context: Context, seat: Seat, step: Step | undefined, binding: EffectiveCase): WhatIf | undefined {
  const { listener } = seat;
  const demand = demandOn(context, seat, binding.id);
  if (binding.name === "net.core.somaxconn") {
    return tryWhatIf(step, binding.id, somaxconnTarget(binding.value, listener.backlog.reading === "default", demand), context.options.assumptions);
  }
  if (listener.backlog.reading === "default" && listener.backlog.ignored.length > 0) return undefined;
  const stated = isStated(listener.somaxconn) ? onlyValue(listener.somaxconn) : undefined;
  const to = Math.min(Math.max(demand.floor, demand.burst ?? 0), stated !== undefined && stated > binding.value ? stated : Infinity);
  return tryWhatIf(step, binding.id, to, context.options.assumptions);
}

/** A number that somebody wrote is what they want, unless its end waits in vain; a default is raised as far as floor and burst need, and no further. */
export function somaxconnTarget(requested: number, byDefault: boolean, demand: Demand): number {
  const needed = Math.max(demand.floor, demand.burst ?? 0);
  if (requested < 0) return needed;
  return Math.min(byDefault ? Math.min(needed, Math.max(requested, demand.floor)) : Math.max(requested, needed), demand.most ?? Infinity);
}

/** The one of backlog and somaxconn that binds after a remedy of the other, where it does. */
export function followUp(seat: Seat, binding: EffectiveCase, to: number): readonly string[] {
  if (binding.name === "net.core.somaxconn") return backlogToo(seat, binding.value, to);
  const { somaxconn } = seat.listener;
  const capped = isStated(somaxconn) && onlyValue(somaxconn) === to;
  return capped ? [`net.core.somaxconn ${String(to)} (${placeOf(somaxconn.origin)}) allows no more`] : [];
}

/** A backlog that is lower than what somaxconn is to be raised to binds next: it has to follow. */
export function backlogToo({ listener: { backlog } }: Seat, requested: number, to: number): readonly string[] {
  if (requested < 0 || requested >= to || backlog.reading === "default") return [];
  return [`set the backlog (${placeOf(backlog.requested.origin)}) to ${String(to)} as well: net.core.somaxconn alone leaves it at ${String(requested)}`];
}
