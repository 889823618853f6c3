import type { Formula, SimpleValue, Value } from "@audit-backlog/model";
import type { Scalar } from "./data.ts";

type Known = SimpleValue<Scalar>;

export const dynamic: { readonly kind: "dynamic" } = { kind: "dynamic" };
export const cpus: { readonly kind: "formula"; readonly formula: Formula } = { kind: "formula", formula: { op: "cpus" } };

export function exact(value: Scalar): Known {
  return { kind: "exact", value };
}

/** More than this many cases are as good as unknown. */
const maxOptions = 8;

/** Cases of a value; one without a condition for all but `oneOf`. */
function casesOf(value: Value<Scalar>): readonly { value: Known; when: string }[] {
  return value.kind === "oneOf" ? value.options : [{ value, when: "" }];
}

export function oneOf(options: readonly { value: Known; when: string }[]): Value<Scalar> {
  const [only] = options;
  if (only === undefined || options.length > maxOptions) return dynamic;
  if (options.every(({ value }) => JSON.stringify(value) === JSON.stringify(only.value))) return only.value;
  return { kind: "oneOf", options };
}

/** `test ? a : b`, also for what `&&` and `if` make. */
export function either(condition: string, then: Value<Scalar>, otherwise: Value<Scalar>): Value<Scalar> {
  const join = (outer: string, inner: string): string => (inner === "" ? outer : `${outer}, ${inner}`);
  const options = [
    ...casesOf(then).map(({ value, when }) => ({ value, when: join(`if ${condition}`, when) })),
    ...casesOf(otherwise).map(({ value, when }) => ({ value, when: join("else", when) })),
  ];
  // `X ? Number(X) : 4`: a fallback beside an environment variable, like `X || 4`.
  const [first, second] = options;
  if (options.length === 2 && first !== undefined && second !== undefined) {
    const [unknown, fallback] = first.value.kind === "dynamic" ? [first.value, second.value] : [second.value, first.value];
    if (unknown.kind === "dynamic" && unknown.variable !== undefined && condition.includes(unknown.variable)) return assume(fallback, unknown.variable);
  }
  return oneOf(options);
}

function assume(value: Known, variable: string): Known {
  return value.kind === "exact" || value.kind === "assumed" ? { kind: "assumed", value: value.value, variable } : value;
}

/** `a || b` and `a ?? b`. */
export function fallback(left: Value<Scalar>, right: Value<Scalar>, takes: (value: Scalar) => boolean): Value<Scalar> {
  if (left.kind === "oneOf") return dynamic;
  if (left.kind === "formula") return left;
  if (left.kind !== "dynamic") return takes(left.value) ? left : right;
  if (left.variable === undefined || right.kind === "oneOf") return dynamic;
  return assume(right, left.variable);
}

/** A pure function of one value. `formula` says what it makes of a number of CPUs. */
export function apply(value: Value<Scalar>, compute: (known: Scalar) => Scalar, formula?: (operand: Formula) => Formula): Value<Scalar> {
  return oneOf(
    casesOf(value).map(({ value: one, when }) => {
      if (one.kind === "dynamic") return { value: one, when };
      if (one.kind === "formula") return { value: formula === undefined ? dynamic : { kind: "formula", formula: formula(one.formula) }, when };
      return { value: { ...one, value: compute(one.value) }, when };
    }),
  );
}

type Operator = "+" | "-" | "*" | "/" | "%" | "**" | "min" | "max";

const arithmetic: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  min: Math.min,
  max: Math.max,
};

export function isOperator(operator: string): operator is Operator {
  return Object.hasOwn(arithmetic, operator);
}

/** JavaScript's `a op b` on what is known; with `+`, a string on either side joins them. */
export function combine(operator: Operator, left: Value<Scalar>, right: Value<Scalar>): Value<Scalar> {
  if (left.kind === "oneOf" && right.kind === "oneOf") return dynamic;
  return oneOf(casesOf(left).flatMap((a) => casesOf(right).map((b) => ({ value: combineSimple(operator, a.value, b.value), when: a.when === "" ? b.when : a.when }))));
}

function combineSimple(operator: Operator, left: Known, right: Known): Known {
  if (left.kind === "dynamic" || right.kind === "dynamic") {
    const variable = left.kind === "dynamic" ? left.variable : right.kind === "dynamic" ? right.variable : undefined;
    return variable === undefined ? dynamic : { kind: "dynamic", variable };
  }
  if (left.kind === "formula" || right.kind === "formula") {
    const operands = [operandOf(left), operandOf(right)].filter((operand) => operand !== undefined);
    return operands.length === 2 ? { kind: "formula", formula: { op: operator, operands } } : dynamic;
  }
  const value =
    operator === "+" && (typeof left.value === "string" || typeof right.value === "string")
      ? `${String(left.value)}${String(right.value)}`
      : arithmetic[operator](Number(left.value), Number(right.value));
  const assumed = left.kind === "assumed" ? left : right.kind === "assumed" ? right : undefined;
  return assumed === undefined ? { kind: "exact", value } : { ...assumed, value };
}

function operandOf(value: Known): Formula | undefined {
  if (value.kind === "formula") return value.formula;
  if (value.kind === "dynamic" || typeof value.value === "string" || !Number.isFinite(Number(value.value))) return undefined;
  return { op: "number", value: Number(value.value) };
}

const one: Formula = { op: "number", value: 1 };

/** The rounding functions of `Math` on a number of CPUs. */
export const rounding: Readonly<Record<string, { compute: (value: number) => number; formula: (operand: Formula) => Formula }>> = {
  floor: { compute: Math.floor, formula: (operand) => ({ op: "//", operands: [operand, one] }) },
  trunc: { compute: Math.trunc, formula: (operand) => ({ op: "int", operands: [operand] }) },
  round: { compute: Math.round, formula: (operand) => ({ op: "//", operands: [{ op: "+", operands: [operand, { op: "number", value: 0.5 }] }, one] }) },
  ceil: { compute: Math.ceil, formula: (operand) => negative({ op: "//", operands: [negative(operand), one] }) },
};

export function negative(operand: Formula): Formula {
  return { op: "-", operands: [{ op: "number", value: 0 }, operand] };
}
