import type { Formula, Origin } from "@audit-backlog/model";

/** A Python object whose value is known. ints are exact, however large. */
export type Constant =
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "str"; readonly value: string }
  | { readonly type: "none" }
  | { readonly type: "list" | "tuple"; readonly items: readonly Constant[] };

/** What is known of an expression under one set of choices. */
export type Known =
  | { readonly kind: "exact"; readonly value: Constant }
  | { readonly kind: "assumed"; readonly value: Constant; readonly variable: string }
  /** `float`: Python makes a float of it, whatever its number. */
  | { readonly kind: "formula"; readonly formula: Formula; readonly float: boolean; readonly variable?: string }
  /** A module, function or object of a library, by its full name: "os.environ.get". */
  | { readonly kind: "object"; readonly path: string }
  | { readonly kind: "dynamic"; readonly variable?: string }
  /** A name that this branch never bound. */
  | { readonly kind: "unset" };

/** The branch that was taken at one conditional. `point` numbers conditionals in the order in which they run. */
export interface Choice {
  readonly point: number;
  readonly branch: number;
  readonly words: string;
}

export interface Option {
  readonly known: Known;
  /** Ascending by point. */
  readonly path: readonly Choice[];
}

/** All that an expression can be; never empty. */
export type Possible = readonly Option[];

/** What a module-level name holds, and where that was written. */
export interface Binding {
  readonly value: Possible;
  readonly origin: Origin;
  readonly via: readonly Origin[];
  readonly text: string;
}

/** More ways than this are not worth telling apart: the value is then only known at run time. */
export const maxOptions = 16;

export const dynamicKnown: Known = { kind: "dynamic" };
export const dynamicValue: Possible = [{ known: dynamicKnown, path: [] }];
export const unsetValue: Possible = [{ known: { kind: "unset" }, path: [] }];
export const none: Constant = { type: "none" };

export function int(value: bigint): Constant {
  return { type: "int", value };
}

export function str(value: string): Constant {
  return { type: "str", value };
}

export function bool(value: boolean): Constant {
  return { type: "bool", value };
}

export function single(known: Known): Possible {
  return [{ known, path: [] }];
}

export function exactly(value: Constant | undefined): Possible {
  return value === undefined ? dynamicValue : single({ kind: "exact", value });
}

export function dynamicOf(variable: string | undefined): Known {
  return variable === undefined ? dynamicKnown : { kind: "dynamic", variable };
}

export function variableOf(known: Known): string | undefined {
  return known.kind === "assumed" || known.kind === "formula" || known.kind === "dynamic" ? known.variable : undefined;
}

/** The variable that a result hangs on: of what is not known at all, before that of a mere fallback. */
export function blamed(knowns: readonly Known[]): string | undefined {
  const unknown = knowns.find((known) => known.kind === "dynamic" && known.variable !== undefined);
  return unknown === undefined ? knowns.map(variableOf).find((name) => name !== undefined) : variableOf(unknown);
}

/** The one object that an expression stands for, where it does. */
export function objectPath(possible: Possible): string | undefined {
  const [only, second] = possible;
  return second === undefined && only?.known.kind === "object" ? only.known.path : undefined;
}

/** The constant that an expression has, whatever is chosen; undefined for anything less certain. */
export function exactConstant(possible: Possible): Constant | undefined {
  const [only, second] = possible;
  return second === undefined && only?.known.kind === "exact" ? only.known.value : undefined;
}

/** Applies `apply` to every combination of the operands' options that can occur together. */
export function combine(operands: readonly Possible[], apply: (knowns: readonly Known[]) => Known): Possible {
  let rows: { readonly knowns: readonly Known[]; readonly path: readonly Choice[] }[] = [{ knowns: [], path: [] }];
  for (const operand of operands) {
    const next: typeof rows = [];
    for (const row of rows) {
      for (const option of operand) {
        const path = joinPaths(row.path, option.path);
        if (path !== undefined) next.push({ knowns: [...row.knowns, option.known], path });
      }
    }
    if (next.length === 0 || next.length > maxOptions) return dynamicValue;
    rows = next;
  }
  return simplify(rows.map(({ knowns, path }) => ({ known: apply(knowns), path })));
}

/** A function of constants, over what is known of them; `undefined` is Python's exception. */
export function lift(knowns: readonly Known[], apply: (constants: readonly Constant[]) => Constant | undefined): Known {
  const constants: Constant[] = [];
  let variable: string | undefined;
  for (const known of knowns) {
    if (known.kind !== "exact" && known.kind !== "assumed") {
      return dynamicOf(blamed(knowns));
    }
    variable ??= variableOf(known);
    constants.push(known.value);
  }
  const value = apply(constants);
  if (value === undefined) return dynamicOf(variable);
  return variable === undefined ? { kind: "exact", value } : { kind: "assumed", value, variable };
}

/** The options under a further choice. */
export function choose(possible: Possible, choice: Choice): Possible {
  return possible.map(({ known, path }) => {
    const before = path.filter(({ point }) => point < choice.point);
    return { known, path: [...before, choice, ...path.filter(({ point }) => point > choice.point)] };
  });
}

/** Options of several branches as one value: one option where all agree. */
export function simplify(options: Possible): Possible {
  const [first] = options;
  if (first === undefined) return dynamicValue;
  if (options.length === 1 && first.path.length === 0) return options;
  if (options.every(({ known }) => sameKnown(known, first.known))) return single(first.known);
  return options.length > maxOptions ? dynamicValue : options;
}

function joinPaths(left: readonly Choice[], right: readonly Choice[]): readonly Choice[] | undefined {
  if (right.length === 0) return left;
  const joined = new Map(left.map((choice) => [choice.point, choice]));
  for (const choice of right) {
    const other = joined.get(choice.point);
    if (other !== undefined && other.branch !== choice.branch) return undefined;
    joined.set(choice.point, choice);
  }
  return [...joined.values()].sort((a, b) => a.point - b.point);
}

function sameKnown(a: Known, b: Known): boolean {
  if (a === b) return true;
  if (variableOf(a) !== variableOf(b)) return false;
  switch (a.kind) {
    case "exact":
    case "assumed":
      return b.kind === a.kind && sameConstant(a.value, b.value);
    case "object":
      return b.kind === "object" && a.path === b.path;
    case "formula":
      return b.kind === "formula" && a.formula === b.formula;
    case "dynamic":
    case "unset":
      return b.kind === a.kind;
  }
}

/** Same type and same value: stricter than Python's ==, for which 1 equals True. */
export function sameConstant(a: Constant, b: Constant): boolean {
  if (a.type !== b.type) return false;
  if (a.type === "none") return true;
  if (a.type === "list" || a.type === "tuple") {
    const items = b.type === "list" || b.type === "tuple" ? b.items : [];
    return a.items.length === items.length && a.items.every((item, i) => items[i] !== undefined && sameConstant(item, items[i]));
  }
  return "value" in a && "value" in b && Object.is(a.value, b.value);
}
