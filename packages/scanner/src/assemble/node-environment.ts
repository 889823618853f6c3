import type { Literal } from "@audit-backlog/listen-calls";
import type { Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { Settled } from "./node-graph.ts";
import type { Start } from "./node-programs.ts";

/** More than this many cases are as good as unknown. */
const maxCases = 8;

interface Case {
  readonly value: SimpleValue<Literal>;
  readonly when: string;
  readonly origin?: Origin;
}

/**
 * Puts what the ways to start a program say of an environment variable in the place of its fallback. Cases that
 * differ stay side by side, each with who starts it.
 */
export function inEnvironment(settled: Settled, starts: readonly Start[]): Settled {
  const { value } = settled;
  if ((value.kind !== "assumed" && value.kind !== "dynamic") || value.variable === undefined || !isVariableAlone(settled.text)) return settled;
  const cases = starts.flatMap((start) => casesIn(start, value.variable ?? "", value));
  if (cases.every(({ origin }) => origin === undefined)) return settled;
  const distinct = [...new Map(cases.map((one) => [JSON.stringify(one.value), one])).values()];
  const [first] = distinct;
  if (first === undefined || distinct.length > maxCases) return { ...settled, value: { kind: "dynamic", variable: value.variable } };
  const origins = distinct.flatMap(({ origin }) => (origin === undefined ? [] : [origin]));
  const [origin = settled.origin] = origins;
  const via = [...origins.slice(1), settled.origin, ...settled.via];
  if (distinct.length === 1) return { ...settled, value: first.value, origin, via };
  const options = distinct.map(({ value: option, when }) => ({ value: option, when }));
  return { ...settled, value: { kind: "oneOf", options }, via: [...origins, ...settled.via] };
}

function casesIn(start: Start, variable: string, fallback: SimpleValue<Literal>): readonly Case[] {
  const base = start.environment.get(variable);
  const cases: Case[] = base === undefined ? [{ value: fallback, when: `in ${start.holder}` }] : casesOf(base, `in ${start.holder}`);
  for (const [name, environment] of start.environments) {
    const other = environment.get(variable);
    if (other !== undefined) cases.push(...casesOf(other, `with --env ${name}`));
  }
  return cases;
}

function casesOf(sourced: Sourced<string>, when: string): Case[] {
  const { value, origin } = sourced;
  if (value.kind === "oneOf") return value.options.map((option) => ({ value: option.value, when: `${when}, ${option.when}`, origin }));
  return [{ value, when, origin }];
}

/** Whether an expression is a variable with at most a fallback and a conversion, so that its value is the variable's. */
function isVariableAlone(text: string): boolean {
  return !/[-*/%`]|[\w)\]"']\s*\+/.test(text.replace(/(["'])[^"'\\\n]*\1/g, '""'));
}

/** A value in another type; what can't be converted is known only at run time. */
export function convert<T>(value: Value<Literal>, to: (known: Literal) => T | undefined): Value<T> {
  if (value.kind === "oneOf") return { kind: "oneOf", options: value.options.map((option) => ({ ...option, value: convertSimple(option.value, to) })) };
  return convertSimple(value, to);
}

export function convertSimple<T>(value: SimpleValue<Literal>, to: (known: Literal) => T | undefined): SimpleValue<T> {
  if (value.kind === "formula" || value.kind === "dynamic") return value;
  const converted = to(value.value);
  return converted === undefined ? { kind: "dynamic" } : { ...value, value: converted };
}
