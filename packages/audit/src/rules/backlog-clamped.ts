import type { Origin, WhatIf } from "@audit-backlog/model";
import { isRoundRobin, type Context, type Seat } from "../context.ts";
import type { Finding, Severity } from "../finding.ts";
import { clients } from "../judgement/small-backlog.ts";
import { judgeInvalidBacklog } from "../judgement/invalid-backlog.ts";
import { distinct } from "../merge.ts";
import { proveByBurst } from "../proof/proofs.ts";
import { backlogToo, somaxconnTarget } from "../remedy.ts";
import type { Draft, Rule } from "../rule.ts";
import { demandOn, factsOf, floorFor, listenLocation, longestFor, related, somaxconnId, statedBurst, statedSomaxconn, viaLocations } from "../seat.ts";
import { casesOf, conditionOf, describeCase, onlyValue, placeOf, settingKey, type Case } from "../values.ts";
import { bestEffect } from "../what-if.ts";

export const backlogClamped: Rule = {
  id: "backlog-clamped",
  summary: "a backlog that net.core.somaxconn cuts down",
  severities: ["error", "warning", "note"],
  category: "listener",
  subsumes: ["target-not-met"],
  docs: {
    why: "The kernel cuts every backlog down to net.core.somaxconn, without a word to anybody: the server starts, its log is clean, and the queue is shorter than the file says. A container has its own somaxconn and does not inherit that of its host.",
    fires: { file: "shell", language: "sh", text: "audit-backlog --somaxconn 128 .   # with gunicorn --backlog 2048" },
    quiet: { file: "shell", language: "sh", text: "audit-backlog --somaxconn 4096 .  # with gunicorn --backlog 2048" },
  },
  check: (context) => context.seats.flatMap((seat) => judge(context, seat) ?? []),
  proof: proveByBurst,
};

function judge(context: Context, seat: Seat): Draft | undefined {
  const { backlog, somaxconn } = seat.listener;
  if (judgeInvalidBacklog(factsOf(seat)) !== undefined) return undefined;
  const { assumptions } = context.options;
  const floor = floorFor(context, seat);
  const stated = statedSomaxconn(seat);
  const limit = stated ?? onlyValue(somaxconn);
  if (limit === undefined) return undefined;
  const { known, complete } = casesOf(backlog.requested, assumptions.cpus);
  // An unset somaxconn may be larger in truth: only a number that somebody wrote is worth a word then.
  const cut = known.filter((one) => (stated === undefined ? backlog.reading === "explicit" && one.value > limit : isCut(one.value, limit, floor)));
  const [worst] = [...cut].sort((a, b) => unsigned(a.value) - unsigned(b.value));
  if (worst === undefined) return undefined;
  // A burst that something else turns away first is not lost here.
  const carried = demandOn(context, seat, somaxconnId(seat)).burst ?? 0;
  const missed = limit < floor || ((statedBurst(context, seat) ?? 0) > limit + 1 && carried > limit);
  const harmless = backlog.reading === "default" || worst.value < 0;
  if (!missed && harmless) return undefined;
  // Whom a longer queue lets in waits in vain.
  if (limit >= longestFor(context, seat)) return undefined;
  const condition = stated === undefined ? `net.core.somaxconn being ${String(limit)}` : complete && cut.length === known.length && worst.variable === undefined ? undefined : conditionOf(worst);
  const found = draft(context, seat, worst, limit, condition, missed);
  // Where something else binds before, a larger somaxconn buys nobody anything.
  return !missed && found.whatIfs.length > 0 && found.whatIfs.every(buysNothing) ? undefined : found;
}

function buysNothing({ sureAtOnce: { before, after } }: WhatIf): boolean {
  return before.low === after.low && before.high === after.high;
}

/** Equal counts where both are too small: then raising the backlog alone buys nothing. */
function isCut(requested: number, limit: number, floor: number): boolean {
  return unsigned(requested) > limit || (requested === limit && limit < floor);
}

/** The kernel compares unsigned: a negative backlog asks for as much as there is. */
function unsigned(requested: number): number {
  return requested < 0 ? Infinity : requested;
}

function draft(context: Context, seat: Seat, worst: Case, limit: number, condition: string | undefined, missed: boolean): Draft {
  const { listener, service } = seat;
  const { assumptions } = context.options;
  const id = somaxconnId(seat);
  const equal = worst.value === limit;
  const demand = demandOn(context, seat, id);
  const to = somaxconnTarget(worst.value, listener.backlog.reading === "default", demand);
  const best = bestEffect(seat.steps, id, to, assumptions);
  const step = best?.step ?? seat.steps[0];
  const certainty: Finding["certainty"] = condition === undefined ? { kind: "certain" } : { kind: "conditional", on: condition };
  const place = placeOf(listener.somaxconn.origin);
  const verb = equal ? "is all that" : "is cut down:";
  const asked = worst.value < 0 ? `backlog ${String(worst.value)} asks for all there is:` : `backlog ${describeCase(worst)} ${verb}`;
  const holds = `${clients(limit + 1)}${worst.value > limit ? `, not ${String(worst.value + 1)}` : ""}`;
  return {
    rule: "backlog-clamped",
    severity: severityOf(limit, missed && condition === undefined && !isRoundRobin(service), condition !== undefined),
    certainty,
    message: `${asked} net.core.somaxconn ${String(limit)} ${equal ? "allows:" : "leaves"} a queue for ${holds}.`,
    locations: distinct([
      { role: "primary", origin: primaryPlace(seat), label: `net.core.somaxconn allows ${String(limit)}` },
      ...related(listener.somaxconn.origin, `net.core.somaxconn ${String(limit)}`),
      ...viaLocations(listener.backlog.requested),
      ...listenLocation(seat),
    ]),
    why: [`net.core.somaxconn ${String(limit)} (${place}), of the network namespace that the socket is made in`],
    change: [...(best?.lines ?? [`set net.core.somaxconn to ${String(to)}, in the container where there is one`]), ...backlogToo(seat, worst.value, to)],
    leave: ["the backlog: a larger one is cut down as well"],
    matters: missed ? `As soon as more than ${clients(limit + 1)} wait; restart the server after a change, as the kernel cuts when the socket starts to listen.` : "Only where more clients than that wait at the same moment, which nobody stated (--burst).",
    whatIfs: best === undefined ? [] : [best.effect],
    setting: settingKey(listener.somaxconn.origin, id),
    service: service.id,
    listener: listener.id,
    ...(step === undefined ? {} : { chain: step.limits.chain.id }),
    term: `net.core.somaxconn ${String(limit)} (${place}) cuts down backlog ${describeCase(worst)} (${placeOf(listener.backlog.requested.origin)})`,
  };
}

function severityOf(limit: number, missed: boolean, conditional: boolean): Severity {
  if (conditional || !missed) return "note";
  return limit === 0 ? "error" : "warning";
}

/** Where the reader looks: the file that sets somaxconn, else that of the backlog, else the listener. */
function primaryPlace({ listener }: Seat): Origin {
  const places = [listener.somaxconn.origin, listener.backlog.requested.origin, listener.origin];
  return places.find(({ kind }) => kind === "file") ?? listener.somaxconn.origin;
}
