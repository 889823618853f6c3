import { describe, expect, it } from "vitest";
import { resolveExports } from "../src/exports.ts";
import { lookUpExport } from "../src/look-up.ts";
import type { Exported, Imported, Step } from "../src/types.ts";
import { withBabel, withTypeScript } from "./parse.ts";
import { value } from "./summary.ts";

function short(it: Exported | undefined): string {
  if (it === undefined) return "none";
  switch (it.kind) {
    case "value":
      return value(it.resolved.value);
    case "object":
      return `{${[...it.members].map(([name, member]) => `${name}: ${short(member)}`).join(", ")}${it.open ? ", …" : ""}}`;
    case "server":
      return it.framework;
    case "function":
      return `=> ${short(it.returns)}`;
    case "class":
      return `class {${[...it.members].map(([name, member]) => `${name}: ${short(member)}`).join(", ")}} new ${short(it.instance)}`;
  }
}

/** A module, an import of it as `name.path` (with `()` if called), and what that import means. */
const CASES: readonly (readonly [code: string, imported: string, meaning: string])[] = [
  [`export const B = 10`, "B", "10"],
  [`export const A = 1, B = 10`, "B", "10"],
  [`export const { B, c: [D] } = { B: 10 }`, "B", "10"],
  [`const B = 10; export { B }`, "B", "10"],
  [`const B = 10; export { B as default, B as "x y" }`, "x y", "10"],
  [`const B = 10; export default B`, "default", "10"],
  [`export default 10`, "default", "10"],
  [`export let B = 10; B = 20`, "B", "?"],
  [`export const B = process.env.B ?? 10`, "B", "~10$B"],
  [`export const B = P ? 10 : 20`, "B", "10 if P | 20 else"],
  [`export default { server: { backlog: 10 } }`, "default.server.backlog", "10"],
  [`export default { server: { backlog: 10 } } as const`, "default.server", "{backlog: 10}"],
  [`export const config = { backlog: 10, ...over }`, "config.backlog", "?"],
  [`export const config = { ...over, backlog: 10 }`, "config", "{backlog: 10, …}"],
  [`const config = { backlog: 10 }; config.backlog = 5; export { config }`, "config.backlog", "?"],
  [`export const config = Object.freeze({ backlog: 10 })`, "config.backlog", "10"],
  [`export enum Limits { backlog = 10, other }`, "Limits.other", "11"],
  [`export const B = 10`, "*.B", "10"],
  [`export default { backlog: 10 }`, "*.default.backlog", "10"],
  [`export { B } from "./b"`, "B", "./b#B"],
  [`export { B as C } from "./b"`, "C.x", "./b#B.x"],
  [`export { default } from "./b"`, "default", "./b#default"],
  [`import { B } from "./b"; export { B }`, "B", "./b#B"],
  [`import { B } from "./b"; export const C = B`, "C", "./b#B"],
  [`import b from "./b"; export default { server: b }`, "default.server.backlog", "./b#default.backlog"],
  [`export * as limits from "./b"`, "limits.B", "./b#*.B"],
  [`export * from "./b"`, "B.x", "./b#B.x"],
  [`export * from "./b"; export * from "./c"`, "B", "./b#B, ./c#B"],
  [`export * from "./b"; export const B = 10`, "B", "10"],
  [`export * from "./b"`, "default", "none"],
  [`module.exports = { backlog: 10 }`, "*.backlog", "10"],
  [`module.exports = { backlog: 10 }`, "default.backlog", "10"],
  [`module.exports = { backlog: 10 }`, "backlog", "10"],
  [`module.exports = { server: { backlog: 10 } }`, "server.backlog", "10"],
  [`const c = { backlog: 10 }; module.exports = c`, "*.backlog", "10"],
  [`const backlog = 10; module.exports = { backlog }`, "backlog", "10"],
  [`exports.backlog = 10`, "*.backlog", "10"],
  [`exports.backlog = 10`, "default.backlog", "10"],
  [`module.exports.backlog = 10`, "backlog", "10"],
  [`exports = module.exports = { backlog: 10 }`, "*.backlog", "10"],
  [`exports.server = { backlog: 10 }`, "*.server.backlog", "10"],
  [`module.exports = require("./b")`, "*.backlog", "./b#*.backlog"],
  [`module.exports = { ...require("./b"), backlog: 10 }`, "*.backlog", "10"],
  [`export = { backlog: 10 }`, "*.backlog", "10"],
  [`const exports = {}; exports.backlog = 10`, "*.backlog", "none"],
  [`function f() { module.exports = { backlog: 10 } }`, "*.backlog", "none"],
  [`import express from "express"; export const app = express()`, "app", "express"],
  [`const app = require("express")(); module.exports = app`, "*", "express"],
  [`export function make() { return require("http").createServer() }`, "make()", "node:http"],
  [`export const backlog = () => 10`, "backlog()", "10"],
  [`export default function () { return 10 }`, "default()", "10"],
  [`export default async (x) => x`, "default()", "?"],
  [`export class A {}`, "A", "class {} new {, …}"],
  [`import { Server } from "http"; export class A extends Server {}`, "A()", "node:http"],
  [`import { Server } from "http"; class B extends Server {} export class A extends B {} export const a = new A()`, "a", "node:http"],
  [`const http = require("http"); class A { static it = null; static get() { if (!A.it) A.it = new A(); return A.it } constructor() { this.server = http.createServer() } } module.exports = { A }`, "A.get().server", "node:http"],
  [`import express from "express"; export default class App { app = express(); getServer() { return this.app } }`, "default().app", "express"],
  [`import express from "express"; export default class App { app = express(); getServer() { return this.app } }`, "default().getServer()", "express"],
  [`import express from "express"; class App { app = express() } export const it = new App()`, "it.app", "express"],
  [`import { NestFactory } from "@nestjs/core"; export const app = () => NestFactory.create(M)`, "app().getHttpServer()", "node:http"],
  [`import { App } from "./app"; export const app = new App()`, "app.server", "./app#App().server"],
  [`export { App } from "./app"`, "App.get().server", "./app#App.get().server"],
  [`import { make } from "./make"; export const made = make()`, "made()", "none"],
  [`import { make } from "./make"; export const made = make()`, "made.deep.get().server", "./make#make().deep.get().server"],
  [`export class A { me = this; again() { return this } static made = new A() }`, "A.made.me.me", "none"],
  [`export const port = (p = 10) => p`, "port()", "?"],
  [`export const options = (p = 10) => ({ p, backlog: 5 })`, "options()", "{p: ?, backlog: 5}"],
  [`export const B = 10`, "C", "none"],
];

function imported(text: string): Imported {
  const [start = "", ...results] = text.split("()");
  const [name = "", ...path] = start.split(".");
  const then = results.flatMap((result, at): readonly Step[] => [...(at === 0 ? [] : [{ kind: "call" } as const]), ...result.split(".").slice(1).map((read) => ({ kind: "read", name: read }) as const)]);
  return { kind: "imported", module: "./module", name, path, ...(results.length > 0 ? { called: true as const } : {}), ...(then.length > 0 ? { then } : {}) };
}

describe("what an import means", () => {
  for (const [code, what, meaning] of CASES) {
    it(`${what} of ${code}`, () => {
      for (const parse of [withBabel, withTypeScript]) {
        const { program, scopes } = parse(code);
        const found = lookUpExport(resolveExports(program, scopes, code), imported(what));
        expect(found.map(short).join(", ") || "none", parse.name).toBe(meaning);
      }
    });
  }
});
