import { formulaRange, formulaText } from "./formula.ts";
import type { Assumptions, Interval } from "./limit-types.ts";
import type { SimpleValue, Sourced, Value } from "./provenance.ts";

/** A value that the files state. */
export function exact<T>(value: T): { readonly kind: "exact"; readonly value: T } {
  return { kind: "exact", value };
}

/** A default, or the fallback beside an environment variable. */
export function assumed<T>(value: T, variable?: string): { readonly kind: "assumed"; readonly value: T; readonly variable?: string } {
  return variable === undefined ? { kind: "assumed", value } : { kind: "assumed", value, variable };
}

/** A value that only the running program knows. */
export function dynamic(variable?: string): { readonly kind: "dynamic"; readonly variable?: string } {
  return variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable };
}

/** Nothing was written: the default of `of` ("gunicorn"), documented at `source`. */
export function defaulted<T>(value: T, of: string, source: string): Sourced<T> {
  return { value: assumed(value), origin: { kind: "default", of, source } };
}

/**
 * The numbers that a value can be. A formula is computed for the stated number of CPUs, else for 1 CPU and
 * upwards. What is known only at run time lies between `least` and Infinity.
 */
export function intervalOf(sourced: Sourced<number>, least: number, assumptions: Assumptions): Interval {
  const { value } = sourced;
  if (value.kind !== "oneOf") return simpleInterval(value, least, assumptions);
  const intervals = value.options.map((option) => simpleInterval(option.value, least, assumptions));
  if (intervals.length === 0) return { low: least, high: Infinity };
  return { low: lowest(intervals.map(({ low }) => low)), high: highest(intervals.map(({ high }) => high)) };
}

function simpleInterval(value: SimpleValue<number>, least: number, { cpus }: Assumptions): Interval {
  switch (value.kind) {
    case "exact":
    case "assumed":
      return { low: value.value, high: value.value };
    case "formula": {
      const range = formulaRange(value.formula, { low: cpus ?? 1, high: cpus ?? Infinity });
      if (Number.isNaN(range.low)) return { low: least, high: Infinity };
      return { low: Math.max(least, range.low), high: Math.max(least, range.high) };
    }
    case "dynamic":
      return { low: least, high: Infinity };
  }
}

/** The values as a list: all options of a conditional, or the one value. */
export function possibilities<T>(value: Value<T>): readonly SimpleValue<T>[] {
  return value.kind === "oneOf" ? value.options.map((option) => option.value) : [value];
}

/** A value in plain words: "64", "2 × CPUs + 1", "64 if DEBUG, else 512", "$WORKERS". */
export function describeValue<T>(value: Value<T>, show: (value: T) => string = String): string {
  if (value.kind !== "oneOf") return describeSimple(value, show);
  return value.options
    .map((option) => {
      const shown = describeSimple(option.value, show);
      return option.when === "else" ? `else ${shown}` : `${shown} ${option.when}`;
    })
    .join(", ");
}

function describeSimple<T>(value: SimpleValue<T>, show: (value: T) => string): string {
  switch (value.kind) {
    case "exact":
      return show(value.value);
    case "assumed":
      return unlessSet(show(value.value), value.variable);
    case "formula":
      return unlessSet(formulaText(value.formula), value.variable);
    case "dynamic":
      return value.variable === undefined ? "known only at run time" : `$${value.variable}`;
  }
}

function unlessSet(shown: string, variable: string | undefined): string {
  return variable === undefined ? shown : `${shown} unless ${variable.includes(".") ? variable : `$${variable}`} is set`;
}

/** Math.min without the limit that a call's argument count sets. */
function lowest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}
