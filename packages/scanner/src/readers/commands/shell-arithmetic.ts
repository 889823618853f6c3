import type { Formula, SimpleValue } from "@audit-backlog/model";
import type { ArithmeticExpression } from "unbash";

/** Commands that print the number of CPUs. coreutils: nproc(1); glibc: getconf(1). */
const cpuCounts = /^(?:nproc(?: --all)?|getconf _NPROCESSORS_(?:ONLN|CONF))$/;

/** `text` is a command substitution as written. */
export function isCpuCount(text: string): boolean {
  const inner = /^\$\(\s*([^()`]*?)\s*\)$|^`\s*([^`]*?)\s*`$/.exec(text.slice(0, 100));
  return text.length < 100 && cpuCounts.test((inner?.[1] ?? inner?.[2] ?? "").replace(/\s+/g, " "));
}

/** The value of `$(( … ))` where it is made of numbers and CPU counts; `lookUp` gives a variable's content. */
export function arithmeticValue(expression: ArithmeticExpression | undefined, lookUp: (name: string) => string | undefined): SimpleValue<string> {
  const formula = expression === undefined ? undefined : fold(expression, lookUp, 0);
  if (formula === undefined) return { kind: "dynamic" };
  return formula.op === "number" ? { kind: "exact", value: String(formula.value) } : { kind: "formula", formula };
}

function fold(node: ArithmeticExpression, lookUp: (name: string) => string | undefined, depth: number): Formula | undefined {
  if (depth > 50) return undefined;
  switch (node.type) {
    case "ArithmeticGroup":
      return fold(node.expression, lookUp, depth + 1);
    case "ArithmeticWord":
      return operand(node.value, lookUp);
    case "ArithmeticCommandExpansion":
      return isCpuCount(node.text) ? { op: "cpus" } : undefined;
    case "ArithmeticBinary":
      return binary(node.operator, fold(node.left, lookUp, depth + 1), fold(node.right, lookUp, depth + 1));
    case "ArithmeticUnary":
    case "ArithmeticTernary":
      return undefined;
  }
}

function operand(text: string, lookUp: (name: string) => string | undefined): Formula | undefined {
  if (isCpuCount(text)) return { op: "cpus" };
  const name = /^(?:\$\{?)?([A-Za-z_]\w*)\}?$/.exec(text)?.[1];
  const digits = name === undefined ? text : (lookUp(name) ?? "");
  // A leading 0 means octal there.
  return /^(?:0|[1-9]\d{0,8})$/.test(digits) ? { op: "number", value: Number(digits) } : undefined;
}

function binary(operator: string, left: Formula | undefined, right: Formula | undefined): Formula | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (operator !== "+" && operator !== "-" && operator !== "*" && operator !== "/") return undefined;
  if (left.op === "number" && right.op === "number") {
    const value = compute(operator, left.value, right.value);
    return Number.isSafeInteger(value) ? { op: "number", value } : undefined;
  }
  const operation: Formula = { op: operator, operands: [left, right] };
  // bash(1), Arithmetic evaluation: integers; division cuts toward zero.
  return operator === "/" ? { op: "int", operands: [operation] } : operation;
}

function compute(operator: "+" | "-" | "*" | "/", left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return Math.trunc(left / right);
  }
}
