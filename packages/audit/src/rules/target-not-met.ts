import type { Assumptions, ChainLimits, Setting } from "@audit-backlog/model";
import { bindingSettings, evaluate } from "@audit-backlog/model";
import { certaintyBelow } from "../certainty.ts";
import { assumptionsFor, isRoundRobin, type Context } from "../context.ts";
import { clients } from "../judgement/small-backlog.ts";
import { distinct } from "../merge.ts";
import { proveByBurst } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { burstLocation, related } from "../seat.ts";
import { tooLate } from "../useful-backlog.ts";
import { placeOf, settingKey } from "../values.ts";
import { helpsAlone, nameAndPlace, nextLimit, nextLimitPast, range, sentence, tryWhatIf } from "../what-if.ts";

export const targetNotMet: Rule = {
  id: "target-not-met",
  summary: "a stated burst above what a chain is sure to hold",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: [],
  docs: {
    why: "You stated how many clients arrive at the same moment (--burst). This chain is sure to hold fewer, and no other rule has more to say about the setting that binds it.",
    fires: { file: "shell", language: "sh", text: "audit-backlog --burst 2000 .  # nginx: listen 80; asks for 511" },
    quiet: { file: "shell", language: "sh", text: "audit-backlog --burst 500 .   # nginx: listen 80; asks for 511" },
  },
  check: (context) => context.limits.flatMap((limits) => judge(context, limits) ?? []),
  proof: proveByBurst,
};

function judge(context: Context, limits: ChainLimits): Draft | undefined {
  const { floor } = context.options;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const { burst } = assumptions;
  const { sureAtOnce, chain } = limits;
  const setting = firstToRaise(limits, assumptions);
  if (burst === undefined || setting === undefined) return undefined;
  if (chain.hops.some(({ members }) => members.some(({ listener }) => !context.seatOf.has(listener)))) return undefined;
  const certainty = certaintyBelow(sureAtOnce, burst, assumptions);
  if (certainty === undefined) return undefined;

  const hop = chain.hops[sureAtOnce.hop];
  const member = hop?.members.find(({ listener, service }) => setting.id.startsWith(`${listener}/`) || setting.id.startsWith(`${service}/`)) ?? hop?.members[0];
  const service = member === undefined ? undefined : context.services.get(member.service);
  if (member === undefined || service === undefined) return undefined;
  const step = { limits };
  const next = nextLimit(step, setting.id, assumptions);
  // Where several terms are equally low one alone buys nothing: then all of them have to rise, up to what binds after them.
  const helps = helpsAlone(step, setting.id, assumptions);
  const most = helps ? next : nextLimitPast(limits, sureAtOnce.binding, assumptions);
  const isQueue = setting.name === "backlog" || setting.name === "net.core.somaxconn";
  // Whoever a longer queue lets in, in front or behind, waits for the same service slots.
  const late = isQueue ? tooLate(limits, assumptions, burst) : undefined;
  const effect = late === undefined ? tryWhatIf(step, setting.id, Math.max(floor, Math.min(burst, most - 1)), assumptions) : undefined;
  const others = sureAtOnce.binding.filter(({ id }) => id !== setting.id);
  const listener = context.seatOf.get(member.listener)?.listener;
  return {
    rule: "target-not-met",
    severity: certainty.kind === "conditional" || isRoundRobin(service) ? "note" : "warning",
    certainty,
    message: `A burst of ${String(burst)} is more than the ${clientsOf(sureAtOnce.value.low, sureAtOnce.value.high)} that this chain is sure to hold: ${setting.name} of ${service.name} binds.`,
    locations: distinct([
      { role: "primary", origin: setting.value.origin.kind === "file" ? setting.value.origin : (listener?.origin ?? service.origin), label: `${range(sureAtOnce.value)} clients at once` },
      ...others.flatMap(({ name, value }) => related(value.origin, `${name} binds as well`)),
      ...burstLocation(assumptions),
    ]),
    why: [`what binds: ${sureAtOnce.binding.map(nameAndPlace).join(", ")}`],
    change: [
      ...(effect !== undefined && helps ? [sentence(effect)] : []),
      ...(late === undefined ? [] : [late]),
      ...(helps || others.length === 0 || late !== undefined ? [] : [raiseTogether(limits, Math.max(floor, Math.min(burst, most - 1)), assumptions)]),
    ],
    leave: [],
    matters: `When ${String(burst)} clients arrive at the same moment, as stated.`,
    whatIfs: effect === undefined ? [] : [effect],
    setting: settingKey(setting.value.origin, setting.id),
    service: service.id,
    listener: member.listener,
    chain: chain.id,
    term: `a burst of ${String(burst)} is stated: more than ${range(sureAtOnce.value)} (${placeOf(setting.value.origin)})`,
  };
}

/** What equally low terms buy when all of them rise: `listen 80` and `listen [::]:80` are two sockets with a backlog each. */
function raiseTogether({ sureAtOnce }: ChainLimits, to: number, assumptions: Assumptions): string {
  const { binding, expression, value } = sureAtOnce;
  const names = [...new Set(binding.map(nameAndPlace))].join(" and ");
  const [first] = binding;
  if (first === undefined || binding.some(({ name }) => name !== first.name)) return `raise ${names} together: one alone changes nothing`;
  const change = new Map(binding.map(({ id }) => [id, to]));
  const after = evaluate(expression, assumptions, change);
  const next = [...new Set(bindingSettings(expression, assumptions, change).filter(({ id }) => !change.has(id)).map(nameAndPlace))];
  const binds = next.length === 0 ? "" : `; then ${next.join(" and ")} ${next.length === 1 ? "binds" : "bind"}`;
  return `raise ${names} on ${String(binding.length)} sockets together to ${String(to)} (one alone changes nothing): all at once ${range(value)} → ${range(after)}${binds}`;
}

/** One that buys something on its own; of several that are equally low the kernel's, as no backlog helps without it. */
function firstToRaise(limits: ChainLimits, assumptions: Assumptions): Setting | undefined {
  const { binding } = limits.sureAtOnce;
  const alone = binding.find(({ id }) => helpsAlone({ limits }, id, assumptions));
  return alone ?? binding.find(({ name }) => name === "net.core.somaxconn") ?? binding[0];
}

function clientsOf(low: number, high: number): string {
  return low === high ? clients(low) : `${range({ low, high })} clients`;
}
