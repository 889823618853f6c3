import type { Assumptions, Expression, Interval, Setting } from "./limit-types.ts";
import { intervalOf } from "./value.ts";

/** Values to put in the place of settings, by setting id. */
export type Overrides = ReadonlyMap<string, number>;

export function constant(value: number): Expression {
  return { kind: "constant", value };
}

export function fromSetting(setting: Setting): Expression {
  return { kind: "setting", setting };
}

/** Of at least one operand, as are the next two. */
export function sum(operands: readonly Expression[]): Expression {
  return nary("sum", operands);
}

export function product(operands: readonly Expression[]): Expression {
  return nary("product", operands);
}

export function minimum(operands: readonly Expression[]): Expression {
  return nary("minimum", operands);
}

function nary(kind: "sum" | "product" | "minimum", operands: readonly Expression[]): Expression {
  const [only, second] = operands;
  if (only !== undefined && second === undefined) return only;
  return { kind, operands: operands.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand])) };
}

/** The numbers that an expression can be, given what is assumed; `overrides` replace settings. */
export function evaluate(expression: Expression, assumptions: Assumptions, overrides?: Overrides): Interval {
  switch (expression.kind) {
    case "constant":
      return { low: expression.value, high: expression.value };
    case "setting":
      return settingInterval(expression.setting, assumptions, overrides);
    case "unknown":
      return { low: 0, high: Infinity };
    case "share": {
      const of = evaluate(expression.of, assumptions, overrides);
      const share = (value: number): number => Math.max(0, Math.floor((value - expression.minus) / expression.by));
      return { low: share(of.low), high: share(of.high) };
    }
    case "sum":
    case "product":
    case "minimum": {
      const combine = combiners[expression.kind];
      return expression.operands
        .map((operand) => evaluate(operand, assumptions, overrides))
        .reduce((left, right) => ({ low: combine(left.low, right.low), high: combine(left.high, right.high) }));
    }
  }
}

const combiners = {
  sum: (a: number, b: number): number => a + b,
  // No workers hold nothing, however much each could hold.
  product: (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b),
  minimum: (a: number, b: number): number => Math.min(a, b),
};

/** The numbers that a setting can be; a negative one that the kernel reads unsigned is Infinity. */
export function settingInterval(setting: Setting, assumptions: Assumptions, overrides?: Overrides): Interval {
  const override = overrides?.get(setting.id);
  const { value } = setting.value;
  if (override === undefined && setting.unsigned === true && value.kind === "oneOf") {
    const intervals = value.options.map((option) =>
      settingInterval({ ...setting, value: { ...setting.value, value: option.value } }, assumptions),
    );
    return intervals.reduce((a, b) => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }));
  }
  const interval = override === undefined ? intervalOf(setting.value, setting.least, assumptions) : { low: override, high: override };
  return setting.unsigned === true && interval.low < 0 ? { low: Infinity, high: Infinity } : interval;
}

/** Every setting in an expression, once each, from left to right. */
export function settingsOf(expression: Expression): readonly Setting[] {
  const found = new Map<string, Setting>();
  collect(expression, found);
  return [...found.values()];
}

function collect(expression: Expression, into: Map<string, Setting>): void {
  switch (expression.kind) {
    case "constant":
    case "unknown":
      return;
    case "setting":
      if (!into.has(expression.setting.id)) into.set(expression.setting.id, expression.setting);
      return;
    case "share":
      collect(expression.of, into);
      return;
    case "sum":
    case "product":
    case "minimum":
      for (const operand of expression.operands) collect(operand, into);
  }
}

/**
 * The settings that set the value: of a minimum only those of its least operand, judged by what is sure (`low`,
 * then `high`). Operands that are equally least all count: raising one of them alone changes nothing.
 */
export function bindingSettings(expression: Expression, assumptions: Assumptions, overrides?: Overrides): readonly Setting[] {
  return settingsOf(bindingPart(expression, assumptions, overrides));
}

/** What is left of an expression without the operands of minima that do not bind; for its settings see `bindingSettings`. */
export function bindingPart(expression: Expression, assumptions: Assumptions, overrides?: Overrides): Expression {
  const inner = (operand: Expression): Expression => bindingPart(operand, assumptions, overrides);
  switch (expression.kind) {
    case "constant":
    case "setting":
    case "unknown":
      return expression;
    case "share":
      return { ...expression, of: inner(expression.of) };
    case "sum":
    case "product":
      return { kind: expression.kind, operands: expression.operands.map(inner) };
    case "minimum": {
      const least = evaluate(expression, assumptions, overrides);
      const candidates = expression.operands
        .map((operand) => ({ operand, value: evaluate(operand, assumptions, overrides) }))
        .filter(({ value }) => value.low === least.low);
      const high = candidates.reduce((lowest, { value }) => Math.min(lowest, value.high), Infinity);
      return minimum(candidates.filter(({ value }) => value.high === high).map(({ operand }) => inner(operand)));
    }
  }
}
