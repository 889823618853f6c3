import type { Interval } from "./limit-types.ts";
import type { Formula } from "./provenance.ts";

/** Deeper formulas are nobody's configuration; they count as not known. */
const maxDepth = 100;

const unknown: Interval = { low: NaN, high: NaN };
const anything: Interval = { low: -Infinity, high: Infinity };

/**
 * The value of a formula on a machine with that many CPUs, as Python computes it; NaN where Python
 * would raise (division by zero) and for formulas nested more than 100 deep.
 */
export function evaluateFormula(formula: Formula, cpus: number): number {
  return formulaRange(formula, { low: cpus, high: cpus }).low;
}

/** All values that a formula can have over a range of CPU counts: never too narrow, sometimes too wide. NaN as above. */
export function formulaRange(formula: Formula, cpus: Interval): Interval {
  return range(formula, cpus, new Map(), 0);
}

/** `known` keeps a formula that uses one part many times (`a = a + a`, repeated) from taking time without end. */
function range(formula: Formula, cpus: Interval, known: Map<Formula, Interval>, depth: number): Interval {
  if (depth > maxDepth) return unknown;
  if (formula.op === "number") return { low: formula.value, high: formula.value };
  if (formula.op === "cpus") return cpus;
  const before = known.get(formula);
  if (before !== undefined) return before;
  const operands = formula.operands.map((operand) => range(operand, cpus, known, depth + 1));
  const found = compute(formula, operands);
  known.set(formula, found);
  return found;
}

type Operation = Exclude<Formula, { readonly op: "number" | "cpus" }>;

function compute(formula: Operation, operands: readonly Interval[]): Interval {
  const [first, ...rest] = operands;
  if (first === undefined || operands.some(({ low, high }) => Number.isNaN(low) || Number.isNaN(high))) return unknown;
  switch (formula.op) {
    case "int":
      return { low: Math.trunc(first.low), high: Math.trunc(first.high) };
    case "min":
    case "max": {
      const pick = formula.op === "min" ? Math.min : Math.max;
      return { low: pick(...operands.map(({ low }) => low)), high: pick(...operands.map(({ high }) => high)) };
    }
    case "-":
      if (rest.length === 0) return { low: -first.high, high: -first.low };
      return rest.reduce((left, right) => binary("-", left, right), first);
    case "+":
    case "*":
    case "/":
    case "//":
    case "%":
    case "**": {
      const { op } = formula;
      return rest.reduce((left, right) => binary(op, left, right), first);
    }
  }
}

type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** Every operator but `%` moves one way in each operand, so its extremes lie at the corners. */
function binary(op: BinaryOperator, left: Interval, right: Interval): Interval {
  const divides = op === "/" || op === "//" || op === "%";
  const pointwise = left.low === left.high && right.low === right.high;
  if (divides && right.low === 0 && right.high === 0) return unknown;
  if (divides && right.low <= 0 && right.high >= 0) return anything;
  if (!pointwise && op === "%") return right.low > 0 ? { low: 0, high: right.high } : { low: right.low, high: 0 };
  if (!pointwise && op === "**" && left.low <= 0) return anything;
  const corners = [left.low, left.high].flatMap((a) => [right.low, right.high].map((b) => apply(op, a, b)));
  if (pointwise) return { low: corners[0] ?? NaN, high: corners[0] ?? NaN };
  if (corners.some(Number.isNaN)) return anything;
  return { low: Math.min(...corners), high: Math.max(...corners) };
}

function apply(op: BinaryOperator, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a === 0 || b === 0 ? 0 : a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    case "**":
      return a ** b;
  }
}

const precedence: Readonly<Record<BinaryOperator, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 4 };
const unary = 3;
const atom = 5;
/** Longer formulas end in "…". */
const maxParts = 60;

/** A formula as a reader would write it: "2 × CPUs + 1", "min(CPUs, 4)". */
export function formulaText(formula: Formula): string {
  return text(formula, 0, { parts: maxParts });
}

/** `outside` is the precedence that the text must have at least to stand without brackets. */
function text(formula: Formula, outside: number, left: { parts: number }): string {
  left.parts -= 1;
  if (left.parts < 0) return "…";
  if (formula.op === "cpus") return "CPUs";
  const { level, written } = formula.op === "number" ? { level: formula.value < 0 ? unary : atom, written: String(formula.value) } : operation(formula, left);
  return level < outside ? `(${written})` : written;
}

function operation(formula: Operation, left: { parts: number }): { readonly level: number; readonly written: string } {
  const { op, operands } = formula;
  const inner = (operand: Formula, level: number): string => text(operand, level, left);
  if (op === "min" || op === "max" || op === "int") return { level: atom, written: `${op}(${operands.map((operand) => inner(operand, 0)).join(", ")})` };
  const [first, second] = operands;
  if (first !== undefined && second === undefined) {
    return { level: unary, written: (op === "-" ? "-" : "") + inner(first, unary) };
  }
  const level = precedence[op];
  // "2 × CPUs" is what people say, also where "CPUs × 2" was written.
  const swap = op === "*" && operands.length === 2 && first?.op !== "number" && second?.op === "number";
  // Only ** groups from the right.
  const needs = (index: number): number => ((op === "**") === (index === 0) ? level + 1 : level);
  return { level, written: (swap ? operands.toReversed() : operands).map((operand, index) => inner(operand, needs(index))).join(op === "*" ? " × " : ` ${op} `) };
}
