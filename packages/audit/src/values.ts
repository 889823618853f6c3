import type { Address, Origin, SimpleValue, Sourced } from "@audit-backlog/model";
import { evaluateFormula, possibilities } from "@audit-backlog/model";

/** One number that a setting can have, and what must be so for that. */
export interface Case {
  readonly value: number;
  /** The file's own words for the branch that gives it: "if DEBUG". */
  readonly when?: string;
  /** The environment variable that must be unset for it. */
  readonly variable?: string;
}

export interface Cases {
  readonly known: readonly Case[];
  /** Whether there is no other value that we do not know. */
  readonly complete: boolean;
}

/** Every number that is known for a setting. A formula of the CPU count counts only where the user stated it. */
export function casesOf(sourced: Sourced<number>, cpus?: number): Cases {
  const { value } = sourced;
  if (value.kind !== "oneOf") {
    const one = simpleCase(value, cpus);
    return one === undefined ? { known: [], complete: false } : { known: [one], complete: true };
  }
  const known: Case[] = [];
  for (const option of value.options) {
    const one = simpleCase(option.value, cpus);
    if (one !== undefined) known.push({ ...one, when: option.when });
  }
  return { known, complete: known.length === value.options.length };
}

function simpleCase(value: SimpleValue<number>, cpus: number | undefined): Case | undefined {
  switch (value.kind) {
    case "exact":
      return { value: value.value };
    case "assumed":
      return value.variable === undefined ? { value: value.value } : { value: value.value, variable: value.variable };
    case "formula": {
      const result = cpus === undefined ? NaN : evaluateFormula(value.formula, cpus);
      return Number.isNaN(result) ? undefined : { value: result };
    }
    case "dynamic":
      return undefined;
  }
}

/** The value where there is exactly one and nothing in the environment changes it. */
export function onlyValue(sourced: Sourced<number>, cpus?: number): number | undefined {
  const { known, complete } = casesOf(sourced, cpus);
  const [first, second] = known;
  return complete && first !== undefined && second === undefined && first.variable === undefined ? first.value : undefined;
}

/** Whether a person stated it: in a file, on our command line, or the machine itself did. */
export function isStated(sourced: Sourced<unknown>): boolean {
  return sourced.origin.kind !== "default";
}

/** The condition of a case as one clause, for `Finding.certainty.on`; undefined when it holds anyway. */
export function conditionOf(one: Case): string | undefined {
  const parts: string[] = [];
  if (one.when !== undefined) parts.push(`the branch "${one.when}"`);
  if (one.variable !== undefined) parts.push(`${one.variable} being unset`);
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** `64`, `64 (if DEBUG)`, `64 (unless BACKLOG says otherwise)`. */
export function describeCase(one: Case): string {
  const notes: string[] = [];
  if (one.when !== undefined) notes.push(one.when);
  if (one.variable !== undefined) notes.push(`unless ${one.variable} says otherwise`);
  return notes.length === 0 ? String(one.value) : `${String(one.value)} (${notes.join(", ")})`;
}

/** `gunicorn.conf.py:3`, `gunicorn's default`, `--somaxconn`, `/proc/...`. */
export function placeOf(origin: Origin): string {
  switch (origin.kind) {
    case "file":
      return `${origin.file}:${String(origin.range.start.line)}`;
    case "default":
      return `${origin.of}'s default`;
    case "option":
      return origin.flag;
    case "host":
      return origin.path;
  }
}

/**
 * What a finding counts as one setting: the place that a user edits. Two sockets that take their backlog from one
 * line are one setting; without a place it is the setting of that one listener or service (`fallback`).
 */
export function settingKey(origin: Origin, fallback: string): string {
  switch (origin.kind) {
    case "file":
      return `${origin.file}:${String(origin.range.start.offset)}`;
    case "option":
      return `option:${origin.flag}`;
    case "host":
      return `host:${origin.path}`;
    case "default":
      return fallback;
  }
}

/** Every address that a listener is known to be able to have. */
export function possibleAddresses({ value }: Sourced<Address>): readonly Address[] {
  return possibilities(value).flatMap((one) => ("value" in one ? [one.value] : []));
}
