import { describe, expect, it } from "vitest";
import { moduleNames } from "../src/assemble/node-reach.ts";
import { assemble, inShort, script } from "./node-fixture.ts";

const single = { mode: { kind: "exact", value: "single" }, instances: { kind: "exact", value: 1 } };

describe("a server made in another file", () => {
  it.each<[string, Record<string, string>, string]>([
    [
      "the only instance of a class",
      {
        "hub.js": `const http = require("http");\nclass Hub {\n  static it = null;\n  static getInstance() { if (Hub.it == null) Hub.it = new Hub(); return Hub.it; }\n  constructor() { this.httpServer = http.createServer(); }\n}\nmodule.exports = { Hub };`,
        "main.js": `const { Hub } = require("./hub");\nconst hub = Hub.getInstance();\nhub.httpServer.listen(3000, "::", 64);`,
      },
      ":::3000 64 explicit",
    ],
    [
      "a class that extends a server",
      { "mine.ts": `import { Server } from "node:net";\nexport class Mine extends Server {}`, "main.ts": `import { Mine } from "./mine";\nconst mine = new Mine();\nmine.listen({ port: 4000, backlog: 8 });` },
      ":::4000 8 explicit",
    ],
    [
      "a getter method of an application class",
      { "app.ts": `import express from "express";\nexport default class App { private app = express(); getServer() { return this.app; } }`, "main.ts": `import App from "./app";\nconst app = new App();\napp.getServer().listen(5000, 5);` },
      ":::5000 5 explicit",
    ],
    [
      "options from a function",
      { "load.js": `exports.load = () => ({ port: 6000, backlog: 6 });`, "main.js": `const { load } = require("./load");\nconst o = load();\nrequire("net").createServer().listen(o.port, o.backlog);` },
      ":::6000 6 explicit",
    ],
  ])("is followed: %s", (_, texts, expected) => {
    const { services } = assemble(texts);
    expect(services.map(({ listeners }) => listeners).flat().length).toBe(1);
    expect(services.map(inShort)).toEqual([{ id: Object.keys(texts).some((name) => name === "main.ts") ? "node:main.ts" : "node:main.js", ...single, listeners: [expected] }]);
  });

  it("is the library's own in its examples", () => {
    const { services } = assemble({
      "package.json": `{ "name": "express" }`,
      "index.js": `module.exports = require("./lib/express");`,
      "lib/express.js": `exports = module.exports = createApplication;\nfunction createApplication() { return mixin(function () {}); }`,
      "examples/a/index.js": `var express = require("../..");\nvar app = module.exports = express();\napp.get("/", f).listen(3000);`,
    });
    expect(services.map(inShort)).toEqual([{ id: "node:examples/a/index.js", ...single, listeners: [":::3000 511 default"] }]);
  });

  it("is not Node's, nor a library's, where only a name is the same", () => {
    const { services } = assemble({
      "packages/http/package.json": `{ "name": "http", "main": "main.js" }`,
      "packages/http/main.js": `exports.createServer = () => new Bus();`,
      "a.js": `require("./packages/http").createServer().listen(1);`,
      "b.js": `require("./express").listen(2);\nrequire("./express")().listen(3);`,
      "express.js": `module.exports = bus;`,
    });
    expect(services).toEqual([]);
  });
});

describe("the files of a program", () => {
  const server = `require("net").createServer().listen(80);`;

  it("are not those that other programs of the repository happen to be called", () => {
    const { services } = assemble(
      {
        "apps/express/package.json": `{ "name": "express", "main": "app.js" }`,
        "apps/express/app.js": server,
        "tools/package.json": "{}",
        "tools/index.js": `require("express");`,
        "one/package.json": `{ "name": "types" }`,
        "one/index.js": server,
        "two/package.json": `{ "name": "types" }`,
        "two/index.js": server,
        "tools/more.js": `require("types");`,
      },
      [script("start", "node tools/index.js"), script("serve", "node tools/more.js")],
    );
    expect(services.map(({ id }) => id).sort()).toEqual(["node:apps/express/app.js", "node:one/index.js", "node:two/index.js"]);
  });

  it("are those that are imported, not those in samples, comments and types", () => {
    const text = [
      `import a from "a";`,
      `import { b,\n  type c } from 'b';`,
      `import type { d } from "./d";`,
      `import type * as e from "./e";`,
      `export type { f } from "./f";`,
      `import type from "g";`,
      `// import h from "./h"`,
      `/**\n * const i = require("./i");\n */`,
      "const text = `\n```ts\nimport j from \"./j\"\n```\nit\\`s ${x}`;".replaceAll("```", "\\`\\`\\`"),
      `const k = require("k"), l = await import(\`l\`);`,
      `export * from "m";`,
    ].join("\n");
    expect(moduleNames(text)).toEqual(["a", "b", "g", "k", "l", "m"]);
  });

  it("are found in time, whatever the text", () => {
    const before = performance.now();
    moduleNames(`import type ${"{ a, ".repeat(50_000)}`);
    moduleNames(`from "x" `.repeat(50_000));
    moduleNames("`".repeat(500_000) + `from "x"`);
    moduleNames(`import type {${"{".repeat(200_000)} from "x"`);
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
