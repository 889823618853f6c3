import { evaluate, intervalOf, settingsOf, type ChainLimits, type LastInLine, type Service, type Setting } from "@audit-backlog/model";
import { hangsOn } from "../certainty.ts";
import { assumptionsFor, unixPath, type Context, type Seat } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveWaiting } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { backlogId, demandOn, related } from "../seat.ts";
import { seconds } from "../seconds.ts";
import { usefulBacklog } from "../useful-backlog.ts";
import { isStated, placeOf, settingKey } from "../values.ts";
import { nameAndPlace, range, tryWhatIf } from "../what-if.ts";

export const queueWaitExceedsTimeout: Rule = {
  id: "queue-wait-exceeds-timeout",
  summary: "a full queue takes longer to answer than anybody waits",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: ["workers-from-host-cpus"],
  docs: {
    why: "A long queue is not service. Whoever stands at its end is answered after all who came before, and when that takes longer than the client or the proxy waits, the server works for people who left: a queue that keeps everybody waiting in vain is worse than one that says no at once.",
    fires: { file: "shell", language: "sh", text: "audit-backlog --service-time 300ms --client-timeout 10s .  # workers = 4, backlog = 512" },
    quiet: { file: "shell", language: "sh", text: "audit-backlog --service-time 50ms --client-timeout 10s .   # workers = 4, backlog = 512" },
  },
  check: (context) => context.limits.flatMap((limits) => judge(context, limits) ?? []),
  proof: proveWaiting,
};

interface Subject {
  readonly limits: ChainLimits;
  readonly line: LastInLine & Required<Pick<LastInLine, "patience" | "breakEven">>;
  readonly seat: Seat;
  readonly slots: readonly Setting[];
  readonly who: string;
}

function judge(context: Context, limits: ChainLimits): Draft | undefined {
  const subject = subjectOf(context, limits);
  if (subject === undefined) return undefined;
  const { serviceTime } = assumptionsFor(context.options, limits.chain);
  return serviceTime === undefined ? tooLongForAny(context, subject) : tooSlow(context, subject, serviceTime);
}

function subjectOf(context: Context, limits: ChainLimits): Subject | undefined {
  const { lastInLine: line, chain } = limits;
  const slots = limits.hops.at(-1)?.serviceSlots;
  const [member] = chain.hops.at(-1)?.members ?? [];
  const seat = member === undefined ? undefined : context.seatOf.get(member.listener);
  if (line?.patience === undefined || line.breakEven === undefined || seat === undefined || slots === undefined || "unbounded" in slots) return undefined;
  const pass = chain.hops.find((hop) => hop.pass?.readTimeout === line.patience);
  const proxy = pass === undefined ? undefined : chain.hops[chain.hops.indexOf(pass) - 1]?.members[0];
  const service: Service | undefined = proxy === undefined ? undefined : context.services.get(proxy.service);
  return { limits, line: { ...line, patience: line.patience, breakEven: line.breakEven }, seat, slots: slots.binding, who: service?.name ?? "the client" };
}

/** The service time is stated. */
function tooSlow(context: Context, { limits, line, seat, slots, who }: Subject, serviceTime: number): Draft | undefined {
  if (serviceTime <= line.breakEven.low) return undefined;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const on = serviceTime > line.breakEven.high ? hangsOn(slots) : (hangsOn(limits.settings) ?? "how much of the queue fills");
  const setting = slots.find(({ name }) => name === "workers") ?? slots[0];
  if (setting === undefined) return undefined;
  const { service, listener } = seat;
  const patience = intervalOf(line.patience, 0, assumptions).low;
  const to = enoughSlots(limits, setting, serviceTime, patience, context);
  const useful = usefulBacklog(limits, assumptions);
  const sockets = limits.chain.hops.at(-1)?.members.length ?? 1;
  const waits = `the last in line is answered after ${roundsText(line)}`;
  const effect = to === undefined ? undefined : tryWhatIf({ limits }, setting.id, to, assumptions);
  return {
    rule: "queue-wait-exceeds-timeout",
    severity: on === undefined ? "warning" : "note",
    certainty: on === undefined ? { kind: "certain" } : { kind: "conditional", on },
    message: `When the queue of ${service.name} is full, ${waits} of ${seconds(serviceTime)}, ${howLong(line, serviceTime)}; ${who} gives up after ${seconds(patience)}.`,
    locations: distinct([
      { role: "primary", origin: setting.value.origin.kind === "default" ? service.origin : setting.value.origin, label: `above ${seconds(line.breakEven.low)} a request, ${who} gives up first` },
      ...related(listener.backlog.requested.origin, "how long the queue can get"),
      ...related(line.patience.origin, `${who} waits this long`),
    ]),
    why: [`what serves: ${slots.map(nameAndPlace).join(", ")}`, `how many wait: backlog ${listener.backlog.requested.text ?? range(intervalOf(listener.backlog.requested, 0, assumptions))} (${placeOf(listener.backlog.requested.origin)})`, `break-even: ${seconds(line.breakEven.low)} a request`],
    change: [
      ...(to === undefined ? [] : [`${setting.name} to ${String(to)}, where that much work really runs in parallel: then the last in line is still in time`]),
      ...(useful === undefined || useful < 1 ? [] : [`${to === undefined ? "" : "or "}a backlog of ${String(useful)}${sockets > 1 ? ` on each of ${String(sockets)} sockets` : ""}: whoever comes after that many is ${unixPath(listener) === undefined ? "not let in before there is room" : "refused at once, and may try elsewhere"}, and nobody is let in to wait in vain`]),
      `${to === undefined && (useful === undefined || useful < 1) ? "" : "or "}let a request take less time`,
    ],
    leave: ["a longer backlog: everybody it adds waits in vain"],
    matters: "Once the queue fills: after a burst, a pause or a restart.",
    whatIfs: effect === undefined ? [] : [effect],
    setting: settingKey(setting.value.origin, setting.id),
    service: service.id,
    listener: listener.id,
    chain: limits.chain.id,
    term: waits,
  };
}

/** Nobody said how long a request takes; somebody asked for a longer queue than any stated demand needs. */
function tooLongForAny(context: Context, { limits, line, seat, slots, who }: Subject): Draft | undefined {
  const { service, listener } = seat;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const { requested } = listener.backlog;
  const demand = demandOn(context, seat, backlogId(seat));
  const needed = Math.max(demand.floor, demand.burst ?? 0);
  const backlog = intervalOf(requested, 0, assumptions);
  const held = "unbounded" in limits.spreadOut ? Infinity : limits.spreadOut.value.high;
  const inForce = Math.min(backlog.low < 0 ? Infinity : backlog.low, intervalOf(listener.somaxconn, 0, assumptions).low, held - 1);
  // As long as the server's own default is nobody's choice, even where somebody wrote it down.
  if (!isStated(requested) || listener.backlog.reading !== "explicit" || inForce <= Math.max(needed, listener.backlog.serverDefault) || !Number.isFinite(line.serviceTimes.high)) return undefined;
  const breakEven = seconds(line.breakEven.low);
  const patience = seconds(intervalOf(line.patience, 0, assumptions).low);
  return {
    rule: "queue-wait-exceeds-timeout",
    severity: "note",
    certainty: { kind: "conditional", on: `requests taking longer than ${breakEven}` },
    message: `When this queue is full, the last in line is answered after ${roundsText(line)}: above ${breakEven} a request, ${who} gives up first (${patience}).`,
    locations: distinct([
      { role: "primary", origin: requested.origin, label: `above ${breakEven} a request, the end of this queue waits in vain` },
      ...slots.flatMap(({ name, value }) => related(value.origin, name)),
      ...related(line.patience.origin, `${who} waits this long`),
    ]),
    why: [`what serves: ${slots.map(nameAndPlace).join(", ")}`, `how long anybody waits: ${patience} (${placeOf(line.patience.origin)})`],
    change: [`nothing, where a request takes less than ${breakEven}; otherwise a backlog no longer than is answered in time: state --service-time, and its number follows`],
    leave: [],
    matters: "Once the queue fills: after a burst, a pause or a restart.",
    whatIfs: [],
    setting: settingKey(requested.origin, backlogId(seat)),
    service: service.id,
    listener: listener.id,
    chain: limits.chain.id,
    term: `a full queue is answered after ${roundsText(line)}: above ${breakEven} a request, ${who} gives up first`,
  };
}

function roundsText({ serviceTimes }: LastInLine): string {
  return serviceTimes.high === 1 ? "1 service time" : `${range(serviceTimes)} service times`;
}

function howLong({ serviceTimes: { low, high } }: LastInLine, serviceTime: number): string {
  if (low === high) return seconds(low * serviceTime);
  return Number.isFinite(high) ? `${seconds(low * serviceTime)} to ${seconds(high * serviceTime)}` : `${seconds(low * serviceTime)} or more`;
}

/** The least number of one setting with which the last of a full queue is in time; undefined where none is. */
function enoughSlots(limits: ChainLimits, setting: Setting, serviceTime: number, patience: number, context: Context): number | undefined {
  const hop = limits.hops.at(-1);
  if (hop === undefined || "unbounded" in hop.serviceSlots || "unbounded" in hop.spreadOut) return undefined;
  const [slots, held] = [hop.serviceSlots.expression, hop.spreadOut.expression];
  if (!settingsOf(slots).some(({ id }) => id === setting.id)) return undefined;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const inTime = (to: number): boolean => {
    const change = new Map([[setting.id, to]]);
    const parallel = evaluate(slots, assumptions, change).low;
    return parallel > 0 && Math.ceil(evaluate(held, assumptions, change).high / parallel) * serviceTime <= patience;
  };
  let high = 1;
  while (high < 100_000 && !inTime(high)) high *= 2;
  if (!inTime(high)) return undefined;
  let low = Math.floor(high / 2) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (inTime(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}
