import type { SimpleValue, Sourced } from "@audit-backlog/model";
import { mapValue } from "./data.ts";

/** A text as a number by `read`; what it can't make one of is known only at run time. */
export function numberOf(sourced: Sourced<string>, read: (text: string) => number | undefined): Sourced<number> {
  const convert = (text: string): SimpleValue<number> => {
    const number = read(text);
    return number === undefined ? { kind: "dynamic" } : { kind: "exact", value: number };
  };
  return { ...sourced, value: mapValue(sourced.value, convert, (unknown) => unknown) };
}

/** A whole number as YAML and Compose write it. */
export function integer(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Zero or more, with a fraction: CPUs. */
export function decimal(text: string): number | undefined {
  return /^\d{1,12}(?:\.\d{0,12})?$|^\.\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, "µs": 1e-6, "μs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * A duration in seconds: `1m30s`, `500ms`. Go's time.ParseDuration, with the days and weeks that Compose adds
 * (compose-go types/duration.go).
 */
export function duration(text: string): number | undefined {
  const plain = text.trim();
  if (plain === "0") return 0;
  if (plain === "" || plain.length > 60 || !/^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/.test(plain)) return undefined;
  let seconds = 0;
  for (const [, number, unit] of plain.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w)/g)) seconds += Number(number) * (units[unit ?? ""] ?? NaN);
  return Number(seconds.toPrecision(12));
}
