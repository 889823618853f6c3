import type { Formula } from "@audit-backlog/model";
import { blamed, type Constant, dynamicOf, type Known } from "./values.ts";

type Operator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "min" | "max";

const operators: ReadonlySet<string> = new Set(["+", "-", "*", "/", "//", "%", "**", "min", "max"]);

/** A formula with more nodes is not one that somebody wrote. */
const maxNodes = 64;

export const cpus: Known = { kind: "formula", formula: { op: "cpus" }, float: false };

/** An operation of which at least one operand hangs on the number of CPUs; dynamic where the model has no such formula. */
export function formulaOf(op: string, knowns: readonly Known[]): Known {
  const variable = blamed(knowns);
  const operands = knowns.map(operandOf);
  if (!isOperator(op) || operands.some((operand) => operand === undefined)) return dynamicOf(variable);
  const known = operands.filter((operand) => operand !== undefined);
  const extremes = op === "min" || op === "max";
  const float = op === "/" || (extremes ? known.every((operand) => operand.float) : known.some((operand) => operand.float));
  return sized({ op, operands: known.map(({ formula }) => formula) }, float, variable);
}

/** `int(x)` of a formula: x itself where it can't have a fraction. */
export function intOfFormula(known: Known & { readonly kind: "formula" }): Known {
  if (!known.float || isWhole(known.formula)) return { ...known, float: false };
  return sized({ op: "int", operands: [known.formula] }, false, known.variable);
}

/** `math.floor` and `math.ceil`: `x // 1` and `-(-x // 1)`. */
export function roundFormula(known: Known & { readonly kind: "formula" }, direction: "floor" | "ceil"): Known {
  if (isWhole(known.formula)) return { ...known, float: false };
  const zero: Formula = { op: "number", value: 0 };
  const one: Formula = { op: "number", value: 1 };
  if (direction === "floor") return sized({ op: "//", operands: [known.formula, one] }, false, known.variable);
  const negated: Formula = { op: "//", operands: [{ op: "-", operands: [zero, known.formula] }, one] };
  return sized({ op: "-", operands: [zero, negated] }, false, known.variable);
}

function isOperator(op: string): op is Operator {
  return operators.has(op);
}

function operandOf(known: Known): { readonly formula: Formula; readonly float: boolean } | undefined {
  if (known.kind === "formula") return known;
  const number = known.kind === "exact" || known.kind === "assumed" ? plainNumber(known.value) : undefined;
  return number === undefined ? undefined : { formula: { op: "number", value: number.value }, float: number.float };
}

function plainNumber(constant: Constant): { readonly value: number; readonly float: boolean } | undefined {
  if (constant.type === "float") return { value: constant.value, float: true };
  const value = constant.type === "int" || constant.type === "bool" ? Number(constant.value) : NaN;
  return Number.isSafeInteger(value) ? { value, float: false } : undefined;
}

function sized(formula: Formula, float: boolean, variable: string | undefined): Known {
  if (nodes(formula) > maxNodes) return dynamicOf(variable);
  return variable === undefined ? { kind: "formula", formula, float } : { kind: "formula", formula, float, variable };
}

// Both recurse into formulas of at most maxNodes nodes.
function nodes(formula: Formula): number {
  return "operands" in formula ? formula.operands.reduce((sum, operand) => sum + nodes(operand), 1) : 1;
}

function isWhole(formula: Formula): boolean {
  if (formula.op === "number") return Number.isInteger(formula.value);
  if (formula.op === "cpus" || formula.op === "int") return true;
  return formula.op !== "/" && formula.op !== "**" && formula.operands.every(isWhole);
}
