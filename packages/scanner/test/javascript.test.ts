import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mightListen } from "../src/readers/javascript-might-listen.ts";
import { readJavaScript } from "../src/readers/javascript.ts";

const might = (text: string): boolean => mightListen(Buffer.from(text));

describe("mightListen", () => {
  it.each([
    "server.listen(80)",
    "server.listen (80)",
    "server?.listen?.(80)",
    "server\n  .listen\n(80)",
    `server["listen"](80)`,
    "server.listen.call(server, 80)",
    "app.listen<void>(80)",
    "app.listen!(80)",
    `import { WebSocketServer } from "ws"; new WebSocketServer({ port: 1 });`,
    `require('socket.io')(3000)`,
    `import { serve } from '@hono/node-server'; serve(app);`,
    `const cluster = require("cluster"); cluster.fork();`,
    "import cluster from 'node:cluster'; cluster.fork()",
    `require("throng")(start)`,
  ])("says yes to %s", (text) => {
    expect(might(text)).toBe(true);
  });

  it.each(["element.addEventListener('x', f)", "emitter.listeners('x')", "// we listen to nothing", "server.listening", "unlisten()", "reserve(x)", "on('listen', f)", "listen(80)", "// a cluster icon, a code-fork icon", "cluster.fork()", ""])("says no to %j", (text) => {
    expect(might(text)).toBe(false);
  });

  it("never says no where a call is found", () => {
    const receivers = [`require("net").createServer()`, `require('express')()`, `(new (require("http").Server)())`];
    const gaps = ["", " ", "\n", "\t", "?.", "/* listen */", "\r\n"];
    const access = [".listen", `["listen"]`, "['listen']", "?.listen"];
    fc.assert(
      fc.property(fc.constantFrom(...receivers), fc.constantFrom(...access), fc.constantFrom(...gaps), fc.constantFrom("(80)", "()", "({port:1})"), (receiver, member, gap, call) => {
        const text = `${receiver}${member}${gap}${call};`;
        if (readJavaScript("a.js", text).calls.length > 0) expect(might(text)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("takes a few microseconds a file", () => {
    const bytes = Buffer.from(`import { addListener, listener } from "./listeners";\nexport function x() { return addEventListener(listener); }\n`.repeat(25));
    for (let round = 0; round < 2000; round += 1) mightListen(bytes);
    const before = performance.now();
    for (let round = 0; round < 2000; round += 1) mightListen(bytes);
    // Twenty times the goal: this machine may be busy.
    expect((performance.now() - before) / 2000).toBeLessThan(0.14);
  });
});

describe("readJavaScript", () => {
  const call = `require("net").createServer().listen(80);`;

  it.each<[string, string]>([
    ["a.js", `// @flow\nimport type { A } from "./a";\ntype B = {| +x: ?number |};\nfunction f(x: number, y?: string): Array<B> { return (x: any); }\n${call}`],
    ["a.js", `const x = <div onClick={() => 1}>{...y}</div>;\n${call}`],
    ["a.js", `function f(x: string = "a"): asserts x is string { return x as string; }\n${call}`],
    ["a.ts", `abstract class A<T extends object = {}> implements B<T> { private constructor(private readonly x?: T, @Inject() y: Y) { super(); } abstract m(): void; declare z: string; [key: string]: unknown; get a(): T | undefined { return undefined; } static { } accessor q = 1; }\nenum E { A = 1, B }\ndeclare module "x" { export const y: number; }\nnamespace N.M { export type X = keyof typeof E; }\nfunction over(a: string): void;\nfunction over(a: unknown) {}\ntype M = { readonly [K in keyof E as string]?: E[K] } & (new (...a: never[]) => infer U extends 1 ? 2 : 3);\nexport default interface Z extends Y<1> { (x: number): void; new (x: number): Z; m?(): void }\nconst a = <T,>(x: T) => x satisfies T;\nlet v = x!.y as const;\nimport fs = require("fs");\nexport = v;\n${call}`],
    ["a.tsx", `const A = <T,>(p: { t: T }) => <B<T> {...p} />;\n${call}`],
    ["a.mts", `import x from "./x.json" with { type: "json" };\nusing y = z();\nawait using w = z();\n${call}`],
    ["a.js", `#!/usr/bin/env node\nif (x) return;\nwith (a) b();\n${call}`],
    ["a.js", `\uFEFF@decorated() export class A { @x #y = 1; static async *[Symbol.iterator]() { yield* this.#y; } }\nlabel: for (;;) break label;\n${call}`],
    ["a.ts", `@Module({}) export class A { constructor(@Inject("x") private readonly x: X, @Opt() @Y() y?: string) {} @Get(":id") get(@Param("id") id: string) {} }\n${call}`],
  ])("reads %s: %s", (path, text) => {
    const { calls, problems } = readJavaScript(path, text);
    expect(problems).toEqual([]);
    expect(calls.map(({ receiver, range }) => [receiver.kind, text.slice(range.start.offset, range.end.offset)])).toEqual([["server", call.slice(0, -1)]]);
  });

  it("keeps what TypeScript's types say of a server", () => {
    const text = `import type { Express } from "express";\ntype App = Express;\nexport const start = (app: App): void => { app.listen(80, 5); };`;
    expect(readJavaScript("a.ts", text).calls.map(({ receiver }) => receiver)).toEqual([{ kind: "server", framework: "express" }]);
  });

  it("goes on behind a mistake and names its place", () => {
    const { calls, problems } = readJavaScript("a.js", `const x = 1;\nconst x = 2;\n${call}`);
    expect(calls).toHaveLength(1);
    expect(problems).toMatchObject([{ file: "a.js", range: { start: { line: 2, column: 7 } }, reason: expect.stringContaining("the rest of the file was read") as unknown }]);
  });

  it.each<[string, string]>([
    ["nonsense", `${call}\n}}} %%% (`],
    ["a binary", `${call}${Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 37) % 256)).toString("latin1")}`],
    ["a bundle", `${"a.b(c);".repeat(60_000)}${call}`],
    ["long lines of data", `${'a = "0123456789";'.repeat(6000)}\n${"f();\n".repeat(1000)}${call}`],
    ["deep arrays", `x = ${"[".repeat(20_000)}${"]".repeat(20_000)};${call}`],
    ["deep calls", `x${".a(b)".repeat(20_000)};${call}`],
    ["deep blocks", `${"{".repeat(20_000)}${"}".repeat(20_000)}${call}`],
    ["deep functions", `${"(()=>".repeat(5000)}1${")".repeat(5000)};${call}`],
    ["a long sum", `x = ${"a + ".repeat(50_000)}1;${call}`],
    ["many tokens", `${"f(1, 'a', { b: [c] });\n".repeat(20_000)}${call}`],
    ["many listen calls", `const s = require("net").createServer();\n${"s.listen(80, 5);\n".repeat(3000)}`],
    ["constants of themselves", `const a = b, b = a; require("net").createServer().listen(a, b);`],
    ["an unclosed comment", `${call} /* `],
    ["an unclosed template", `${call} \`\${`],
  ])("never throws: %s", (_, text) => {
    const before = performance.now();
    const { calls, problems } = readJavaScript("a.js", text);
    expect(calls.length + problems.length).toBeGreaterThan(0);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it("leaves out bundles, not long lines of data", () => {
    expect(readJavaScript("a.min.js", `${"a.b(c);".repeat(60_000)}${call}`)).toMatchObject({ calls: [], problems: [{ file: "a.min.js", reason: "JavaScript: minified; its listen() calls were not read" }] });
    expect(readJavaScript("a.js", `${'a = "0123456789";'.repeat(6000)}\n${"f();\n".repeat(1000)}${call}`).calls).toHaveLength(1);
    expect(readJavaScript("a.js", `${"a.b(c);".repeat(600)}${call}`).calls).toHaveLength(1);
  });

  it("lists what a module imports, types left out", () => {
    const text = `import a from "a"; import type b from "b"; export * from "c"; export { d } from "d"; const e = require("e"); import("f"); export { g }; import "h";\n${call}`;
    expect(readJavaScript("a.ts", text).imports).toEqual(["a", "c", "d", "e", "f", "h", "net"]);
  });
});
