import type { FileOrigin, Origin, Range, SimpleValue, Sourced, Value } from "@audit-backlog/model";

/** What a leaf of a configuration file can hold; `undefined` counts as `null`. */
export type Scalar = string | number | boolean | null;

/** A configuration file's content, read without running it. `open`: there may be more in it than is listed. */
export type Data =
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, Data>; readonly open: boolean; readonly range: Range }
  | { readonly kind: "array"; readonly items: readonly Data[]; readonly open: boolean; readonly range: Range }
  | ScalarData;

export interface ScalarData {
  readonly kind: "scalar";
  readonly value: Value<Scalar>;
  readonly range: Range;
  readonly text: string;
  /** Constants' declarations it came through. */
  readonly via: readonly Range[];
}

/** The member at `path`; undefined where there is none. */
export function memberOf(data: Data | undefined, path: readonly string[]): Data | undefined {
  let at = data;
  for (const key of path) at = at?.kind === "object" ? at.entries.get(key) : undefined;
  return at;
}

export function fileOrigin(file: string, range: Range): FileOrigin {
  return { kind: "file", file, range };
}

/** A leaf with its place in `file`. */
export function sourcedOf(file: string, data: ScalarData): Sourced<Scalar> {
  const via: readonly Origin[] = data.via.map((range) => fileOrigin(file, range));
  return { value: data.value, origin: fileOrigin(file, data.range), text: data.text, ...(via.length > 0 ? { via } : {}) };
}

/** Applies a pure function to everything a value can be; formulas and run-time values go through `others`. */
export function mapValue<A, B>(value: Value<A>, map: (known: A) => SimpleValue<B>, others: (unknown: UnknownValue) => SimpleValue<B>): Value<B> {
  if (value.kind === "oneOf") return { kind: "oneOf", options: value.options.map(({ value: option, when }) => ({ value: mapSimple(option, map, others), when })) };
  return mapSimple(value, map, others);
}

export type UnknownValue = Extract<SimpleValue<never>, { kind: "formula" | "dynamic" }>;

function mapSimple<A, B>(value: SimpleValue<A>, map: (known: A) => SimpleValue<B>, others: (unknown: UnknownValue) => SimpleValue<B>): SimpleValue<B> {
  if (value.kind === "formula" || value.kind === "dynamic") return others(value);
  const mapped = map(value.value);
  // What is made of an assumption stays one.
  if (value.kind === "assumed" && mapped.kind === "exact") return { ...value, value: mapped.value };
  return mapped;
}
