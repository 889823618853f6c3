import type { Assumptions, Origin, Sourced } from "@audit-backlog/model";
import { assumptionsFor, isRoundRobin, type Context, type Seat, type Step } from "./context.ts";
import type { Location } from "./finding.ts";
import { serverOf, type BacklogFacts, type Demand, type Judgement } from "./judgement/facts.ts";
import { distinct } from "./merge.ts";
import type { Draft } from "./rule.ts";
import { onlyValue, isStated, placeOf, settingKey } from "./values.ts";
import { longestUseful } from "./useful-backlog.ts";
import { bestEffect, effectOf, nextLimit, tryWhatIf } from "./what-if.ts";

/** What the judgement over one listener may know. */
export function factsOf({ service, listener }: Seat): BacklogFacts {
  return { server: serverOf(service), backlog: listener.backlog, somaxconn: listener.somaxconn, roundRobin: isRoundRobin(service) };
}

/** The model's ids of a listener's two settings. */
export function backlogId({ listener }: Seat): string {
  return `${listener.id}/backlog`;
}

export function somaxconnId({ listener }: Seat): string {
  return `${listener.id}/net.core.somaxconn`;
}

/**
 * The burst counts only as far as this setting can carry it: what lies past the next binding term is that one's matter. Both
 * count only as far as clients wait for their answers, where service time and patience are stated.
 */
export function demandOn(context: Context, seat: Seat, settingId: string): Demand {
  const { assumptions } = context.options;
  const most = longestFor(context, seat);
  const floor = Math.min(context.options.floor, most);
  if (seat.steps.length === 0) return assumptions.burst === undefined ? { floor } : { floor, burst: assumptions.burst };
  const bursts = seat.steps.flatMap((step) => {
    const { burst } = assumptionsFor(context.options, step.limits.chain);
    return burst === undefined ? [] : [Math.min(burst, Math.max(1, nextLimit(step, settingId, assumptions)) - 1, usefulAt(context, step))];
  });
  return { floor, ...(bursts.length === 0 ? {} : { burst: Math.max(...bursts) }), ...(Number.isFinite(most) ? { most } : {}) };
}

/** The least backlog that is not small here: never more than is answered before clients give up, where that is known. */
export function floorFor(context: Context, seat: Seat): number {
  return Math.min(context.options.floor, longestFor(context, seat));
}

/** The longest backlog whose last client is answered before patience ends, in the chain that has most of it; Infinity where that is not known. */
export function longestFor(context: Context, { steps }: Seat): number {
  return steps.length === 0 ? Infinity : Math.max(...steps.map((step) => usefulAt(context, step)));
}

/** Only of a chain's last hop: in the others nobody is served. */
function usefulAt({ options }: Context, { limits, index }: Step): number {
  return index < limits.hops.length - 1 ? Infinity : longestUseful(limits, assumptionsFor(options, limits.chain));
}

/** The largest burst that is stated of a chain which passes this listener. */
export function statedBurst(context: Context, { steps }: Seat): number | undefined {
  const bursts = steps.length === 0 ? [context.options.assumptions.burst] : steps.map(({ limits }) => assumptionsFor(context.options, limits.chain).burst);
  return bursts.reduce<number | undefined>((most, burst) => (most === undefined || (burst ?? 0) > most ? (burst ?? most) : most), undefined);
}

/** The place that states a burst, where that is a file. */
export function burstLocation({ burst, origins }: Assumptions): readonly Location[] {
  return burst === undefined || origins?.burst === undefined ? [] : related(origins.burst, `a burst of ${String(burst)} is stated here`);
}

/** A judgement over one listener, placed in the deployment. */
export function placed(context: Context, seat: Seat, judgement: Judgement): Draft {
  const { rule, severity, certainty, message, why, change, leave, matters, subject } = judgement;
  const id = backlogId(seat);
  const best = judgement.to === undefined ? undefined : bestEffect(seat.steps, id, judgement.to, context.options.assumptions);
  const step = best?.step ?? seat.steps[0];
  const workers = rule === "small-backlog" ? workersInstead(context, seat, step) : undefined;
  return {
    rule,
    severity,
    certainty,
    message,
    locations: distinct([
      { role: "primary", origin: subject.origin, label: judgement.label },
      ...viaLocations(subject),
      ...listenLocation(seat),
    ]),
    why,
    change: [...change, ...(best?.lines ?? [])],
    leave: workers === undefined ? leave : [...leave, workers],
    ...(matters === undefined ? {} : { matters }),
    whatIfs: best === undefined ? [] : [best.effect],
    setting: settingKey(subject.origin, rule === "ignored-backlog" ? `${id}/ignored` : id),
    service: seat.service.id,
    listener: seat.listener.id,
    ...(step === undefined ? {} : { chain: step.limits.chain.id }),
    term: `${placeOf(subject.origin)}: ${message.replace(/\.$/, "")}`,
  };
}

/** What twice the workers would buy, where workers take connections one by one. */
export function workersInstead(context: Context, seat: Seat, step: Step | undefined): string | undefined {
  if (seat.service.kind !== "gunicorn") return undefined;
  const now = onlyValue(seat.service.settings.workers, context.options.assumptions.cpus);
  if (now === undefined || now < 1) return undefined;
  const effect = tryWhatIf(step, `${seat.service.id}/workers`, now * 2, context.options.assumptions);
  return effect === undefined ? undefined : `${effectOf(effect)}; worth it only for work that really runs in parallel`;
}

export function viaLocations(sourced: Sourced<unknown>): readonly Location[] {
  return (sourced.via ?? []).map((origin): Location => ({ role: "related", origin, label: "comes from here" }));
}

export function listenLocation({ listener }: Seat): readonly Location[] {
  return listener.origin.kind === "file" ? [{ role: "related", origin: listener.origin, label: "listens here" }] : [];
}

export function related(origin: Origin, label: string): readonly Location[] {
  return origin.kind === "default" ? [] : [{ role: "related", origin, label }];
}

/** net.core.somaxconn where somebody stated it and it is one number. */
export function statedSomaxconn({ listener }: Seat): number | undefined {
  return isStated(listener.somaxconn) ? onlyValue(listener.somaxconn) : undefined;
}
