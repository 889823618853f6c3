import type { Sourced, Value } from "@audit-backlog/model";
import type { YamlValue } from "./yaml-tree.ts";

/** Where a scalar stands and what it says; `parse` gives undefined for what is no such value, which is then unknown. */
export function sourced<T>(value: YamlValue, parse: (text: string) => T | undefined): Sourced<T> {
  const { origin, via } = value.place;
  return { value: parsed(value.known, parse), origin, text: value.written, ...(via.length === 0 ? {} : { via }) };
}

function parsed<T>(known: Value<string>, parse: (text: string) => T | undefined): Value<T> {
  if (known.kind !== "exact" && known.kind !== "assumed") return { kind: "dynamic" };
  const value = parse(known.value);
  return value === undefined ? { kind: "dynamic" } : { ...known, value };
}

/** What holds where nothing is written. `source` says where that is documented. */
export function unwritten<T>(value: T, source: string): Sourced<T> {
  return { value: { kind: "assumed", value }, origin: { kind: "default", of: "Kubernetes", source } };
}

/** Decimal digits, as JSON's integers are; undefined for anything else. */
export function integer(text: string): number | undefined {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Any text. */
export function words(text: string): string {
  return text;
}
