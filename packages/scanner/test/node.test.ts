import { describe, expect, it } from "vitest";
import { assemble, command, inShort, script } from "./node-fixture.ts";

const single = { mode: { kind: "exact", value: "single" }, instances: { kind: "exact", value: 1 } };

describe("a server in one file", () => {
  it("listens on every address of the machine with Node's default backlog when nothing says otherwise", () => {
    const { services } = assemble({ "server.js": `const http = require("http");\nhttp.createServer().listen(3000);\n` });
    expect(services.map(inShort)).toEqual([{ id: "node:server.js", ...single, listeners: [":::3000 511 default"] }]);
    const [listener] = services[0]?.listeners ?? [];
    expect(listener?.origin).toEqual({ kind: "file", file: "server.js", range: { start: { offset: 30, line: 2, column: 1 }, end: { offset: 62, line: 2, column: 33 } } });
    expect(listener?.backlog.requested.origin).toMatchObject({ kind: "default", of: "Node" });
  });

  it("takes the backlog that is written, with its place", () => {
    const { services } = assemble({ "server.js": `import net from "node:net";\nconst BACKLOG = 64;\nnet.createServer().listen({ port: 80, host: "0.0.0.0", backlog: BACKLOG });\n` });
    expect(services.map(inShort)).toEqual([{ id: "node:server.js", ...single, listeners: ["*:80 64 explicit"] }]);
    const requested = services[0]?.listeners[0]?.backlog.requested;
    expect(requested?.origin).toMatchObject({ kind: "file", file: "server.js", range: { start: { line: 2, column: 17 } } });
    expect(requested?.via?.[0]).toMatchObject({ kind: "file", file: "server.js" });
  });

  it.each([
    ["listen(80, 0)", "511 fallback"],
    ["listen(80, -1)", "511 fallback"],
    ["listen({ port: 80, backlog: -1 })", "-1 explicit"],
    ["listen({ port: 80, backlog: 'abc' })", "0 coerced"],
    ["listen(80, undefined)", "511 default"],
    ["listen(80, process.env.BACKLOG | 0)", "dynamic explicit"],
  ])("reads the backlog of %s as Node does: %s", (call, expected) => {
    const { services } = assemble({ "a.js": `require("net").createServer().${call};` });
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: [`:::80 ${expected}`] }]);
  });

  it("knows unix sockets, inherited descriptors, and addresses that only the running program knows", () => {
    const { services } = assemble({ "a.js": `const net = require("net");\nnet.createServer().listen("/run/a.sock", 32);\nnet.createServer().listen({ fd: 3 }, 100);\nnet.createServer().listen(pick());` });
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: ["/run/a.sock 32 explicit", "file descriptor 3 100 explicit", "dynamic dynamic default"] }]);
  });

  it("says what {fd, backlog} loses", () => {
    const { services } = assemble({ "a.js": `require("net").createServer().listen({ fd: 3, backlog: 100 });` });
    expect(services[0]?.listeners[0]?.backlog).toMatchObject({ reading: "default", requested: { value: { value: 511 } }, ignored: [{ reason: "node-fd", setting: { value: { kind: "exact", value: 100 } } }] });
  });

  it("leaves out what may be no server, and counts it", () => {
    const { services, unknownReceivers } = assemble({ "a.js": `export function start(thing) { thing.listen(3000, 5); }` });
    expect(services).toEqual([]);
    expect(unknownReceivers).toBe(1);
  });

  it("marks tests and ephemeral loopback ports, not examples", () => {
    const text = `require("http").createServer().listen(3000);`;
    const { services } = assemble({ "test/a.js": text, "src/a.spec.ts": text, "examples/a.js": text, "b.js": `require("http").createServer().listen(0, "127.0.0.1");` });
    expect(services.map(({ id, listeners }) => [id, listeners[0]?.testOnly])).toEqual([
      ["node:test/a.js", true],
      ["node:src/a.spec.ts", true],
      ["node:examples/a.js", undefined],
      ["node:b.js", true],
    ]);
  });

  it.each<[string, true | undefined]>([
    ["integration-tests/helpers/app.js", true],
    ["packages/acme-test-utils/src/start.ts", true],
    ["cypress/mock.js", true],
    ["src/latest/app.js", undefined],
    ["ab-test/app.js", undefined],
    ["contest/app.js", undefined],
    ["speed-test-service/app.js", undefined],
  ])("tells tests by their directory: %s", (path, expected) => {
    const { services } = assemble({ [path]: `require("http").createServer().listen(3000);` });
    expect(services[0]?.listeners[0]?.testOnly).toBe(expected);
  });

  it("names the line of listen() in a long chain", () => {
    const { services } = assemble({ "a.js": `require("http")\n  .createServer((a, b) => {\n    b.end();\n  })\n  .listen(80);` });
    expect(services[0]?.listeners[0]?.origin).toMatchObject({ file: "a.js", range: { start: { line: 5, column: 4 }, end: { line: 5, column: 14 } } });
  });
});

describe("programs", () => {
  const app = `import http from "node:http";\nhttp.createServer().listen(process.env.PORT || 3000);\n`;

  it("names the entry file that a command runs, through its imports", () => {
    const { services } = assemble({ "src/main.ts": `import "./app.js";`, "src/app.ts": app }, [command("node dist/main.js")]);
    expect(services.map(inShort)).toEqual([{ id: "node:src/main.ts", ...single, listeners: [":::3000 assumed $PORT 511 default"] }]);
    expect(services[0]?.origin).toMatchObject({ kind: "file", file: "Procfile" });
  });

  it("follows npm start to the script, and takes the environment of whoever starts it", () => {
    const { services } = assemble({ "package.json": "{}", "src/app.mjs": app }, [command("npm start", { environment: { PORT: "8080" } }), script("start", "node src/app.mjs"), script("dev", "nodemon src/app.mjs")]);
    expect(services.map(inShort)).toEqual([{ id: "node:src/app.mjs", ...single, listeners: [":::8080 511 default"] }]);
  });

  it("keeps values that differ from start to start side by side", () => {
    const other = command("node app.mjs", { file: "compose.yaml", holder: { kind: "compose", name: "web" }, environment: { PORT: "80" } });
    const { services } = assemble({ "app.mjs": app }, [command("node app.mjs"), other]);
    expect(services.map(inShort)).toEqual([{ id: "node:app.mjs", ...single, listeners: [":::3000 in Procfile web | :::80 in compose.yaml web 511 default"] }]);
    expect(services[0]?.hostnames).toEqual(["web"]);
  });

  it("finds a file in an image by the end of its absolute path", () => {
    const docker = command("node /usr/src/app/server.mjs", { file: "docker/Dockerfile", holder: { kind: "dockerfile", name: "" }, directory: undefined });
    expect(assemble({ "server.mjs": app }, [docker]).services.map(({ id }) => id)).toEqual(["node:server.mjs"]);
  });

  it("reads an entry without a JavaScript name", () => {
    const www = `#!/usr/bin/env node\nrequire("http").createServer(require("../app")).listen("8000");\n`;
    expect(assemble({ "bin/www": www, "app.js": "" }, [script("start", "node ./bin/www")]).services.map(inShort)).toEqual([{ id: "node:bin/www", ...single, listeners: [":::8000 511 default"] }]);
  });

  it("gives a file that several programs reach to production", () => {
    const { services } = assemble({ "main.mjs": `import "./app.mjs";`, "dev.mjs": `import "./app.mjs";`, "app.mjs": app }, [script("dev", "node dev.mjs"), command("node main.mjs")]);
    expect(services.map(({ id }) => id)).toEqual(["node:main.mjs"]);
  });
});

describe("values of other files", () => {
  it.each<[string, Record<string, string>]>([
    ["a constant", { "src/config.ts": "export const BACKLOG = 77;" }],
    ["a re-export", { "src/config/index.ts": `export { LIMIT as BACKLOG } from "./limits.js";`, "src/config/limits.ts": "export const LIMIT = 77;" }],
    ["a re-export of everything", { "src/config.ts": `export * from "./limits";`, "src/limits.ts": "export const BACKLOG = 77;" }],
  ])("follows an import to %s", (_, files) => {
    const { services } = assemble({ ...files, "src/a.ts": `import { createServer } from "node:net";\nimport { BACKLOG } from "./config";\ncreateServer().listen(80, BACKLOG);` });
    expect(services.map(inShort)).toEqual([{ id: "node:src/a.ts", ...single, listeners: [":::80 77 explicit"] }]);
    expect(services[0]?.listeners[0]?.backlog.requested.origin).toMatchObject({ kind: "file", file: Object.keys(files).at(-1) });
  });

  it("follows tsconfig paths and packages of the workspace", () => {
    const server = (from: string): string => `import { createServer } from "node:net";\nimport { BACKLOG } from "${from}";\ncreateServer().listen(80, BACKLOG);`;
    const mapped = assemble({ "tsconfig.json": `{ /* paths */ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`, "src/conf/x.ts": "export const BACKLOG = 12;", "src/a.ts": server("@/conf/x") });
    expect(mapped.services.map(inShort)).toEqual([{ id: "node:src/a.ts", ...single, listeners: [":::80 12 explicit"] }]);
    const workspace = assemble({ "packages/conf/package.json": `{"name":"@shop/conf","main":"dist/index.js"}`, "packages/conf/src/index.ts": "export const BACKLOG = 13;", "apps/a.ts": server("@shop/conf") });
    expect(workspace.services.map(inShort)).toEqual([{ id: "node:apps/a.ts", ...single, listeners: [":::80 13 explicit"] }]);
  });

  it("reads JSON modules", () => {
    const { services } = assemble({ "config.json": `{ "server": { "port": 8081, "backlog": 9 } }`, "a.js": `const c = require("./config.json");\nrequire("net").createServer().listen(c.server.port, c.server.backlog);` });
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: [":::8081 9 explicit"] }]);
    expect(services[0]?.listeners[0]?.backlog.requested.origin).toMatchObject({ file: "config.json", range: { start: { line: 1, column: 40 } } });
  });

  it("knows a server that another file made", () => {
    const { services } = assemble({ "app.js": `const express = require("express");\nmodule.exports = express();`, "main.js": `const app = require("./app");\napp.listen(3000, "127.0.0.1", 20);` });
    expect(services.map(inShort)).toEqual([{ id: "node:main.js", ...single, listeners: ["127.0.0.1:3000 20 explicit"] }]);
    expect(services[0]?.framework).toBe("express");
  });

  it("reads node-config by environment", () => {
    const files = {
      "config/default.json": `{ "server": { "port": 3000, "backlog": 100 } }`,
      "config/production.yaml": "server:\n  backlog: 2048\n",
      "a.js": `const config = require("config");\nrequire("net").createServer().listen({ port: config.get("server.port"), backlog: config.server.backlog });`,
    };
    const { services } = assemble(files);
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: [":::3000 assumed 2048|100 explicit"] }]);
    const value = services[0]?.listeners[0]?.backlog.requested.value;
    expect(value).toMatchObject({ kind: "oneOf", options: [{ when: "if NODE_ENV is production" }, { when: "else" }] });
  });

  it("gives up on constants that go in a circle", () => {
    const { services } = assemble({ "a.js": `import { x } from "./b.js";\nexport { x } from "./b.js";\nimport net from "net";\nnet.createServer().listen(80, x);`, "b.js": `export { x } from "./a.js";` });
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: [":::80 assumed 511 default"] }]);
  });

  it("takes an imported number in the host's place for the backlog that Node takes it for", () => {
    const { services } = assemble({ "a.js": `import { x } from "./b.js";\nimport net from "net";\nnet.createServer().listen(80, x);`, "b.js": "export const x = 21;" });
    expect(services.map(inShort)).toEqual([{ id: "node:a.js", ...single, listeners: [":::80 21 explicit"] }]);
  });
});
