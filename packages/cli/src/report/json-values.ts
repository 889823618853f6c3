import type { Address, FileProblem, Origin, Range, Sourced } from "@audit-backlog/model";
import { describeValue } from "@audit-backlog/model";
import { addressText } from "./words.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export function rangeJson({ start, end }: Range): Json {
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}

export function originJson(origin: Origin): Json {
  switch (origin.kind) {
    case "file":
      return { kind: "file", file: origin.file, range: rangeJson(origin.range) };
    case "default":
      return { kind: "default", of: origin.of, source: origin.source };
    case "option":
      return { kind: "option", flag: origin.flag };
    case "host":
      return { kind: "host", path: origin.path };
  }
}

export function problemJson({ file, range, reason }: FileProblem): Json {
  return { file, range: range === undefined ? undefined : rangeJson(range), reason };
}

/** `certainty` is the kind of value; `description` says it in words, whatever kind it is. `say` has the words for one. */
export function sourcedJson<T>(sourced: Sourced<T>, show: (value: T) => Json, say: (value: T) => string): Json {
  const { value } = sourced;
  return {
    certainty: value.kind,
    value: value.kind === "exact" || value.kind === "assumed" ? show(value.value) : undefined,
    options:
      value.kind === "oneOf"
        ? value.options.map((option) => ({
            value: option.value.kind === "exact" || option.value.kind === "assumed" ? show(option.value.value) : null,
            certainty: option.value.kind,
            when: option.when,
          }))
        : undefined,
    variable: value.kind === "assumed" || value.kind === "dynamic" ? value.variable : undefined,
    description: describeValue(value, say),
    text: sourced.text,
    origin: originJson(sourced.origin),
    via: sourced.via?.map(originJson),
  };
}

export function plainJson(sourced: Sourced<string | number | boolean>): Json {
  return sourcedJson(sourced, (value) => value, String);
}

export function addressJson(sourced: Sourced<Address>): Json {
  return sourcedJson(sourced, (address) => ({ ...address }), addressText);
}
