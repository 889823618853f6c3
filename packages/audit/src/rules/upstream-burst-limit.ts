import { evaluate, type Member } from "@audit-backlog/model";
import { certaintyBelow } from "../certainty.ts";
import { assumptionsFor, isRoundRobin, unixPath, type Context, type Seat, type Step } from "../context.ts";
import type { Finding, Severity } from "../finding.ts";
import { judgeInvalidBacklog } from "../judgement/invalid-backlog.ts";
import { clients } from "../judgement/small-backlog.ts";
import { distinct } from "../merge.ts";
import { proveByBurst } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { burstLocation, factsOf, floorFor, listenLocation, related, viaLocations, workersInstead } from "../seat.ts";
import { effectiveCases, followUp, remedyOf, type EffectiveCase } from "../remedy.ts";
import { tooLate } from "../useful-backlog.ts";
import { placeOf, settingKey } from "../values.ts";
import { nameAndPlace, range, sentence } from "../what-if.ts";

/** A queue for fewer clients than this behind a unix socket is an error: every one past it is answered 502 at once. */
const errorBelow = 128;

export const upstreamBurstLimit: Rule = {
  id: "upstream-burst-limit",
  summary: "a proxy in front of a unix socket whose queue is too short for a burst",
  severities: ["error", "warning", "note"],
  category: "chain",
  subsumes: ["small-backlog", "workers-instead-of-backlog", "backlog-clamped", "target-not-met"],
  docs: {
    why: "A full queue on a unix socket does not delay anybody: connect() fails at once with EAGAIN, and nginx answers 502. The client sees an error although the application is healthy and free a moment later.",
    fires: { file: "gunicorn.conf.py", language: "python", text: '# nginx: proxy_pass http://unix:/run/shop.sock;\nbind = "unix:/run/shop.sock"\nworkers = 8\nbacklog = 64' },
    quiet: { file: "gunicorn.conf.py", language: "python", text: '# nginx: proxy_pass http://unix:/run/shop.sock;\nbind = "unix:/run/shop.sock"\nworkers = 8  # gunicorn asks for a backlog of 2048' },
  },
  check: (context) =>
    context.seats.flatMap((seat) => {
      const { listener } = seat;
      const path = unixPath(listener);
      if (path === undefined || isRoundRobin(seat.service) || judgeInvalidBacklog(factsOf(seat)) !== undefined) return [];
      return seat.steps.filter((step) => step.index > 0 && isKnown(context, step)).flatMap((step) => judge(context, seat, step, path) ?? []);
    }),
  proof: proveByBurst,
};

function judge(context: Context, seat: Seat, step: Step, path: string): Draft | undefined {
  const floor = floorFor(context, seat);
  const assumptions = assumptionsFor(context.options, step.limits.chain);
  const { cases, complete } = effectiveCases(seat, assumptions.cpus);
  const small = cases.filter((one) => one.effective < floor);
  const worst = small.reduce<EffectiveCase | undefined>((least, one) => (least === undefined || one.effective < least.effective ? one : least), undefined);
  // Of several sockets nginx tries the next when one is full: what counts is what they hold together.
  const together = isAlone(step) || step.hopLimits.sureAtOnce.value.high <= floor;
  if (worst !== undefined && together) {
    const inside = small.find((one) => one.variable !== undefined);
    const all = complete && small.length === cases.length;
    const certainty: Finding["certainty"] =
      all && inside === undefined ? { kind: "certain" } : { kind: "conditional", on: worst.condition ?? inside?.condition ?? "which backlog is in force" };
    return draft(context, seat, step, path, worst, certainty);
  }
  const { burst } = assumptions;
  const [first] = cases;
  const { sureAtOnce } = step.hopLimits;
  if (burst === undefined || first === undefined || worst !== undefined || step.limits.sureAtOnce.hop !== step.index) return undefined;
  const certainty = certaintyBelow(sureAtOnce, burst, assumptions);
  return certainty === undefined ? undefined : draft(context, seat, step, path, first, certainty);
}

function draft(context: Context, seat: Seat, step: Step, path: string, worst: EffectiveCase, certainty: Finding["certainty"]): Draft {
  const assumptions = assumptionsFor(context.options, step.limits.chain);
  const { sureAtOnce, bestAtOnce } = step.hopLimits;
  const { listener, service } = seat;
  const queue = worst.effective + 1;
  const sockets = socketsOf(step);
  const sure = isAlone(step) ? queue : sureAtOnce.value.low;
  // With this very number in force, where several are possible.
  const most = "unbounded" in bestAtOnce ? Infinity : evaluate(bestAtOnce.expression, assumptions, new Map([[worst.id, worst.effective]])).high;
  const best = Number.isFinite(most) ? Math.max(sure, most) : undefined;
  const late = assumptions.burst === undefined ? undefined : tooLate(step.limits, assumptions, assumptions.burst);
  const remedy = late === undefined || worst.effective < floorFor(context, seat) ? remedyOf(context, seat, step, worst) : undefined;
  const proxy = proxyText(context, step);
  const room = roomBefore(step);
  const harmless = room !== undefined && room <= sure;
  const workers = workersInstead(context, seat, step);
  const burst = assumptions.burst === undefined || assumptions.burst <= sure ? "" : `; ${String(assumptions.burst)} are stated`;
  const where = isAlone(step) ? `unix:${path}` : `The upstream's ${String(sockets)} sockets`;
  const verb = isAlone(step) ? "holds" : "hold";
  const hold =
    best === undefined ? `${verb} ${clients(sure)} until the server accepts` : best === sure ? `${verb} ${clients(sure)} at once` : `${verb} ${String(sure)} clients at once for sure and ${String(best)} at best`;
  const from = best === undefined || best === sure ? `from the ${ordinal(sure + 1)}` : `from the ${ordinal(sure + 1)} to ${ordinal(best + 1)}`;
  return {
    rule: "upstream-burst-limit",
    severity: harmless ? "note" : severityOf(certainty, sure),
    certainty,
    message: `${where} ${hold}: ${from} simultaneous request on, ${proxy.name} answers 502 (EAGAIN)${burst}.`,
    locations: distinct([
      { role: "primary", origin: worst.binding.origin.kind === "default" ? listener.origin : worst.binding.origin, label: `${from} simultaneous request on: 502` },
      ...viaLocations(worst.binding),
      ...(step.hop.pass === undefined ? [] : related(step.hop.pass.origin, "hands the requests to this socket")),
      ...(service.kind === "gunicorn" ? related(service.settings.workers.origin, "the workers that accept") : []),
      ...proxy.locations,
      ...listenLocation(seat),
      ...(burst === "" ? [] : burstLocation(assumptions)),
    ]),
    why: [
      `${worst.name} ${worst.text} (${placeOf(worst.binding.origin)}): the queue of unix:${path} holds ${clients(queue)}`,
      ...acceptLine(step),
      ...(room === undefined ? [] : [`${proxy.name} itself lets ${String(room)} through${proxy.terms}`]),
    ],
    change: [...(remedy === undefined ? forced(seat) : [sentence(remedy), ...followUp(seat, worst, remedy.to)]), ...(late === undefined ? [] : [late])],
    leave: workers === undefined ? [] : [workers],
    matters: harmless
      ? `Not yet: ${proxy.name} never hands on more than ${String(room)} at once. It will once that rises.`
      : `As soon as ${clients(sure + 1)} ask at the same moment: a unix socket refuses at once, where TCP would let them wait.`,
    whatIfs: remedy === undefined ? [] : [remedy],
    setting: settingKey(worst.binding.origin, worst.id),
    service: service.id,
    listener: listener.id,
    chain: step.limits.chain.id,
    term: `unix:${path} ${hold}`,
  };
}

function socketsOf({ hop }: Step): number {
  return hop.members.length;
}

/** Whether every server of the group is a unix socket that was found: what nginx does with the others is unknown. */
function isKnown(context: Context, { hop }: Step): boolean {
  const listeners = hop.members.map(({ listener }) => context.seatOf.get(listener)?.listener);
  return hop.unknownMembers.length === 0 && listeners.every((listener) => listener !== undefined && unixPath(listener) !== undefined);
}

function isAlone(step: Step): boolean {
  return socketsOf(step) === 1;
}

function severityOf(certainty: Finding["certainty"], sure: number): Severity {
  if (certainty.kind === "conditional") return "note";
  return sure < errorBelow ? "error" : "warning";
}

/** What to say where no number of this setting helps, because the server sets it itself. */
function forced({ listener }: Seat): readonly string[] {
  return listener.backlog.ignored.map(({ because }) => `this number cannot be set: ${because}`);
}

function acceptLine(step: Step): readonly string[] {
  const { acceptCapacity } = step.hopLimits;
  if ("unbounded" in acceptCapacity) return [`how many the server holds accepted is bounded by nothing: ${acceptCapacity.because}`];
  const terms = acceptCapacity.binding.map(nameAndPlace).join(", ");
  return [`the workers hold up to ${range(acceptCapacity.value)} accepted${terms === "" ? "" : `: ${terms}`}`];
}

/** Where known for certain: what the hop in front lets through. */
function roomBefore(step: Step): number | undefined {
  const room = step.limits.hops[step.index - 1]?.room;
  return room === undefined || "unbounded" in room || !Number.isFinite(room.value.high) ? undefined : room.value.high;
}

function proxyText(context: Context, step: Step): { readonly name: string; readonly terms: string; readonly locations: ReturnType<typeof related> } {
  const front: Member | undefined = step.limits.chain.hops[step.index - 1]?.members[0];
  const service = front === undefined ? undefined : context.services.get(front.service);
  const room = step.limits.hops[step.index - 1]?.room;
  if (room === undefined || "unbounded" in room) return { name: service?.name ?? "the proxy", terms: "", locations: [] };
  return {
    name: service?.name ?? "the proxy",
    terms: `: ${room.binding.map(nameAndPlace).join(", ")}, two connections a client`,
    locations: room.binding.flatMap(({ name, value }) => related(value.origin, `${name}: ${range(room.value)} proxied clients`)),
  };
}

/** 1st, 2nd, 3rd, 11th, 66th. */
export function ordinal(count: number): string {
  const tens = count % 100;
  const ones = count % 10;
  const suffix = tens >= 11 && tens <= 13 ? "th" : ones === 1 ? "st" : ones === 2 ? "nd" : ones === 3 ? "rd" : "th";
  return `${String(count)}${suffix}`;
}

