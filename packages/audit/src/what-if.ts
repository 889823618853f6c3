import type { Assumptions, ChainLimits, Interval, Setting, WhatIf } from "@audit-backlog/model";
import { bindingSettings, evaluate } from "@audit-backlog/model";
import type { Step } from "./context.ts";
import { casesOf, describeCase, placeOf, settingKey } from "./values.ts";

type Placed = Pick<Step, "limits">;

/** A chain's setting by its id. */
export function settingIn(step: Placed | undefined, id: string): Setting | undefined {
  return step?.limits.settings.find((setting) => setting.id === id);
}

/**
 * What setting `id` to `to` does to the chain; undefined where the setting takes no part in it. Settings that stand at
 * the same place (one backlog for two sockets, one --somaxconn for all) are changed together, as an editor would.
 */
export function tryWhatIf(step: Placed | undefined, id: string, to: number, assumptions: Assumptions): WhatIf | undefined {
  const setting = settingIn(step, id);
  if (step === undefined || setting === undefined) return undefined;
  const { sureAtOnce, spreadOut, settings } = step.limits;
  const key = settingKey(setting.value.origin, setting.id);
  const changed = settings.filter(({ id: other, name, value }) => name === setting.name && settingKey(value.origin, other) === key);
  const change = new Map(changed.map((one) => [one.id, to]));
  return {
    setting,
    to,
    sureAtOnce: { before: sureAtOnce.value, after: evaluate(sureAtOnce.expression, assumptions, change) },
    spreadOut: "unbounded" in spreadOut ? spreadOut : { before: spreadOut.value, after: evaluate(spreadOut.expression, assumptions, change) },
    thenBinds: bindingSettings(sureAtOnce.expression, assumptions, change),
  };
}

/** Larger than every number that a kernel or server takes. */
const veryLarge = 2 ** 31 - 1;

/** The most that the chain can be sure to hold however large all of these settings get. */
export function nextLimitPast(limits: ChainLimits, settings: readonly Setting[], assumptions: Assumptions): number {
  return evaluate(limits.sureAtOnce.expression, assumptions, new Map(settings.map(({ id }) => [id, veryLarge]))).high;
}

/** The same for one setting; what is not known of the other terms does not bound it. */
export function nextLimit(step: Placed | undefined, id: string, assumptions: Assumptions): number {
  return tryWhatIf(step, id, veryLarge, assumptions)?.sureAtOnce.after.high ?? Infinity;
}

/** Whether raising that setting alone, as far as it goes, lets the chain hold more. */
export function helpsAlone(step: Placed, id: string, assumptions: Assumptions): boolean {
  const effect = tryWhatIf(step, id, veryLarge, assumptions);
  if (effect === undefined) return false;
  const { before, after } = effect.sureAtOnce;
  return after.low > before.low || after.high > before.high;
}

/** `65`, `65 to 73`, `at least 65`. */
export function range({ low, high }: Interval): string {
  if (low === high) return Number.isFinite(low) ? String(low) : "no bound";
  return Number.isFinite(high) ? `${String(low)} to ${String(high)}` : `at least ${String(low)}`;
}

/** "backlog 64 → 512: all at once 65 → 511; then worker_connections 1024 (nginx.conf:3) binds". */
export function sentence(change: WhatIf): string {
  const next = [...new Set(change.thenBinds.map(nameAndPlace).filter((text) => text !== nameAndPlace(change.setting)))];
  const binds = next.length === 0 ? "" : `; then ${next.join(" and ")} ${next.length === 1 ? "binds" : "bind"}`;
  return `${effectOf(change)}${binds}`;
}

/** "workers 8 → 16: all at once 65 → 65, spread out 73 → 81". */
export function effectOf({ setting, sureAtOnce, spreadOut, to }: WhatIf): string {
  const parts = [`all at once ${range(sureAtOnce.before)} → ${range(sureAtOnce.after)}`];
  if (!("unbounded" in spreadOut)) parts.push(`spread out ${range(spreadOut.before)} → ${range(spreadOut.after)}`);
  return `${setting.name} ${valueText(setting)} → ${String(to)}: ${parts.join(", ")}`;
}

/** "worker_connections 1024 (nginx.conf:3)". */
export function nameAndPlace(setting: Setting): string {
  return `${setting.name} ${valueText(setting)} (${placeOf(setting.value.origin)})`;
}

function valueText(setting: Setting): string {
  const { known } = casesOf(setting.value);
  return known.length === 0 ? (setting.value.text ?? "as it is") : known.map(describeCase).join(", ");
}

/** What a change does to the chain in which it buys most, and a line for every chain that it binds now. */
export function bestEffect<T extends Placed>(steps: readonly T[], id: string, to: number, assumptions: Assumptions): { readonly step: T; readonly effect: WhatIf; readonly lines: readonly string[] } | undefined {
  const effects = steps.flatMap((step) => {
    const effect = tryWhatIf(step, id, to, assumptions);
    return effect === undefined ? [] : [{ step, effect, gain: effect.sureAtOnce.after.low - effect.sureAtOnce.before.low }];
  });
  const best = effects.reduce<(typeof effects)[number] | undefined>((most, next) => (most === undefined || next.gain > most.gain ? next : most), undefined);
  if (best === undefined) return undefined;
  const bound = effects.filter((one) => one !== best && (one.gain > 0 || one.step.limits.sureAtOnce.binding.some((setting) => setting.id === id)));
  const others = bound.map(({ effect }) => sentence(effect));
  return { step: best.step, effect: best.effect, lines: [...new Set([sentence(best.effect), ...others])] };
}
