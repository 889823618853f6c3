import type { TSESTree } from "@typescript-eslint/types";
import { describe, expect, it } from "vitest";
import { resolveExports } from "../src/exports.ts";
import { findListenCalls } from "../src/find.ts";
import type { ScopeManager } from "../src/scopes.ts";
import { RECEIVERS } from "./receivers.cases.ts";
import { withBabel } from "./parse.ts";
import { summary } from "./summary.ts";
import { FORMS, VALUES } from "./values.cases.ts";

const START = `const s = require("http").createServer(); `;

function times(count: number, part: (at: number) => string, joiner = ""): string {
  return Array.from({ length: count }, (_, at) => part(at)).join(joiner);
}

function analyse(code: string): readonly string[] {
  const { program, scopes } = withBabel(code);
  resolveExports(program, scopes, code);
  return findListenCalls(program, scopes, code).map(summary);
}

describe("hostile code", () => {
  // Each of these would overflow the stack, loop or explode in an analysis that follows what it reads without a bound.
  const cases: readonly (readonly [title: string, code: string, backlog: string])[] = [
    ["a sum of 500 terms", `s.listen(1, "h", ${times(500, () => "1", "+")})`, "?"],
    ["a chain of 5,000 constants", `const c0 = 1; ${times(5000, (at) => `const c${at + 1} = c${at};`)} s.listen(1, "h", c5000)`, "?"],
    ["constants that double", `const c0 = "xxxxxxxx"; ${times(90, (at) => `const c${at + 1} = c${at} + c${at};`)} s.listen(1, "h", c90)`, "?"],
    ["sums that double", `const c0 = 1; ${times(90, (at) => `const c${at + 1} = c${at} + c${at};`)} s.listen(1, "h", c30)`, String(2 ** 30)],
    ["options that double", `const c0 = a0 ? 1 : 2; ${times(60, (at) => `const c${at + 1} = a${at} ? c${at} + 1 : c${at} * 3;`)} s.listen(1, "h", c60)`, "?"],
    ["big integers squared", `const c0 = 99n; ${times(60, (at) => `const c${at + 1} = c${at} * c${at};`)} s.listen(1, "h", c60)`, "?"],
    ["a big integer of many digits", `s.listen(1, "h", ${"9".repeat(100_000)}n)`, "?"],
    ["constants in a circle", `const a = b, b = c, c = a; s.listen(1, "h", a)`, "?"],
    ["objects spread in a circle", `const a = { ...b }, b = { ...a }; s.listen(1, "h", a.x)`, "?"],
    ["objects spread twice each", `const c0 = { b: 7 }; ${times(90, (at) => `const c${at + 1} = { ...c${at}, ...c${at} };`)} s.listen(1, "h", c40.b)`, "7"],
    ["functions in a circle", `const f = () => g(); const g = () => f(); s.listen(1, "h", f())`, "?"],
    ["an object that holds itself", `const a = { a, b: 7 }; a.a = a; s.listen(1, "h", a.a.a.a.b)`, "?"],
    ["an object with many members", `const o = { ${times(20_000, (at) => `k${at}: ${at}`, ",")} }; s.listen(1, "h", o.k19999)`, "19999"],
    ["names like Object.prototype's", `const o = {}; s.listen(1, "h", o.constructor ? 1 : __proto__.toString)`, "?"],
  ];
  for (const [title, code, backlog] of cases) {
    it(`is survived: ${title}`, () => {
      const [found] = analyse(START + code);
      expect(found).toBe(`node:http port port=1 host="h" backlog=${backlog}`);
    });
  }

  it("is survived: classes that extend each other", () => {
    expect(analyse(`class A extends B { go() { this.listen(1); this.s.listen(2) } } class B extends A {}`)).toEqual(["unknown port port=1", "unknown port port=2"]);
  });

  it("is survived: 2,000 classes in a row", () => {
    expect(analyse(`class C0 {} ${times(2000, (at) => `class C${at + 1} extends C${at} {}`)} new C2000().listen(1)`)).toEqual(["unknown port port=1"]);
  });

  it("is survived: types that name each other", () => {
    expect(analyse(`type A = B; type B = Readonly<A> | A; let x: A; x.listen(1)`)).toEqual(["unknown port port=1"]);
  });

  it("takes time in proportion to its length", () => {
    const part = (at: number): string => `const o${at} = { a: { b: ${at} } }; o.k = ${at}; class K${at} { x = srv; go() { this.x = srv; this.x.listen(o${at}.a.b, "h", N) } }`;
    const take = (count: number): number => {
      const code = `const o = { a: 1 }; const N = o.a; const srv = require("net").createServer(); ${times(count, part)}`;
      const { program, scopes } = withBabel(code);
      let best = Infinity;
      for (let run = 0; run < 3; run++) {
        const start = process.cpuUsage();
        expect(findListenCalls(program, scopes, code)).toHaveLength(count);
        best = Math.min(best, process.cpuUsage(start).user / 1000);
      }
      return best;
    };
    take(250);
    // Eight times the length; twice that leaves room for a busy machine, and none for a square (64).
    expect(take(4000) / take(500)).toBeLessThan(24);
  });
});

describe("names written and read thousands of times", () => {
  const forms: readonly (readonly [title: string, start: string, part: (at: number) => string, end: string])[] = [
    ["a field", `class A { go() {`, (at) => `this.s = f(${at}); this.s.listen(1, "h", this.s);`, `} }`],
    ["a property", `const o = {};`, (at) => `o.s = f(${at}); o.s.listen(1, "h", o.s);`, ``],
    ["an export", ``, (at) => `exports.s = f(${at}); exports.s.listen(1, "h", exports.s);`, ``],
    ["a constant property", `const o = {};`, (at) => `o.s = 5; s.listen(1, "h", o.s + ${at});`, ``],
    ["a function's results", `function g(x) { ${times(2000, (at) => `if (x === ${at}) return f(${at});`)} }`, (at) => `g(${at}).listen(1, "h", ${at});`, ``],
    ["an interface", `interface I { ${times(2000, (at) => `m${at}: X;`)} } const go = (i: I) => {`, (at) => `i.m${at}.listen(1, "h", i.m${at});`, `};`],
    ["an object's parts", `const o = { ${times(2000, (at) => `m${at}: ${at},`)} };`, (at) => `s.listen(1, "h", o.m${at});`, ``],
  ];
  for (const [title, start, part, end] of forms) {
    it(`take time in proportion to their number: ${title}`, () => {
      const code = START + start + times(4000, part) + end;
      const { program, scopes } = withBabel(code);
      const before = process.cpuUsage();
      expect(findListenCalls(program, scopes, code)).toHaveLength(4000);
      // Going through all of them each time would take 10 s and more.
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(2500);
    });
  }
});

describe("trees that no parser makes", () => {
  /** A small generator of its own, so that a failure can be repeated. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  interface Slot {
    readonly holder: Record<string, unknown>;
    readonly key: string;
    readonly node: object;
  }

  function slots(program: TSESTree.Program): readonly Slot[] {
    const found: Slot[] = [];
    const seen = new Set<object>();
    const stack: object[] = [program];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      for (const [key, value] of Object.entries(node) as [string, unknown][]) {
        if (key === "loc" || key === "range" || typeof value !== "object" || value === null) continue;
        if ("type" in value) found.push({ holder: node as Record<string, unknown>, key, node: value });
        stack.push(value);
      }
    }
    return found;
  }

  it("are survived: nodes exchanged at random in every case of our tables", () => {
    const next = random(20);
    let calls = 0;
    for (const [code] of [...RECEIVERS, ...VALUES, ...FORMS]) {
      for (let round = 0; round < 3; round++) {
        const { program, scopes }: { program: TSESTree.Program; scopes: ScopeManager } = withBabel(code);
        const all = slots(program);
        for (let change = 0; change < 2; change++) {
          const to = all[Math.floor(next() * all.length)];
          const from = all[Math.floor(next() * all.length)];
          // A copy, so that the tree stays a tree.
          if (to !== undefined && from !== undefined) to.holder[to.key] = structuredClone(from.node);
        }
        calls += findListenCalls(program, scopes, code).length;
        resolveExports(program, scopes, code);
      }
    }
    expect(calls).toBeGreaterThan(500);
  });
});
