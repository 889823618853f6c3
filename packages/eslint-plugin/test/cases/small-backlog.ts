import { DOUBT, dropped, HERE, marked, named, raised, type Hit, type RuleCases, type Suggested, type Tier } from "./case.ts";

interface Rest {
  readonly tier?: Tier;
  readonly source?: string;
  readonly words?: string;
  readonly doubt?: true;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly minimum?: number;
  readonly suggestions?: readonly Suggested[];
  readonly filename?: string;
}

/** A backlog of `value` is reported; Linux queues one client more than the number (include/net/sock.h sk_acceptq_is_full). */
function hit(title: string, source: string, value: number, rest: Rest = {}): Hit {
  const { minimum = 511 } = rest;
  const instead = value < 511 ? "passing nothing would hold 512 (Node asks for 511)" : `the floor is ${String(minimum)}`;
  return {
    title,
    tier: rest.tier ?? "js",
    ...marked(source),
    ...(rest.options === undefined ? {} : { options: rest.options }),
    ...(rest.filename === undefined ? {} : { filename: rest.filename }),
    data: {
      verdict: `Backlog ${rest.words ?? String(value)} holds ${String(value + 1)} clients before accept() runs; ${instead}.`,
      source: rest.source ?? HERE,
      minimum: String(minimum),
      origin: minimum === 511 ? "what Node asks for when nothing is passed" : "set by this rule's option",
      doubt: rest.doubt === true ? DOUBT : "",
    },
    suggestions: rest.suggestions ?? [named(source, minimum), dropped(source)],
  };
}

const HTTP = 'import http from "node:http";\nconst server = http.createServer();\n';
const property = /,\s*backlog: ⟦[^⟧]*⟧/;

function inOptions(title: string, source: string, value: number): Hit {
  return hit(title, source, value, { suggestions: [named(source), dropped(source, property)] });
}

function declared(title: string, source: string, value: number, old: string, from: string, line: number, rest: Rest = {}): Hit {
  const raise = raised(source, old, old.replace(/(["']?)\d+n?\1/, "511"));
  return hit(title, source, value, { source: `comes from \`${from}\` in line ${String(line)}`, suggestions: [raise, dropped(source)], ...rest });
}

const POTENTIAL = { report: "potential" };

export const smallBacklog: RuleCases = {
  rule: "small-backlog",
  hits: [
    // Call forms.
    hit("port, host, backlog", `${HTTP}server.listen(3000, "0.0.0.0", ⟦10⟧);`, 10),
    hit("with a callback", `${HTTP}server.listen(3000, "0.0.0.0", ⟦10⟧, () => {});`, 10),
    hit("port, backlog", `${HTTP}server.listen(3000, ⟦10⟧);`, 10),
    hit("port, backlog, callback", `${HTTP}server.listen(3000, ⟦10⟧, onListening);`, 10),
    hit("path, backlog", `${HTTP}server.listen("/run/app.sock", ⟦10⟧);`, 10),
    hit("no host, backlog", `${HTTP}server.listen(3000, undefined, ⟦10⟧);`, 10),
    hit("options, backlog", `${HTTP}server.listen({ port: 3000 }, ⟦10⟧);`, 10),
    hit("a descriptor, backlog", `${HTTP}server.listen({ fd: 3 }, ⟦10⟧);`, 10),
    hit("a port from the environment", `${HTTP}server.listen(process.env.PORT || 3000, "::", ⟦10⟧);`, 10),
    inOptions("options with a port", `${HTTP}server.listen({ port: 3000, backlog: ⟦10⟧ });`, 10),
    inOptions("options with a path", `${HTTP}server.listen({ path: "/run/app.sock", backlog: ⟦10⟧ }, () => {});`, 10),
    hit("backlog as the first of the options", `${HTTP}server.listen({ backlog: ⟦10⟧, port: 3000 });`, 10, {
      suggestions: [named(`${HTTP}server.listen({ backlog: ⟦10⟧, port: 3000 });`), dropped(`${HTTP}server.listen({ backlog: ⟦10⟧, port: 3000 });`, /backlog: ⟦10⟧, /)],
    }),
    hit("?. and computed names", `${HTTP}server?.["listen"](3000, "::", ⟦10⟧);`, 10),
    hit("one client more than the number", `${HTTP}server.listen(3000, "::", ⟦510⟧);`, 510),
    hit("a backlog of one", `${HTTP}server.listen(3000, "::", ⟦1⟧);`, 1),
    // Values: strings and bigints count positionally, see the test against Node.
    hit("a numeric string", `${HTTP}server.listen("/run/app.sock", ⟦"10"⟧);`, 10),
    hit("a bigint", `${HTTP}server.listen("/run/app.sock", ⟦10n⟧);`, 10),
    inOptions("a numeric string among the options", `${HTTP}server.listen({ port: 3000, backlog: ⟦"10"⟧ });`, 10),
    hit("what is left of 2**32 + 7", `${HTTP}server.listen(3000, "::", ⟦2 ** 32 + 7⟧);`, 7),
    hit("arithmetic", `${HTTP}server.listen(3000, "::", ⟦4 * 4⟧);`, 16),
    // Where it comes from.
    declared("a constant", `${HTTP}const BACKLOG = 10;\nserver.listen(3000, "::", ⟦BACKLOG⟧);`, 10, "BACKLOG = 10", "BACKLOG = 10", 3),
    declared("a let that is never written again", `${HTTP}let backlog = 10;\nserver.listen(3000, "::", ⟦backlog⟧);`, 10, "backlog = 10", "backlog = 10", 3),
    declared("a numeric string in a constant", `${HTTP}const BACKLOG = "10";\nserver.listen(3000, "::", ⟦BACKLOG⟧);`, 10, '"10"', 'BACKLOG = "10"', 3),
    declared("a constant object", `${HTTP}const config = { backlog: 10 };\nserver.listen(3000, "::", ⟦config.backlog⟧);`, 10, "backlog: 10", "backlog: 10", 3),
    declared("destructured", `${HTTP}const { queue } = { queue: 10 };\nserver.listen(3000, "::", ⟦queue⟧);`, 10, "queue: 10", "queue: 10", 3),
    declared("a private field", `import http from "node:http";\nclass Gateway {\n  #queue = 10;\n  server = http.createServer();\n  start() { this.server.listen(3000, "::", ⟦this.#queue⟧); }\n}`, 10, "#queue = 10", "#queue = 10", 3),
    declared("a parameter's default", `${HTTP}function start(port, backlog = 10) {\n  server.listen(port, "::", ⟦backlog⟧);\n}`, 10, "backlog = 10", "backlog = 10", 3),
    hit("an environment variable's fallback", `${HTTP}server.listen(3000, "::", ⟦Number(process.env.BACKLOG) || 10⟧);`, 10, {
      words: "10 (unless BACKLOG says otherwise)",
      suggestions: [raised(`${HTTP}server.listen(3000, "::", ⟦Number(process.env.BACKLOG) || 10⟧);`, "|| 10", "|| 511"), dropped(`${HTTP}server.listen(3000, "::", ⟦Number(process.env.BACKLOG) || 10⟧);`)],
    }),
    declared("?? in a constant", `${HTTP}const BACKLOG = process.env.BACKLOG ?? 10;\nserver.listen(3000, "::", ⟦BACKLOG⟧);`, 10, "?? 10", "BACKLOG = process.env.BACKLOG ?? 10", 3, { words: "10 (unless BACKLOG says otherwise)" }),
    // Receivers.
    hit("net", `import { createServer } from "node:net";\ncreateServer().listen(3000, "::", ⟦10⟧);`, 10),
    hit("https", `import * as https from "https";\nhttps.createServer({}).listen(3000, "::", ⟦10⟧);`, 10),
    hit("http2", `import { createSecureServer } from "node:http2";\ncreateSecureServer({}).listen(3000, "::", ⟦10⟧);`, 10),
    hit("tls", `import tls from "node:tls";\nnew tls.Server().listen(3000, "::", ⟦10⟧);`, 10),
    hit("a chain of events", `import http from "http";\nhttp.createServer().on("error", f).once("listening", g).listen(3000, "::", ⟦10⟧);`, 10),
    hit("a factory", `import http from "http";\nconst make = () => http.createServer();\nmake().listen(3000, "::", ⟦10⟧);`, 10),
    hit("a class that extends it", `import net from "net";\nclass S extends net.Server {}\nnew S().listen(3000, "::", ⟦10⟧);`, 10),
    hit("express", `import express from "express";\nexpress().use(f).listen(3000, "::", ⟦10⟧);`, 10),
    hit("koa", `import Koa from "koa";\nnew Koa().use(f).listen(3000, "::", ⟦10⟧);`, 10),
    hit("connect", `import connect from "connect";\nconnect().use(f).listen(3000, "::", ⟦10⟧);`, 10),
    hit("restify", `import restify from "restify";\nrestify.createServer().listen(3000, "::", ⟦10⟧);`, 10),
    hit("polka", `import polka from "polka";\npolka().get("/", f).listen(3000, "::", ⟦10⟧);`, 10),
    hit("nest", `import { NestFactory } from "@nestjs/core";\nconst app = await NestFactory.create(Module);\nawait app.listen(3000, "::", ⟦10⟧);`, 10),
    inOptions("fastify", `import Fastify from "fastify";\nawait Fastify().listen({ port: 3000, backlog: ⟦10⟧ });`, 10),
    inOptions("ws", `import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 3000, backlog: ⟦10⟧ });`, 10),
    // TypeScript.
    hit("a typed parameter", `import type { Server } from "node:http";\nexport function start(server: Server) { server.listen(3000, "::", ⟦10⟧); }`, 10, { tier: "ts" }),
    hit("a cast", `import http from "node:http";\n(http.createServer() as http.Server).listen(3000, "::", ⟦10 as number⟧);`, 10, {
      tier: "ts",
      suggestions: [
        { ...named(""), output: 'import http from "node:http";\nconst LISTEN_BACKLOG = 511;\n(http.createServer() as http.Server).listen(3000, "::", LISTEN_BACKLOG as number);' },
        dropped('import http from "node:http";\n(http.createServer() as http.Server).listen(3000, "::", ⟦10 as number⟧);'),
      ],
    }),
    declared("an enum", `import http from "node:http";\nenum Queue { Short = 10 }\nhttp.createServer().listen(3000, "::", ⟦Queue.Short⟧);`, 10, "Short = 10", "Short = 10", 2, { tier: "ts" }),
    declared("a parameter property", `import http from "node:http";\nclass Gateway {\n  constructor(private readonly queue = 10) {}\n  start() { http.createServer().listen(3000, "::", ⟦this.queue⟧); }\n}`, 10, "queue = 10", "queue = 10", 3, { tier: "ts" }),
    // Types.
    hit("a constant of another file", `import http from "node:http";\nimport { BACKLOG } from "./constants.js";\nhttp.createServer().listen(3000, "::", ⟦BACKLOG⟧);`, 10, {
      tier: "typed",
      source: "comes from the type of `BACKLOG`",
      suggestions: [dropped(`import http from "node:http";\nimport { BACKLOG } from "./constants.js";\nhttp.createServer().listen(3000, "::", ⟦BACKLOG⟧);`)],
    }),
    hit("a constant member of another file", `import http from "node:http";\nimport { config } from "./constants.js";\nhttp.createServer().listen({ port: 3000, backlog: ⟦config.queue⟧ });`, 20, {
      tier: "typed",
      source: "comes from the type of `config.queue`",
      suggestions: [dropped(`import http from "node:http";\nimport { config } from "./constants.js";\nhttp.createServer().listen({ port: 3000, backlog: ⟦config.queue⟧ });`, property)],
    }),
    hit("a number that no name tells from a host", `import http from "node:http";\nimport { QUEUE } from "./constants.js";\nhttp.createServer().listen(3000, ⟦QUEUE⟧);`, 30, {
      tier: "typed",
      source: "comes from the type of `QUEUE`",
      suggestions: [],
    }),
    hit("a server of another file", `import { server } from "./servers.js";\nserver.listen(3000, "::", ⟦10⟧);`, 10, { tier: "typed" }),
    hit("a wrapper whose parameter is a backlog", `import { gateway } from "./servers.js";\ngateway.listen(3000, "::", ⟦10⟧);`, 10, { tier: "typed" }),
    hit("a wrapper whose options have a backlog", `import { gateway } from "./servers.js";\ngateway.listen({ port: 3000, backlog: ⟦10⟧ });`, 10, {
      tier: "typed",
      suggestions: [named(`import { gateway } from "./servers.js";\ngateway.listen({ port: 3000, backlog: ⟦10⟧ });`), dropped(`import { gateway } from "./servers.js";\ngateway.listen({ port: 3000, backlog: ⟦10⟧ });`, property)],
    }),
    // Options.
    hit("a higher minimum", `${HTTP}server.listen(3000, "::", ⟦1000⟧);`, 1000, { options: { minimum: 2048 }, minimum: 2048, suggestions: [named(`${HTTP}server.listen(3000, "::", ⟦1000⟧);`, 2048)] }),
    hit("a lower minimum", `${HTTP}server.listen(3000, "::", ⟦10⟧);`, 10, { options: { minimum: 128 }, minimum: 128 }),
    hit("an unknown receiver is potential", `import { app } from "./app.js";\napp.listen(3000, "::", ⟦10⟧);`, 10, { options: POTENTIAL, doubt: true }),
    hit("one branch is potential", `${HTTP}server.listen(3000, "::", ⟦debug ? 10 : 511⟧);`, 10, { options: POTENTIAL, words: "10 (debug)", suggestions: [dropped(`${HTTP}server.listen(3000, "::", ⟦debug ? 10 : 511⟧);`)] }),
    hit("a test file, when no file is taken for one", `${HTTP}server.listen(3000, "::", ⟦10⟧);`, 10, { options: { tests: [] }, filename: "server.test.js" }),
    hit("port 0 on loopback, when asked", `${HTTP}server.listen(0, "127.0.0.1", ⟦10⟧);`, 10, { options: { ephemeral: true } }),
    hit("port 0 on every address", `${HTTP}server.listen(0, ⟦10⟧);`, 10),
    // Suggestions.
    hit("comments stay", `${HTTP}server.listen(3000, "::", /* short */ ⟦10⟧ /* queue */, () => {});`, 10, {
      suggestions: [named(`${HTTP}server.listen(3000, "::", /* short */ ⟦10⟧ /* queue */, () => {});`), { messageId: "drop", output: `${HTTP}server.listen(3000, "::" /* short */  /* queue */, () => {});` }],
    }),
    hit("parentheses go with the argument", `${HTTP}server.listen(3000, "::", (⟦10⟧));`, 10, {
      suggestions: [named(`${HTTP}server.listen(3000, "::", (⟦10⟧));`), { messageId: "drop", output: `${HTTP}server.listen(3000, "::");` }],
    }),
    hit("names that are taken", `${HTTP}const LISTEN_BACKLOG = 600;\nserver.listen(3000, "::", ⟦10⟧);`, 10, {
      suggestions: [
        { messageId: "name", data: { to: "511", name: "LISTEN_BACKLOG_2" }, output: 'import http from "node:http";\nconst LISTEN_BACKLOG_2 = 511;\nconst server = http.createServer();\nconst LISTEN_BACKLOG = 600;\nserver.listen(3000, "::", LISTEN_BACKLOG_2);' },
        dropped(`${HTTP}const LISTEN_BACKLOG = 600;\nserver.listen(3000, "::", ⟦10⟧);`),
      ],
    }),
    hit("without imports, below directives", `"use strict"; // strict\nrequire("http").createServer().listen(3000, "::", ⟦10⟧);`, 10, {
      suggestions: [named(`"use strict"; // strict\nrequire("http").createServer().listen(3000, "::", ⟦10⟧);`), dropped(`"use strict"; // strict\nrequire("http").createServer().listen(3000, "::", ⟦10⟧);`)],
    }),
    hit("without imports or directives", `require("http").createServer().listen(3000, "::", ⟦10⟧);`, 10, {
      suggestions: [{ ...named(""), output: `const LISTEN_BACKLOG = 511;\nrequire("http").createServer().listen(3000, "::", LISTEN_BACKLOG);` }, dropped(`require("http").createServer().listen(3000, "::", ⟦10⟧);`)],
    }),
    hit("not dropped where another number would take its place", `${HTTP}server.listen(3000, ⟦10⟧, 20);`, 10, { suggestions: [named(`${HTTP}server.listen(3000, ⟦10⟧, 20);`)] }),
  ],
  silent: [
    ...[
      ["nothing passed", `server.listen(3000);`],
      ["what passing nothing gives", `server.listen(3000, "::", 511);`],
      ["more", `server.listen({ port: 3000, backlog: 4096 });`],
      ["0, negatives and NaN mean 511", `server.listen(3000, 0); server.listen(3001, "::", -1); server.listen(3002, "::", NaN); server.listen({ port: 3003, backlog: 0 });`],
      ["-1 among the options means somaxconn", `server.listen({ port: 3000, backlog: -1 });`],
      ["another rule's", `server.listen(3000, "::", true); server.listen({ port: 3000, backlog: 5n }); server.listen(3000, 0.5);`],
      ["known only at run time", `server.listen(3000, "::", process.env.BACKLOG); server.listen({ port: 3000, backlog: options.backlog }); server.listen(3000, "::", os.cpus().length);`],
      ["a reassigned variable", `let backlog = 10; if (big) backlog = 1000; server.listen(3000, "::", backlog);`],
      ["one branch", `server.listen(3000, "::", debug ? 10 : 511);`],
      ["options that something else may change", `const options = { port: 3000, backlog: 10 }; change(options); server.listen(options);`],
      ["a spread that may change it", `server.listen({ port: 3000, backlog: 10, ...options }); server.listen(...args);`],
      ["a descriptor's options, which are ignored", `server.listen({ fd: 3, backlog: 10 });`],
      ["port 0 on loopback", `server.listen(0, "127.0.0.1", 10); server.listen({ port: 0, host: "localhost", backlog: 5 }); server.listen(0, "::1", 1);`],
      ["a method of another name", `server.listener(3000, 10); server.on("listen", 10); listen(3000, 10);`],
    ].map(([title = "", code = ""]) => ({ title, tier: "js" as const, code: `${HTTP}${code}` })),
    ...[
      ["an event emitter", `import { EventEmitter } from "node:events";\nnew EventEmitter().listen(1, 2, 3);`],
      ["nobody knows what it is", `emitter.listen(1, 2, 3); store.listen(5); history.listen(cb); this.listen(3000, 10); app.listen(3000, 10);`],
      ["a kanban board", `const board = { backlog: 5, doing: 2, listen(change) {} }; board.listen(3, 5); render({ backlog: 5 }); board.listen({ backlog: 5 });`],
      ["host first", `transport.listen("0.0.0.0", 80); transport.listen("localhost", 80, 5);`],
      ["a shadowed http", `import http from "node:http";\nexport function start(http) { http.createServer().listen(3000, 10); }\n{ const http = mine(); http.createServer().listen(3000, 10); }`],
      ["another module of that name", `import http from "./http.js";\nhttp.createServer().listen(3000, 10);`],
      ["a class of one's own", `class Radio { listen(channel, volume) {} }\nnew Radio().listen(1, 10);`],
      ["redux", `import { createStore } from "redux";\ncreateStore(reducer).listen(5);`],
      ["uWebSockets.js: the second number are socket options", `import { App } from "uWebSockets.js";\nApp().listen(3000, 1, cb);`],
      ["hono has no backlog", `import { serve } from "@hono/node-server";\nserve({ fetch, port: 3000, backlog: 5 });`],
      ["ws on a server of somebody else's", `import { WebSocketServer } from "ws";\nnew WebSocketServer({ server, backlog: 5 });`],
      ["an empty file", ""],
      ["only a comment", "// server.listen(3000, 10)"],
    ].map(([title = "", code = ""]) => ({ title, tier: "js" as const, code })),
    ...["host-first wrappers", "a kanban board's options", "another class's listen()"].map((title, at) => ({
      title: `potential: ${title}`,
      tier: "js" as const,
      options: POTENTIAL,
      code: [`transport.listen("0.0.0.0", 80); transport.listen("db.example.org", 80);`, `board.listen({ backlog: 5, doing: 2 });`, `class Radio { listen(channel, volume) {} }\nnew Radio().listen(1, 10);`][at] ?? "",
    })),
    { title: "below a lower minimum only", tier: "js", options: { minimum: 64 }, code: `${HTTP}server.listen(3000, "::", 64);` },
    ...["server.test.js", "server.spec.mjs", "test/server.js", "src/__tests__/server.js", "bench/run.js"].map((filename) => ({ title: `a test: ${filename}`, tier: "js" as const, filename, code: `${HTTP}server.listen(3000, "::", 10);` })),
    { title: "globs of one's own", tier: "js", options: { tests: ["**/tools/**"] }, filename: "tools/server.js", code: `${HTTP}server.listen(3000, "::", 10);` },
    { title: "a type of one's own", tier: "ts", code: `interface Radio { listen(channel: number, volume: number): void }\nexport function tune(radio: Radio) { radio.listen(1, 10); }` },
    { title: "types that say it is no backlog", tier: "typed", options: POTENTIAL, code: `import { radio } from "./servers.js";\nradio.listen(1, 10);` },
    { title: "types that say the options are another thing's", tier: "typed", options: POTENTIAL, code: `import { board } from "./servers.js";\nboard.listen({ backlog: 5, doing: 2 });` },
    { title: "a number of another file that may be any", tier: "typed", code: `import http from "node:http";\nimport { limits } from "./constants.js";\nhttp.createServer().listen(3000, "::", limits.queue);` },
  ],
};
