import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { effectiveBacklog } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { afterEach, beforeEach, expect, it } from "vitest";
import { assemble, command } from "./node-fixture.ts";

const run = promisify(execFile);
const somaxconn = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));

/** Starts a program and waits until it says where it listens. */
async function listening(directory: string, entry: string, environment: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; place: string }> {
  const child = spawn(process.execPath, [entry], { cwd: directory, env: { PATH: process.env["PATH"] ?? "", ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  const place = await new Promise<string>((resolve, reject) => {
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      const said = /^PLACE (.*)$/m.exec(output)?.[1];
      if (said !== undefined) resolve(said);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("exit", () => {
      reject(new Error(`${entry} ended: ${output}`));
    });
    setTimeout(() => {
      reject(new Error(`${entry} says nothing: ${output}`));
    }, 30_000).unref();
  });
  return { child, place };
}

/** The backlog that the kernel shows of a socket in LISTEN: `ss` prints it as Send-Q. */
async function kernelBacklog(place: string): Promise<number> {
  const { stdout } = await run("ss", ["-lntxH"]);
  for (const line of stdout.split("\n")) {
    const [, , , sendQueue, local] = line.trim().split(/\s+/);
    if (local === place || local?.endsWith(`:${place}`) === true) return Number(sendQueue);
  }
  throw new Error(`ss shows no listener at ${place}:\n${stdout}`);
}

/** Prints where it listens: the path as it was given, or the port. */
const say = `const say = (server) => () => { const at = server.address(); console.log("PLACE " + (typeof at === "string" ? at : at.port)); };`;
const net = `const net = require("node:net");\nconst server = net.createServer();\n${say}\n`;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly entry?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const cases: readonly (readonly [string, Case])[] = [
  ["no backlog", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", say(server));` } }],
  ["a positional one", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", 37, say(server));` } }],
  ["a positional one in the host's place", { files: { "a.js": `${net}server.listen(0, 38, say(server));` } }],
  ["an option", { files: { "a.js": `${net}server.listen({ port: 0, host: "127.0.0.1", backlog: 39 }, say(server));` } }],
  ["an option beside a positional one", { files: { "a.js": `${net}server.listen({ port: 0, backlog: 40 }, 99, say(server));` } }],
  ["a positional 0", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", 0, say(server));` } }],
  ["a negative option", { files: { "a.js": `${net}server.listen({ port: 0, backlog: -1 }, say(server));` } }],
  ["a fraction", { files: { "a.js": `${net}server.listen({ port: 0, backlog: 0.5 }, say(server));` } }],
  ["true", { files: { "a.js": `${net}server.listen(0, true, say(server));` } }],
  ["a text", { files: { "a.js": `${net}server.listen({ port: 0, backlog: "41" }, say(server));` } }],
  ["a text that is no number", { files: { "a.js": `${net}server.listen({ port: 0, backlog: "abc" }, say(server));` } }],
  ["more than somaxconn", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", 1e6, say(server));` } }],
  ["2 ** 32 + 7", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", 2 ** 32 + 7, say(server));` } }],
  ["a unix socket", { files: { "a.js": `${net}server.listen("differential-alone.sock", 42, say(server));` } }],
  ["arithmetic", { files: { "a.js": `${net}const base = 10;\nconst options = { port: 0, backlog: base * 4 + 3 };\nserver.listen(options, say(server));` } }],
  ["a variable's fallback", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", Number(process.env.BACKLOG || 44), say(server));` } }],
  ["a variable that is set", { files: { "a.js": `${net}server.listen(0, "127.0.0.1", Number(process.env.BACKLOG || 44), say(server));` }, environment: { BACKLOG: "45" } }],
  ["a constant of another file", { files: { "main.js": `require("./lib/start");`, "lib/start.js": `const { LIMITS } = require("../limits");\n${net}server.listen(0, "127.0.0.1", LIMITS.backlog, say(server));`, "limits.js": `exports.LIMITS = { backlog: 46 };` }, entry: "main.js" }],
  ["a constant of an ES module", { files: { "main.mjs": `import { createRequire } from "node:module";\nimport net from "node:net";\nimport { BACKLOG } from "./constants.mjs";\nconst require = createRequire(import.meta.url);\n${say}\nconst server = net.createServer();\nserver.listen({ port: 0, backlog: BACKLOG }, say(server));`, "constants.mjs": `export * from "./more.mjs";`, "more.mjs": `const small = 40;\nexport { total as BACKLOG };\nconst total = small + 7;` }, entry: "main.mjs" }],
  ["JSON", { files: { "a.js": `const config = require("./config.json");\n${net}server.listen(0, "127.0.0.1", config.net.backlog, say(server));`, "config.json": `{ "net": { "backlog": 48 } }` } }],
  ["a cluster", { files: { "a.js": `const cluster = require("node:cluster");\n${net}if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else server.listen(0, "127.0.0.1", 49, say(server));` } }],
  ["a cluster whose second worker asks for more", { files: { "a.js": `const cluster = require("node:cluster");\n${net}if (cluster.isPrimary) { cluster.fork().once("listening", () => cluster.fork()); cluster.fork; } else if (cluster.worker.id === 1) server.listen("differential-cluster.sock", 50); else server.listen("differential-cluster.sock", 500, say(server));` } }],
  ["a cluster without round-robin", { files: { "a.js": `const cluster = require("node:cluster");\ncluster.schedulingPolicy = cluster.SCHED_NONE;\n${net}if (cluster.isPrimary) { cluster.fork(); } else server.listen(0, "127.0.0.1", 51, say(server));` } }],
];

describeWith(["ss"], "what the kernel shows of servers that run", () => {
  let directory = "";
  let child: ChildProcess | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "node-backlog-"));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    child = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(cases)("is what we read: %s", async (_, { files, entry = "a.js", environment = {} }) => {
    const { services, unknownReceivers } = assemble(files, [command(`node ${entry}`, { environment })]);
    expect(unknownReceivers).toBe(0);
    const listeners = services.flatMap((service) => service.listeners);
    expect(services.map(({ id }) => id)).toEqual([`node:${entry}`]);
    expect(listeners).toHaveLength(1);
    const value = listeners[0]?.backlog.requested.value;
    if (value?.kind !== "exact" && value?.kind !== "assumed") throw new Error(`nothing was read of ${JSON.stringify(value)}`);

    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const started = await listening(directory, entry, environment);
    child = started.child;
    expect(effectiveBacklog(value.value, somaxconn)).toBe(await kernelBacklog(started.place));
  });
});
