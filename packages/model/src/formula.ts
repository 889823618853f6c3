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
export function formulaRange(formula: Formula, cpus: Interval, depth = 0): Interval {
  if (depth > maxDepth) return unknown;
  if (formula.op === "number") return { low: formula.value, high: formula.value };
  if (formula.op === "cpus") return cpus;
  const operands = formula.operands.map((operand) => formulaRange(operand, cpus, depth + 1));
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

const precedence: Readonly<Record<BinaryOperator, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 3 };

/** A formula as a reader would write it: "2 × CPUs + 1", "min(CPUs, 4)". */
export function formulaText(formula: Formula): string {
  return text(formula, 0, 0);
}

function text(formula: Formula, outside: number, depth: number): string {
  if (depth > maxDepth) return "…";
  if (formula.op === "number") return String(formula.value);
  if (formula.op === "cpus") return "CPUs";
  const inner = (operand: Formula, level: number): string => text(operand, level, depth + 1);
  if (formula.op === "min" || formula.op === "max" || formula.op === "int") {
    return `${formula.op}(${formula.operands.map((operand) => inner(operand, 0)).join(", ")})`;
  }
  const level = precedence[formula.op];
  const [only, second] = formula.operands;
  let written: string;
  if (only !== undefined && second === undefined) {
    written = formula.op === "-" ? `-${inner(only, 3)}` : inner(only, level);
  } else {
    const factorFirst = formula.op === "*" && second?.op === "number" && only?.op !== "number";
    const operands = factorFirst ? [second, ...formula.operands.filter((operand) => operand !== second)] : formula.operands;
    const sign = formula.op === "*" ? "×" : formula.op;
    written = operands.map((operand, index) => inner(operand, index === 0 ? level : level + 1)).join(` ${sign} `);
  }
  return level < outside ? `(${written})` : written;
}
