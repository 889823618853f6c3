import type { SimpleValue, Value } from "@audit-backlog/model";
import type { MappedText } from "./text.ts";

/** A stretch of a word or of a variable's content, of which one thing is known. */
export interface Piece {
  readonly value: Value<string>;
  /** The text behind an exact or assumed value; else the source text of what is not known. */
  readonly mapped: MappedText;
  /**
   * What a shell inside the word (`sh -c word`) reads here, where it isn't `mapped`: an expansion as written, so that
   * the inner reading is no more certain than the outer one.
   */
  readonly template?: MappedText;
  /** Comes from an expansion outside quotes: blanks in it part words. */
  readonly splits?: true;
}

/** A conditional value with more options than this is not worth telling apart. */
const maxOptions = 8;

export function exactPiece(mapped: MappedText): Piece {
  return { value: { kind: "exact", value: mapped.text }, mapped };
}

export function dynamicPiece(mapped: MappedText, variable?: string): Piece {
  return { value: variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable }, mapped };
}

/** What several pieces in a row make: only as certain as the least certain of them. */
export function joinPieces(pieces: readonly Piece[]): Value<string> {
  let joined: Value<string> = { kind: "exact", value: "" };
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0].value;
  // Known neighbours are put together first: joining them one by one would be quadratic.
  let known: string[] = [];
  let variable: string | undefined;
  let assumed = false;
  const flush = (): void => {
    if (known.length === 0) return;
    const value = known.join("");
    const simple: SimpleValue<string> = !assumed
      ? { kind: "exact", value }
      : { kind: "assumed", value, ...(variable === undefined ? {} : { variable }) };
    joined = joinTwo(joined, simple);
    known = [];
  };
  for (const { value } of pieces) {
    if (value.kind === "exact" || value.kind === "assumed") {
      if (value.kind === "assumed") {
        variable ??= value.variable;
        assumed = true;
      }
      known.push(value.value);
      continue;
    }
    flush();
    joined = joinTwo(joined, value);
    if (joined.kind === "dynamic" && joined.variable === undefined) return joined;
  }
  flush();
  return joined;
}

function joinTwo(left: Value<string>, right: Value<string>): Value<string> {
  if (left.kind === "oneOf") {
    if (right.kind === "oneOf") return { kind: "dynamic" };
    return { kind: "oneOf", options: left.options.map(({ value, when }) => ({ value: joinSimple(value, right), when })) };
  }
  if (right.kind === "oneOf") {
    return { kind: "oneOf", options: right.options.map(({ value, when }) => ({ value: joinSimple(left, value), when })) };
  }
  return joinSimple(left, right);
}

function joinSimple(left: SimpleValue<string>, right: SimpleValue<string>): SimpleValue<string> {
  if (isEmpty(left)) return right;
  if (isEmpty(right)) return left;
  if (left.kind === "formula" || right.kind === "formula") return { kind: "dynamic" };
  if (left.kind === "dynamic" || right.kind === "dynamic") {
    const both = left.kind === "dynamic" && right.kind === "dynamic";
    const variable = left.kind === "dynamic" ? left.variable : right.kind === "dynamic" ? right.variable : undefined;
    return both || variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable };
  }
  const value = left.value + right.value;
  if (left.kind === "exact" && right.kind === "exact") return { kind: "exact", value };
  const variable = left.kind === "assumed" && left.variable !== undefined ? left.variable : right.kind === "assumed" ? right.variable : undefined;
  return variable === undefined ? { kind: "assumed", value } : { kind: "assumed", value, variable };
}

function isEmpty(value: SimpleValue<string>): boolean {
  return value.kind === "exact" && value.value === "";
}

/** The value after a conditional: each branch's, told apart by its condition. Equal branches are one value. */
export function oneOf(branches: readonly { readonly value: Value<string>; readonly when: string }[]): Value<string> {
  const options: { value: SimpleValue<string>; when: string }[] = [];
  for (const { value, when } of branches) {
    if (value.kind === "oneOf") for (const inner of value.options) options.push({ value: inner.value, when: `${inner.when} and ${when}` });
    else options.push({ value, when });
  }
  const first = options[0];
  if (first === undefined || options.length > maxOptions) return { kind: "dynamic" };
  if (options.every(({ value }) => sameValue(value, first.value))) return first.value;
  return { kind: "oneOf", options };
}

function sameValue(left: SimpleValue<string>, right: SimpleValue<string>): boolean {
  if (left.kind === "formula" || right.kind === "formula") return false;
  if (left.kind !== right.kind) return false;
  if (left.kind === "dynamic" || right.kind === "dynamic") return left.kind === right.kind && variableOf(left) === variableOf(right);
  return left.value === right.value && variableOf(left) === variableOf(right);
}

function variableOf(value: SimpleValue<string>): string | undefined {
  return value.kind === "assumed" || value.kind === "dynamic" ? value.variable : undefined;
}
