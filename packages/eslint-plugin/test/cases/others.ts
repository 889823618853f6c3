import { DOUBT, dropped, HERE, marked, named, raised, type Case, type Hit, type RuleCases, type Suggested } from "./case.ts";

const HTTP = 'import http from "node:http";\nconst server = http.createServer();\n';
const property = /,\s*backlog: ⟦[^⟧]*⟧/;
const POTENTIAL = { report: "potential" };

function one(title: string, source: string, data: Readonly<Record<string, string>>, suggestions: readonly Suggested[], options?: Readonly<Record<string, unknown>>): Hit {
  return { title, tier: "js", ...marked(source), data: { doubt: "", ...data }, suggestions, ...(options === undefined ? {} : { options }) };
}

function silent(...cases: readonly (readonly [title: string, code: string])[]): readonly Case[] {
  return cases.map(([title, code]) => ({ title, tier: "js", code }));
}

/** Node makes `becomes` of what is written; the kernel queues one more. */
function invalid(title: string, source: string, becomes: 0 | 1, text: string, from = HERE, suggestions = [named(source), dropped(source, source.includes("backlog: ⟦") ? property : undefined)]): Hit {
  const clients = becomes === 0 ? "1 client" : "2 clients";
  return one(title, source, { verdict: `Node makes ${String(becomes)} of backlog ${text}: a queue for ${clients}; passing nothing would hold 512.`, source: from }, suggestions);
}

export const invalidBacklog: RuleCases = {
  rule: "invalid-backlog",
  hits: [
    invalid("true", `${HTTP}server.listen(3000, "::", ⟦true⟧);`, 1, "true"),
    invalid("a fraction", `${HTTP}server.listen(3000, "::", ⟦0.5⟧);`, 0, "0.5"),
    invalid("1.9", `${HTTP}server.listen(3000, "::", ⟦1.9⟧);`, 1, "1.9"),
    invalid("Infinity", `${HTTP}server.listen(3000, "::", ⟦Infinity⟧);`, 0, "Infinity"),
    invalid("2 ** 32", `${HTTP}server.listen(3000, "::", ⟦2 ** 32⟧);`, 0, "4294967296"),
    invalid("text among the options", `${HTTP}server.listen({ port: 3000, backlog: ⟦"abc"⟧ });`, 0, '"abc"'),
    invalid("true among the options", `${HTTP}server.listen({ port: 3000, backlog: ⟦true⟧ });`, 1, "true"),
    invalid("a constant", `${HTTP}const MANY = Infinity;\nserver.listen(3000, "::", ⟦MANY⟧);`, 0, "Infinity", "comes from `MANY = Infinity` in line 3", [
      raised(`${HTTP}const MANY = Infinity;\nserver.listen(3000, "::", ⟦MANY⟧);`, "= Infinity", "= 511"),
      dropped(`${HTTP}const MANY = Infinity;\nserver.listen(3000, "::", ⟦MANY⟧);`),
    ]),
    one("a bigint among the options", `${HTTP}server.listen({ port: 3000, backlog: ⟦1024n⟧ });`, { verdict: "Node refuses backlog 1024n and does not start.", source: HERE }, [
      named(`${HTTP}server.listen({ port: 3000, backlog: ⟦1024n⟧ });`),
      dropped(`${HTTP}server.listen({ port: 3000, backlog: ⟦1024n⟧ });`, property),
    ]),
    one("an unknown receiver", `import { app } from "./app.js";\napp.listen(3000, "::", ⟦true⟧);`, { verdict: "Node makes 1 of backlog true: a queue for 2 clients; passing nothing would hold 512.", source: HERE, doubt: DOUBT }, [
      named(`import { app } from "./app.js";\napp.listen(3000, "::", ⟦true⟧);`),
      dropped(`import { app } from "./app.js";\napp.listen(3000, "::", ⟦true⟧);`),
    ], POTENTIAL),
  ],
  silent: silent(
    ["numbers", `${HTTP}server.listen(3000, "::", 1); server.listen(3000, 10); server.listen({ port: 3000, backlog: 4096 });`],
    ["what counts as a number", `${HTTP}server.listen(3000, "::", "1024"); server.listen(3000, "::", 1024n); server.listen({ port: 3000, backlog: "1024" });`],
    ["what means 511", `${HTTP}server.listen(3000, "::", 0); server.listen(3000, "::", false); server.listen(3000, "::", null); server.listen({ port: 3000, backlog: NaN });`],
    ["another thing's true", `emitter.listen(3000, true); new Foo().listen({ port: 1, backlog: true });`],
    ["unknown", `${HTTP}server.listen(3000, "::", process.env.BACKLOG); server.listen({ port: 3000, backlog });`],
    ["an empty file", ""],
  ),
};

function ignored(title: string, source: string, text: string, what?: RegExp, suggestions?: readonly Suggested[]): Hit {
  const hint = text.includes("-") ? " (the option { backlog: -1 } asks for net.core.somaxconn)" : "";
  const verdict = `Backlog ${text} never reaches the kernel, because here Node takes numbers above 0 only; 511 is in force${hint}.`;
  return one(title, source, { verdict }, suggestions ?? [dropped(source, what)]);
}

const FD = "because for a descriptor or handle Node takes the backlog from the arguments after it, never from the options";

export const ignoredBacklog: RuleCases = {
  rule: "ignored-backlog",
  hits: [
    ignored("0", `${HTTP}server.listen(3000, "::", ⟦0⟧);`, "0"),
    ignored("0 with a callback", `${HTTP}server.listen(3000, "::", ⟦0⟧, () => {});`, "0"),
    ignored("-1", `${HTTP}server.listen(3000, "::", ⟦-1⟧);`, "-1"),
    ignored("-1 after a port", `${HTTP}server.listen(3000, ⟦-1⟧);`, "-1"),
    ignored("NaN", `${HTTP}server.listen(3000, "::", ⟦NaN⟧);`, "NaN"),
    ignored("0 among the options", `${HTTP}server.listen({ port: 3000, backlog: ⟦0⟧ });`, "0", property),
    ignored("a constant", `${HTTP}const BACKLOG = -1;\nserver.listen(3000, "::", ⟦BACKLOG⟧);`, "-1"),
    one("beside a descriptor", `${HTTP}server.listen({ fd: 3, backlog: ⟦4096⟧ });`, { verdict: `Backlog 4096 never reaches the kernel, ${FD}; 511 is in force.` }, [dropped(`${HTTP}server.listen({ fd: 3, backlog: ⟦4096⟧ });`, property)]),
    one("nest on fastify", `import { NestFactory } from "@nestjs/core";\nimport { FastifyAdapter } from "@nestjs/platform-fastify";\nconst app = await NestFactory.create(Module, new FastifyAdapter());\nawait app.listen(3000, "::", ⟦1024⟧);`, {
      verdict: "Backlog 1024 never reaches the kernel, because the fastify adapter of nest passes on a port and a host only; 511 is in force.",
    }, []),
  ],
  silent: silent(
    ["-1 among the options means somaxconn", `${HTTP}server.listen({ port: 3000, backlog: -1 });`],
    ["nothing", `${HTTP}server.listen(3000, "::", undefined); server.listen(3000, "::", null); server.listen({ port: 3000, backlog: undefined });`],
    ["a fallback that means the default", `${HTTP}server.listen(3000, "::", process.env.BACKLOG || 0); function go(backlog = 0) { server.listen(3000, "::", backlog); }`],
    ["the number in force anyway", `${HTTP}server.listen({ fd: 3, backlog: 511 });`],
    ["after a descriptor", `${HTTP}server.listen({ fd: 3 }, 1024);`],
    ["text and callbacks", `${HTTP}server.listen(3000, "::", "abc"); server.listen(3000, "::", () => {});`],
    ["nobody knows what it is", `emitter.listen(3000, -1); seek.listen(1, 2, 0);`],
    ["port 0 on loopback", `${HTTP}server.listen(0, "127.0.0.1", 0);`],
    ["an empty file", ""],
  ),
};

function ambiguous(title: string, source: string, value: number, rest: { readonly from?: string; readonly object?: string } = {}): Hit {
  return one(
    title,
    source,
    { verdict: `${String(value)} stands where a host is expected, and Node takes it for the backlog: a queue for ${String(value + 1)} clients.`, source: rest.from ?? HERE },
    rest.object === undefined ? [] : [{ messageId: "object", output: rest.object }],
  );
}

export const ambiguousBacklog: RuleCases = {
  rule: "ambiguous-backlog",
  hits: [
    ambiguous("port, number", `${HTTP}server.listen(3000, ⟦1024⟧);`, 1024, { object: `${HTTP}server.listen({ port: 3000, backlog: 1024 });` }),
    ambiguous("port, number, callback", `${HTTP}server.listen(3000, ⟦10⟧, () => {});`, 10, { object: `${HTTP}server.listen({ port: 3000, backlog: 10 }, () => {});` }),
    ambiguous("a name that says nothing", `${HTTP}const SIZE = 1024;\nserver.listen(3000, ⟦SIZE⟧);`, 1024, { from: "comes from `SIZE = 1024` in line 3", object: `${HTTP}const SIZE = 1024;\nserver.listen({ port: 3000, backlog: SIZE });` }),
    ambiguous("a second port", `${HTTP}server.listen(80, ⟦443⟧);`, 443, { object: `${HTTP}server.listen({ port: 80, backlog: 443 });` }),
    ambiguous("a port from the environment", `${HTTP}server.listen(process.env.PORT, ⟦1024⟧);`, 1024),
    ambiguous("a comment stands in the way of rewriting", `${HTTP}server.listen(3000, /* queue */ ⟦1024⟧);`, 1024),
  ],
  silent: silent(
    ["a host", `${HTTP}server.listen(3000, "::", 1024);`],
    ["names that say it", `${HTTP}const backlog = 1024; server.listen(3000, backlog); server.listen(3000, config.maxBacklog);`],
    ["a path", `${HTTP}server.listen("/run/app.sock", 1024);`],
    ["an object", `${HTTP}server.listen({ port: 3000 }, 1024); server.listen({ port: 3000, backlog: 1024 });`],
    ["no host, said so", `${HTTP}server.listen(3000, undefined, 1024);`],
    ["what is ignored", `${HTTP}server.listen(3000, 0); server.listen(3000, -1);`],
    ["unknown", `${HTTP}server.listen(3000, host); server.listen(port, process.env.QUEUE);`],
    ["nobody knows what it is", `emitter.listen(1, 2, 3);`],
    ["an empty file", ""],
  ),
};

const NOTHING = { verdict: "No backlog is passed: Node asks for 511, which holds 512 clients before accept() runs." };

export const defaultBacklog: RuleCases = {
  rule: "default-backlog",
  hits: [
    one("a port", `${HTTP}server.⟦listen⟧(3000);`, NOTHING, []),
    one("a port and a public host", `${HTTP}server.⟦listen⟧(3000, "0.0.0.0", () => {});`, NOTHING, []),
    one("options", `${HTTP}server.⟦listen⟧({ port: 3000 });`, NOTHING, []),
    one("a chain", `import http from "http";\nhttp.createServer((request, response) => {\n  response.end();\n}).⟦listen⟧(3000);`, NOTHING, []),
    one("express", `import express from "express";\nexpress().⟦listen⟧(process.env.PORT || 3000);`, NOTHING, []),
    one("fastify on every address", `import Fastify from "fastify";\nFastify().⟦listen⟧({ port: 3000, host: "::" });`, NOTHING, []),
    one("ws", `import { WebSocketServer } from "ws";\n⟦new WebSocketServer({ port: 3000 })⟧;`, NOTHING, []),
  ],
  silent: silent(
    ["a backlog", `${HTTP}server.listen(3000, "::", 10); server.listen({ port: 3000, backlog: 511 }); server.listen(3000, 1024);`],
    ["loopback", `${HTTP}server.listen(3000, "127.0.0.1"); server.listen({ port: 3000, host: "localhost" });`],
    ["a path", `${HTTP}server.listen("/run/app.sock"); server.listen({ path: "/run/app.sock" });`],
    ["a descriptor", `${HTTP}server.listen({ fd: 3 });`],
    ["what may hold a backlog", `${HTTP}server.listen(options); server.listen(...args); server.listen({ port: 3000, ...options });`],
    ["a host known only at run time", `${HTTP}server.listen(3000, process.env.HOST);`],
    ["fastify's own host is localhost", `import Fastify from "fastify";\nFastify().listen({ port: 3000 });`],
    ["nobody knows what it is", `app.listen(3000);`],
    ["an empty file", ""],
  ),
};
