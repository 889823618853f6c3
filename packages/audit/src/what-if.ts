import type { Assumptions, Interval, Setting, WhatIf } from "@audit-backlog/model";
import { whatIf } from "@audit-backlog/model";
import type { Step } from "./context.ts";
import { describeCase, casesOf, placeOf } from "./values.ts";

type Placed = Pick<Step, "limits">;

/** A chain's setting by its id. */
export function settingIn(step: Placed | undefined, id: string): Setting | undefined {
  return step?.limits.settings.find((setting) => setting.id === id);
}

/** What setting `id` to `to` does to the chain; undefined where the setting takes no part in it. */
export function tryWhatIf(step: Placed | undefined, id: string, to: number, assumptions: Assumptions): WhatIf | undefined {
  const setting = settingIn(step, id);
  return step === undefined || setting === undefined ? undefined : whatIf(step.limits, setting, to, assumptions);
}

/** The most that the chain is sure to hold however large that setting gets; Infinity where nothing else bounds it. */
export function nextLimit(step: Placed | undefined, id: string, assumptions: Assumptions): number {
  return tryWhatIf(step, id, 2 ** 31 - 1, assumptions)?.sureAtOnce.after.low ?? Infinity;
}

/** `65`, `65 to 73`, `at least 65`. */
export function range({ low, high }: Interval): string {
  if (low === high) return Number.isFinite(low) ? String(low) : "no bound";
  return Number.isFinite(high) ? `${String(low)} to ${String(high)}` : `at least ${String(low)}`;
}

/** "backlog 64 → 512: all at once 65 → 511, then worker_connections binds". */
export function sentence(change: WhatIf): string {
  const { setting, sureAtOnce, spreadOut, to } = change;
  const parts = [`all at once ${range(sureAtOnce.before)} → ${range(sureAtOnce.after)}`];
  if (!("unbounded" in spreadOut)) parts.push(`spread out ${range(spreadOut.before)} → ${range(spreadOut.after)}`);
  const next = [...new Set(change.thenBinds.filter(({ id }) => id !== setting.id).map(nameAndPlace))];
  const binds = next.length === 0 ? "" : `; then ${next.join(" and ")} ${next.length === 1 ? "binds" : "bind"}`;
  return `${setting.name} ${valueText(setting)} → ${String(to)}: ${parts.join(", ")}${binds}`;
}

/** "worker_connections 1024 (nginx.conf:3)". */
export function nameAndPlace(setting: Setting): string {
  return `${setting.name} ${valueText(setting)} (${placeOf(setting.value.origin)})`;
}

function valueText(setting: Setting): string {
  const { known } = casesOf(setting.value);
  return known.length === 0 ? (setting.value.text ?? "as it is") : known.map(describeCase).join(", ");
}
