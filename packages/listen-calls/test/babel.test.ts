import { parse } from "@babel/parser";
import { analyze } from "@typescript-eslint/scope-manager";
import { describe, expect, it } from "vitest";
import { normaliseBabel } from "../src/babel.ts";
import type { ScopeManager } from "../src/scopes.ts";
import { offsets, type Node } from "../src/tree.ts";
import { withBabel, withTypeScript } from "./parse.ts";

/** Every name in the scopes with the place where it is declared. */
function names(scopes: ScopeManager): readonly string[] {
  const found = new Set<string>();
  for (const scope of scopes.scopes) {
    for (const reference of [...[...scope.set.values()].flatMap(({ references }) => references), ...(scope.upper === null ? scope.through : [])]) {
      const node = reference.identifier as Node;
      const [definition] = reference.resolved?.defs ?? [];
      const place = definition === undefined ? "global" : String(offsets(definition.name as Node)[0]);
      if (node.type === "Identifier") found.add(`${node.name}@${offsets(node)[0]} → ${place}`);
    }
  }
  return [...found].sort();
}

const SYNTAX: readonly string[] = [
  `import a, { b as c } from "m"; import * as d from "n"; import type { E } from "o"; export { a, c }; d.x(); let e: E;`,
  `import x = require("m"); import y = x.z.w; export import v = require("v"); x(y, v);`,
  `enum A { x = 1, y = x, "z w" = 2 } const enum B { p } declare enum C { q } A.x; B.p; C.q;`,
  `namespace N { export namespace M { export const a = 1; export function f() { return a } } } N.M.f(); declare module "x" { const q: number } declare global { interface W {} }`,
  `abstract class A<T> extends B<T> implements C, D<T> { abstract f(a: T): void; abstract g: T; private x?: T; static { A.y } static y = 1; declare z: number; #p = 1; accessor q = this.#p; constructor(private readonly s: T, public o = 1, readonly k: any = []) { super(); s; o } get v(): T { return this.s } set v(x: T) { x } [Symbol.iterator]() {} }`,
  `class A { f(a: number): void; f(a: string): void; f(a: any) { a } } function g(a: number): void; function g(a: any) { a } g(1);`,
  `type F<T, U extends T = T> = { [K in keyof T as K]?: T[K] } & { readonly [k: string]: U }; let f: F<number>;`,
  `type G<T> = T extends (infer R extends string)[] ? R : T extends new (...a: infer A) => infer I ? [A, I] : never; let g: G<1>;`,
  `interface I<T> extends J<T>, K.L { (a: T): void; new (a: T): I<T>; m<U>(u: U, ...r: T[]): u is U; p?: typeof q; get s(): T; set s(v: T); [k: string]: any } const q = 1; let i: I<1>;`,
  `let a: (x: number, y?: string) => asserts x is number; let b: abstract new () => void; let c: [first: string, second?: number, ...rest: boolean[]]; let d: unique symbol; let e: \`a\${string}b\`; let f: import("m").A.B<string>; let g: typeof import("m"); let h: (typeof a)[number]; let k: readonly string[]; let l: this;`,
  `const a = x as const; const c = x!; const d = x satisfies Y; const e = f<string>; const g = new H<string>(a); f<number>\`\${b}\`; let x, f, H; type Y = 1;`,
  `function f(this: Window, { a, b: [c = 1] }: { a: number; b: number[] } = d, ...e: any[]): e is any { return a + c + e.length } let d;`,
  `@dec() class A { @dec() p = 1; @dec() m(@dec() a, @dec() b) { return a + b } @dec() static s; @dec() get g() { return 1 } } function dec() {}`,
  `label: for (const a of b) { for (let c in a) { if (c) continue label; } } try { f() } catch ({ message: m }) { m } finally {} var b, f; switch (b) { case f: let z; z }`,
  `async function* f() { for await (const a of b()) yield* a; await using r = b(); r } const b = async (x) => await import(x, { with: { type: "json" } }); new.target; import.meta.url; b?.(1)?.[f]?.c; 1n; /x/v; a ??= b; var a; a **= 2`,
  `export default class<T> { x: T } export const { a, ...b } = c; let c; export * as ns from "m"; export type { T } from "n"; export type Q = typeof a;`,
  `export = a; let a; export as namespace Z;`,
  `declare function f(a: number): void; declare const x: number, y; declare class A { m(): void; p: number } declare let z: A; f(x); y; z;`,
  `let a = (b, (c), ((d as any))); let b, c, d; let e: (((string))); (a) = b; ((a as any)) = c; [(a), { x: (b) }] = c;`,
  `const j = <div a={b} {...c}>{d}<E.F g="h" /><></></div>; let b, c, d, E;`,
  `function overload(): void; function overload(a?: any) { return a } class X<T = {}> { private constructor(); constructor(a?: any) { a } } let f = function named<T>(a: T) { return named(a) }; ((a) => a)<string>; X; f`,
];

describe("a tree of Babel's, brought into shape", () => {
  for (const code of SYNTAX) {
    it(`has the scopes of typescript-estree's: ${code}`, () => {
      let expected: readonly string[];
      try {
        expected = names(withTypeScript(code).scopes);
      } catch (error) {
        throw new Error(`the case is not TypeScript: ${String(error)}`);
      }
      expect(names(withBabel(code).scopes)).toEqual(expected);
    });
  }

  it("needs no typescript plugin", () => {
    const code = `class A extends B { #p = 1; static m({ a = 1 }, [b], ...c) { return a + b + c } } function f(x) { return x } export default f`;
    const { program } = parse(code, { sourceType: "module", plugins: [["estree", { classFeatures: true }]] });
    expect(names(analyze(normaliseBabel(program), { sourceType: "module", lib: [] }))).toEqual(names(withTypeScript(code).scopes));
  });
});
