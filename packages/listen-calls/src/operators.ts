import type { Formula, SimpleValue } from "@audit-backlog/model";
import type { KnownValue, Option } from "./thing.ts";
import type { Literal } from "./types.ts";

/** Strings beyond this are nobody's port, path or backlog; doubling them in hostile code would fill memory. */
const MAX_STRING = 4096;
const MAX_OPTIONS = 16;

type Operation = (...operands: readonly Literal[]) => Literal | Failure;
type FormulaOf = (first: Formula, ...rest: readonly Formula[]) => Formula;

/** What an operation gives where we leave it to run time: it would throw, or cost too much to compute. */
const FAILURE = Symbol("only at run time");
type Failure = typeof FAILURE;

/**
 * Applies an operation to literals of any certainty: all exact gives exact; one assumed gives assumed; options
 * are gone through one by one. undefined where the result is known only at run time.
 */
export function apply(operation: Operation, operands: readonly KnownValue[], formula?: FormulaOf): KnownValue | undefined {
  const several = operands.findIndex((operand) => operand.kind === "oneOf");
  const choice = operands[several];
  if (choice?.kind === "oneOf") {
    const options: Option[] = [];
    for (const { value, when } of choice.options) {
      const result = apply(operation, operands.with(several, value), formula);
      for (const option of optionsOf(result, when)) options.push(option);
    }
    return oneOf(options);
  }
  const simple = operands as readonly SimpleValue<Literal>[];
  if (simple.some(({ kind }) => kind === "dynamic")) return undefined;
  if (simple.some(({ kind }) => kind === "formula")) {
    const parts = simple.map(toFormula).filter((part) => part !== undefined);
    const [first, ...rest] = parts;
    if (formula === undefined || first === undefined || parts.length < simple.length) return undefined;
    return { kind: "formula", formula: formula(first, ...rest) };
  }
  const literals: Literal[] = [];
  let assumed = false;
  let variable: string | undefined;
  for (const operand of simple) {
    if (operand.kind !== "exact" && operand.kind !== "assumed") return undefined;
    literals.push(operand.value);
    if (operand.kind === "assumed") {
      assumed = true;
      variable ??= operand.variable;
    }
  }
  const value = attempt(operation, literals);
  if (value === FAILURE || (typeof value === "string" && value.length > MAX_STRING)) return undefined;
  if (!assumed) return { kind: "exact", value };
  return variable === undefined ? { kind: "assumed", value } : { kind: "assumed", value, variable };
}

/** Joins options; the same exact literal in all of them is that literal. */
export function oneOf(options: readonly Option[]): KnownValue | undefined {
  const [first] = options;
  if (first === undefined || options.length > MAX_OPTIONS) return undefined;
  const { value } = first;
  if (value.kind === "exact" && options.every((option) => option.value.kind === "exact" && Object.is(option.value.value, value.value))) return value;
  return options.every((option) => option.value.kind === "dynamic") ? undefined : { kind: "oneOf", options };
}

/** A value as options under a condition. */
export function optionsOf(value: KnownValue | undefined, when: string): readonly Option[] {
  if (value === undefined) return [{ value: { kind: "dynamic" }, when }];
  if (value.kind !== "oneOf") return [{ value, when }];
  return value.options.map((option) => ({ value: option.value, when: when === "else" ? option.when : `${when} && ${option.when}` }));
}

function toFormula(value: SimpleValue<Literal>): Formula | undefined {
  if (value.kind === "formula") return value.formula;
  return value.kind === "exact" && typeof value.value === "number" ? { op: "number", value: value.value } : undefined;
}

function attempt(operation: Operation, literals: readonly Literal[]): Literal | Failure {
  try {
    return operation(...literals);
  } catch {
    // What JavaScript refuses: mixing bigint and number, a bigint out of range.
    return FAILURE;
  }
}

/** Big integers have no bound on their size, so that arithmetic on them is not ours to do. */
function numeric(compute: (a: number, b: number) => number): Operation {
  return (a, b) => (typeof a === "bigint" || typeof b === "bigint" ? FAILURE : compute(Number(a), Number(b)));
}

const BINARY: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["+", (a, b) => (typeof a === "string" || typeof b === "string" ? `${a}${b}` : numeric((x, y) => x + y)(a, b))],
  ["-", numeric((a, b) => a - b)],
  ["*", numeric((a, b) => a * b)],
  ["/", numeric((a, b) => a / b)],
  ["%", numeric((a, b) => a % b)],
  ["**", numeric((a, b) => a ** b)],
  ["<<", numeric((a, b) => a << b)],
  [">>", numeric((a, b) => a >> b)],
  [">>>", numeric((a, b) => a >>> b)],
  ["&", numeric((a, b) => a & b)],
  ["|", numeric((a, b) => a | b)],
  ["^", numeric((a, b) => a ^ b)],
  ["===", (a, b) => a === b],
  ["!==", (a, b) => a !== b],
  // Loose comparison of different types has rules of its own that nobody's configuration hangs on; but null means undefined.
  ["==", (a, b) => loose(a, b)],
  ["!=", (a, b) => negate(loose(a, b))],
  ["<", numericTest((a, b) => a < b)],
  [">", numericTest((a, b) => a > b)],
  ["<=", numericTest((a, b) => a <= b)],
  [">=", numericTest((a, b) => a >= b)],
]);

function numericTest(test: (a: number, b: number) => boolean): Operation {
  return (a, b) => (typeof a === "number" && typeof b === "number" ? test(a, b) : FAILURE);
}

function loose(a: Literal, b: Literal): boolean | Failure {
  if (a === null || a === undefined) return b === null || b === undefined;
  if (b === null || b === undefined) return false;
  return typeof a === typeof b ? a === b : FAILURE;
}

function negate(value: boolean | Failure): boolean | Failure {
  return value === FAILURE ? value : !value;
}

const FORMULA_OPERATORS = new Map<string, "+" | "-" | "*" | "/" | "**">([["+", "+"], ["-", "-"], ["*", "*"], ["/", "/"], ["**", "**"]]);

/** `left operator right`; undefined where it is known only at run time. */
export function applyBinary(operator: string, left: KnownValue, right: KnownValue): KnownValue | undefined {
  const operation = BINARY.get(operator);
  if (operation === undefined) return undefined;
  const op = FORMULA_OPERATORS.get(operator);
  if (op !== undefined) return apply(operation, [left, right], (...operands) => ({ op, operands }));
  // `x | 0` and `x >> 0` cut toward zero, as far as numbers of CPUs go.
  const cuts = (operator === "|" || operator === ">>") && right.kind === "exact" && right.value === 0;
  return apply(operation, [left, right], cuts ? (operand) => ({ op: "int", operands: [operand] }) : undefined);
}

const UNARY: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["+", (a) => (typeof a === "bigint" ? FAILURE : Number(a))],
  ["-", (a) => (typeof a === "bigint" ? -a : -Number(a))],
  ["~", numeric((a) => ~a)],
  ["!", (a) => a === undefined || !a],
  ["void", () => undefined],
  ["typeof", (a) => (a === null ? "object" : typeof a)],
]);

export function applyUnary(operator: string, operand: KnownValue): KnownValue | undefined {
  const operation = UNARY.get(operator);
  if (operation === undefined) return undefined;
  return apply(operation, [operand], operator === "+" ? (formula) => formula : undefined);
}

const CALLS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["Number", (a) => Number(a)],
  ["String", (a) => String(a)],
  ["Boolean", (a) => Boolean(a)],
  ["parseInt", (a, b) => Number.parseInt(String(a), b === undefined ? undefined : Number(b))],
  ["parseFloat", (a) => Number.parseFloat(String(a))],
  ["BigInt", (a) => (typeof a === "number" || typeof a === "bigint" ? BigInt(a) : FAILURE)],
  ["Math.min", (...all) => Math.min(...all.map(plain))],
  ["Math.max", (...all) => Math.max(...all.map(plain))],
  ["Math.floor", (a) => Math.floor(plain(a))],
  ["Math.ceil", (a) => Math.ceil(plain(a))],
  ["Math.round", (a) => Math.round(plain(a))],
  ["Math.trunc", (a) => Math.trunc(plain(a))],
  ["Math.abs", (a) => Math.abs(plain(a))],
  ["Math.pow", (a, b) => plain(a) ** plain(b)],
]);

const FORMULA_CALLS = new Map<string, FormulaOf>([
  ["Number", (a) => a],
  ["Math.min", (...operands) => ({ op: "min", operands })],
  ["Math.max", (...operands) => ({ op: "max", operands })],
  ["Math.floor", (a) => ({ op: "int", operands: [a] })],
  ["Math.trunc", (a) => ({ op: "int", operands: [a] })],
]);

/** A bigint makes Math's functions throw. */
function plain(value: Literal): number {
  if (typeof value === "bigint") throw new TypeError("bigint");
  return Number(value);
}

/** A call of a global function that only computes: `Number(x)`, `Math.max(a, b)`. */
export function applyCall(name: string, operands: readonly KnownValue[]): KnownValue | undefined {
  const operation = CALLS.get(name.replace(/^Number\.(?=parse)/, ""));
  if (operation === undefined) return undefined;
  // Number() and String() of nothing are 0 and "", not what they make of undefined.
  if (operands.length === 0) return name === "Number" ? { kind: "exact", value: 0 } : undefined;
  return apply(operation, operands, FORMULA_CALLS.get(name));
}

/** Global functions whose result is a number whatever they are given. */
export const NUMBER_CALLS: ReadonlySet<string> = new Set([...CALLS.keys(), "Number.parseInt", "Number.parseFloat"].filter((name) => !["String", "Boolean", "BigInt"].includes(name)));

/** Whether a literal counts as true; undefined where that differs or is not known. */
export function truth(value: KnownValue): boolean | undefined {
  return value.kind === "exact" ? Boolean(value.value) : undefined;
}
