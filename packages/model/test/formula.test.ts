import { spawnSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateFormula, formulaRange, formulaText } from "../src/formula.ts";
import type { Formula } from "../src/provenance.ts";

const cpus: Formula = { op: "cpus" };
const number = (value: number): Formula => ({ op: "number", value });

const { formula: random } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(cpus),
    fc.integer({ min: -3, max: 9 }).map(number),
    fc.constantFrom(0.5, 1.5, 2.25).map(number),
    fc.record({ op: fc.constantFrom("+", "-", "*", "/", "//", "%"), operands: fc.tuple(tie("formula"), tie("formula")) }),
    fc.record({ op: fc.constant("**" as const), operands: fc.tuple(tie("formula"), fc.integer({ min: 0, max: 2 }).map(number)) }),
    fc.record({ op: fc.constantFrom("min", "max"), operands: fc.array(tie("formula"), { minLength: 2, maxLength: 3 }) }),
    fc.record({ op: fc.constantFrom("int", "-"), operands: fc.tuple(tie("formula")) }),
  ),
}));

/** The formula as Python text. */
function python(formula: Formula): string {
  if (formula.op === "cpus") return "c";
  if (formula.op === "number") return `(${formula.value})`;
  const operands = formula.operands.map(python);
  if (formula.op === "min" || formula.op === "max" || formula.op === "int") return `${formula.op}(${operands.join(",")})`;
  return operands.length === 1 ? `(-${operands.join("")})` : `(${operands.join(formula.op)})`;
}

/** What `formulaText` printed, as Python text. */
function reread(text: string): string {
  return text.replaceAll("×", "*").replaceAll("CPUs", "c");
}

/** Python's value of each expression for 1, 2, 3, 8 and 64 CPUs; null where it raises. */
function pythonValues(expressions: readonly string[]): readonly (readonly (number | null)[])[] {
  const program = [
    "import json, math, sys",
    "def value(code, c):",
    "    try: found = float(eval(code, {'c': c, 'min': min, 'max': max, 'int': int}))",
    "    except (ArithmeticError, ValueError): return None",
    "    return found if math.isfinite(found) else None",
    "print(json.dumps([[value(code, c) for c in (1, 2, 3, 8, 64)] for code in (compile(e, 'e', 'eval') for e in json.load(sys.stdin))]))",
  ].join("\n");
  const run = spawnSync("/usr/bin/python3", ["-c", program], { input: JSON.stringify(expressions), encoding: "utf8", timeout: 50_000 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as (number | null)[][];
}

describeWith(["python3"], "formulas as Python computes them", () => {
  const samples = fc.sample(random, { numRuns: 3000, seed: 11 });
  const counts = [1, 2, 3, 8, 64];

  it("have Python's value, and NaN where Python raises", () => {
    const values = pythonValues(samples.map(python));
    expect(values.flat().filter((value) => value !== null).length).toBeGreaterThan(3000);
    samples.forEach((formula, index) => {
      counts.forEach((count, at) => {
        const expected = values[index]?.[at] ?? null;
        const ours = evaluateFormula(formula, count);
        if (expected === null) expect(Number.isFinite(ours), python(formula)).toBe(false);
        else expect(ours + 0, `${python(formula)} with ${count}`).toBeCloseTo(expected, 6);
      });
    });
  });

  it("print as text that means the same", () => {
    const values = pythonValues(samples.map(python));
    const printed = pythonValues(samples.map((formula) => reread(formulaText(formula))));
    samples.forEach((formula, index) => {
      values[index]?.forEach((value, at) => {
        const again = printed[index]?.[at];
        if (value === null) expect(again, formulaText(formula)).toBeNull();
        else expect(again, formulaText(formula)).toBeCloseTo(value, 6);
      });
    });
  });
});

describe("formulas over a range of CPU counts", () => {
  it("lie within the range", () => {
    fc.assert(
      fc.property(random, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 }), fc.nat({ max: 100 }), (formula, low, more, at) => {
        // Every other range has no end, as where nobody said how many CPUs there are.
        const range = formulaRange(formula, { low, high: at % 2 === 0 ? low + more : Infinity });
        const value = evaluateFormula(formula, low + (at % (more + 1)));
        if (Number.isNaN(range.low) || Number.isNaN(value)) return;
        const slack = 1e-9 * Math.max(1, Math.abs(value));
        expect(value).toBeGreaterThanOrEqual(range.low - slack);
        expect(value).toBeLessThanOrEqual(range.high + slack);
      }),
      { numRuns: 5000 },
    );
  });

  it("are unknown when nested beyond reason, and the text ends", () => {
    let deep: Formula = cpus;
    for (let i = 0; i < 50_000; i++) deep = { op: "+", operands: [deep, number(1)] };
    expect(evaluateFormula(deep, 1)).toBeNaN();
    expect(formulaText(deep)).toContain("…");
  });
});

describe("a formula that uses each part twice, sixty times over", () => {
  let doubled: Formula = cpus;
  for (let i = 0; i < 60; i++) doubled = { op: "+", operands: [doubled, doubled] };

  it("is computed part by part, and its text ends", () => {
    expect(evaluateFormula(doubled, 1)).toBe(2 ** 60);
    expect(formulaText(doubled).length).toBeLessThan(2000);
  });
});

describe("the text of a formula", () => {
  it.each<readonly [Formula, string]>([
    [{ op: "+", operands: [{ op: "*", operands: [number(2), cpus] }, number(1)] }, "2 × CPUs + 1"],
    [{ op: "+", operands: [{ op: "*", operands: [cpus, number(2)] }, number(1)] }, "2 × CPUs + 1"],
    [{ op: "*", operands: [number(2), { op: "+", operands: [cpus, number(1)] }] }, "2 × (CPUs + 1)"],
    [{ op: "min", operands: [cpus, number(4)] }, "min(CPUs, 4)"],
    [{ op: "int", operands: [{ op: "/", operands: [cpus, number(2)] }] }, "int(CPUs / 2)"],
  ])("is short", (formula, text) => {
    expect(formulaText(formula)).toBe(text);
  });
});
