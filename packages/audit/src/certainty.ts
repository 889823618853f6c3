import type { Assumptions, Limit, Setting } from "@audit-backlog/model";
import { evaluate, possibilities, settingsOf } from "@audit-backlog/model";
import type { Finding } from "./finding.ts";

/** Larger than every number that a kernel or server takes. */
const unbounded = 2 ** 31 - 1;

/**
 * Whether a limit is below a count: for certain, on a condition, or (undefined) not as far as is known. A value known
 * only at run time claims nothing; an assumed one that could be larger in truth makes a condition.
 */
export function certaintyBelow(limit: Limit, count: number, assumptions: Assumptions): Finding["certainty"] | undefined {
  const { low, high } = limit.value;
  if (low >= count || limit.binding.some(isDynamic)) return undefined;
  if (high >= count) {
    const unsure = limit.binding.filter(isUnsure);
    return unsure.length > 0 ? { kind: "conditional", on: unsure.map(unsureText).join(" and ") } : undefined;
  }
  const open = settingsOf(limit.expression).filter(mayRise);
  const raised = new Map(open.map(({ id }) => [id, unbounded]));
  if (evaluate(limit.expression, assumptions, raised).high < count) return { kind: "certain" };
  const named = limit.binding.filter(mayRise);
  return { kind: "conditional", on: [...new Set((named.length === 0 ? open : named).map(riseText))].join(" and ") };
}

/** What a result hangs on that other numbers of these settings would change: a clause, or undefined where they are settled. */
export function hangsOn(settings: readonly Setting[]): string | undefined {
  const clauses = settings.flatMap((setting) => (isDynamic(setting) || isUnsure(setting) ? [unsureText(setting)] : variablesOf(setting).map((variable) => `${variable} being unset`)));
  return clauses.length === 0 ? undefined : [...new Set(clauses)].join(" and ");
}

/** An unset somaxconn, or a fallback beside an environment variable: whoever runs it may set more. */
function mayRise(setting: Setting): boolean {
  return isAssumedSomaxconn(setting) || variablesOf(setting).length > 0;
}

function isAssumedSomaxconn({ name, value }: Setting): boolean {
  return name === "net.core.somaxconn" && value.origin.kind === "default";
}

function variablesOf({ value }: Setting): readonly string[] {
  return possibilities(value.value).flatMap((one) => (one.kind === "assumed" && one.variable !== undefined ? [one.variable] : []));
}

function riseText(setting: Setting): string {
  if (isAssumedSomaxconn(setting)) return assumedSomaxconnText(setting);
  return variablesOf(setting).map((variable) => `${variable} being unset`).join(" and ");
}

function assumedSomaxconnText({ value }: Setting): string {
  const numbers = possibilities(value.value).flatMap((one) => ("value" in one ? [String(one.value)] : []));
  return `net.core.somaxconn being ${numbers.join(" or ")}`;
}

function isUnsure({ value }: Setting): boolean {
  return value.value.kind === "oneOf" || value.value.kind === "formula";
}

function isDynamic({ value }: Setting): boolean {
  return possibilities(value.value).some(({ kind }) => kind === "dynamic");
}

function unsureText({ name, value }: Setting): string {
  return value.value.kind === "formula" ? "the number of CPUs" : `which ${name} is in force`;
}
