import { evaluate, type ChainLimits, type Interval, type Setting } from "@audit-backlog/model";
import { certaintyBelow } from "../certainty.ts";
import { assumptionsFor, type Context } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveSustained } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { seconds } from "../seconds.ts";
import { settingKey } from "../values.ts";
import { nameAndPlace, range, tryWhatIf } from "../what-if.ts";

export const sustainedOverload: Rule = {
  id: "sustained-overload",
  summary: "more requests a second than are served: any backlog overflows",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: ["queue-wait-exceeds-timeout", "workers-from-host-cpus"],
  docs: {
    why: "You stated how many requests arrive a second and how long one takes (--arrival-rate, --service-time). The workers serve fewer. The queue grows by the difference, second by second, and overflows whatever its length: a longer one only makes everybody wait longer first.",
    fires: { file: "shell", language: "sh", text: "audit-backlog --arrival-rate 100 --service-time 40ms .  # workers = 2: 50 a second" },
    quiet: { file: "shell", language: "sh", text: "audit-backlog --arrival-rate 40 --service-time 40ms .   # workers = 2: 50 a second" },
  },
  check: (context) => context.limits.flatMap((limits) => judge(context, limits) ?? []),
  proof: proveSustained,
};

function judge(context: Context, limits: ChainLimits): Draft | undefined {
  const assumptions = assumptionsFor(context.options, limits.chain);
  const { arrivalRate, serviceTime } = assumptions;
  const { sustained, chain } = limits;
  const hop = chain.hops.at(-1);
  const slots = limits.hops.at(-1)?.serviceSlots;
  if (arrivalRate === undefined || serviceTime === undefined || sustained?.overflowsAfter === undefined || hop === undefined || slots === undefined || "unbounded" in slots) return undefined;
  const needed = Math.ceil(arrivalRate * serviceTime);
  const certainty = certaintyBelow(slots, needed, assumptions);
  const [member] = hop.members;
  const service = member === undefined ? undefined : context.services.get(member.service);
  const setting = slots.binding.find(({ name }) => name === "workers") ?? slots.binding[0];
  if (certainty === undefined || member === undefined || service === undefined || setting === undefined || !context.seatOf.has(member.listener)) return undefined;
  const to = enough(slots, setting, needed, (change) => evaluate(slots.expression, assumptions, change).low);
  const effect = to === undefined ? undefined : tryWhatIf({ limits }, setting.id, to, assumptions);
  const overflow = `${String(arrivalRate)} requests a second that take ${seconds(serviceTime)} each keep ${String(needed)} service slots busy; ${service.name} has ${range(slots.value)}`;
  return {
    rule: "sustained-overload",
    severity: certainty.kind === "certain" ? "warning" : "note",
    certainty,
    message: `${overflow}: the queue overflows ${after(sustained.overflowsAfter)}, however long it is.`,
    locations: distinct([
      { role: "primary", origin: setting.value.origin.kind === "default" ? service.origin : setting.value.origin, label: `serves ${perSecond(sustained.capacity)} requests a second` },
      ...slots.binding.flatMap(({ name, value }) => related(value.origin, name)),
    ]),
    why: [`what serves: ${slots.binding.map(nameAndPlace).join(", ")}: ${perSecond(sustained.capacity)} requests a second`, `what arrives: ${String(arrivalRate)} requests a second`],
    change: [
      ...(to === undefined ? [] : [`${setting.name} to ${String(to)}: enough for ${String(arrivalRate)} a second, where the machine can really do that much in parallel`]),
      "or make a request take less time, or turn requests away early (limit_req, limit_conn, a load balancer's own limit)",
    ],
    leave: ["a longer backlog is no way out: it puts the overflow off and makes every client wait longer before it"],
    matters: "At the stated rate, for as long as it lasts.",
    whatIfs: effect === undefined ? [] : [effect],
    setting: settingKey(setting.value.origin, setting.id),
    service: service.id,
    listener: member.listener,
    chain: chain.id,
    term: overflow,
  };
}

/** The least number of one setting that gives as many slots; undefined where it alone never does. */
function enough(slots: { readonly value: Interval }, setting: Setting, needed: number, slotsWith: (change: ReadonlyMap<string, number>) => number): number | undefined {
  const most = 100_000;
  const give = (to: number): number => slotsWith(new Map([[setting.id, to]]));
  if (slots.value.low >= needed || give(most) < needed) return undefined;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (give(middle) >= needed) high = middle;
    else low = middle + 1;
  }
  return low;
}

function after({ low, high }: Interval): string {
  if (low === high) return `${seconds(low)} after the load begins`;
  return Number.isFinite(high) ? `${seconds(low)} to ${seconds(high)} after the load begins` : `${seconds(low)} after the load begins, or later`;
}

function perSecond({ low, high }: Interval): string {
  const shown = (value: number): string => (Number.isFinite(value) ? String(Math.round(value * 10) / 10) : "any number of");
  return low === high ? shown(low) : `${shown(low)} to ${shown(high)}`;
}
