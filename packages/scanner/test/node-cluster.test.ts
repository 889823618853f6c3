import { describe, expect, it } from "vitest";
import { assemble, command, inShort, script } from "./node-fixture.ts";

const cpus = { kind: "formula", formula: { op: "cpus" } };
const roundRobin = { kind: "exact", value: "round-robin" };

/** A cluster as the Node documentation shows it, with the given head and fork loop. */
function clustered(fork: string, listen = "listen(8000)"): string {
  return `import cluster from "node:cluster";\nimport http from "node:http";\nimport os, { availableParallelism } from "node:os";\nif (cluster.isPrimary) {\n${fork}\n  cluster.on("exit", () => cluster.fork());\n} else {\n  http.createServer().${listen};\n}\n`;
}

describe("node:cluster", () => {
  it.each<[string, object]>([
    ["for (let i = 0; i < availableParallelism(); i++) cluster.fork();", cpus],
    ["const n = os.cpus().length; for (let i = 0; i < n; i += 1) { cluster.fork(); }", cpus],
    ["for (let i = 1; i <= 4; i++) cluster.fork();", { kind: "exact", value: 4 }],
    ["os.cpus().forEach(() => cluster.fork());", cpus],
    ["for (const cpu of os.cpus()) cluster.fork({ cpu });", cpus],
    ["for (let i = 0; i < (process.env.WORKERS || 2); i++) cluster.fork();", { kind: "assumed", value: 2, variable: "WORKERS" }],
    ["Array.from({ length: 3 }, () => 0).forEach(() => cluster.fork());", { kind: "exact", value: 3 }],
    ["cluster.fork(); cluster.fork();", { kind: "exact", value: 2 }],
    ["while (more()) cluster.fork();", { kind: "dynamic" }],
    ["for (let i = 0; i < Math.max(1, os.cpus().length - 1); i++) cluster.fork();", { kind: "formula", formula: { op: "max", operands: [{ op: "number", value: 1 }, { op: "-", operands: [{ op: "cpus" }, { op: "number", value: 1 }] }] } }],
  ])("counts the workers of %s", (fork, instances) => {
    expect(assemble({ "a.mjs": clustered(fork) }).services.map(inShort)).toEqual([{ id: "node:a.mjs", mode: roundRobin, instances, listeners: [":::8000 511 default"] }]);
  });

  it("sees SCHED_NONE, in the file and in the environment", () => {
    const shared = { kind: "exact", value: "shared" };
    const inFile = assemble({ "a.mjs": clustered("cluster.schedulingPolicy = cluster.SCHED_NONE; cluster.fork();") });
    expect(inFile.services.map(({ mode }) => mode.value)).toEqual([shared]);
    const byVariable = assemble({ "a.mjs": clustered("cluster.fork();") }, [command("node a.mjs", { environment: { NODE_CLUSTER_SCHED_POLICY: "none" } })]);
    expect(byVariable.services.map(({ mode }) => mode.value)).toEqual([shared]);
  });

  it("says under which condition there is a cluster", () => {
    const { services } = assemble({ "a.js": `const cluster = require("cluster");\nif (process.env.CLUSTER && cluster.isMaster) { cluster.fork(); } else { require("http").createServer().listen(80); }` });
    expect(services[0]?.mode.value).toMatchObject({ kind: "oneOf", options: [{ value: { value: "round-robin" }, when: "if process.env.CLUSTER && cluster.isMaster" }, { value: { value: "single" }, when: "else" }] });
    expect(services[0]?.settings.instances.value).toMatchObject({ kind: "oneOf", options: [{ value: { value: 1 } }, { value: { value: 1 }, when: "else" }] });
  });

  it("keeps the primary's own listener out of the cluster", () => {
    const { services } = assemble({ "a.mjs": clustered("cluster.fork(); http.createServer().listen(9000, 7);", "on('x', () => {})") });
    expect(services.map(inShort)).toEqual([{ id: "node:a.mjs", mode: { kind: "exact", value: "single" }, instances: { kind: "exact", value: 1 }, listeners: [":::9000 7 explicit"] }]);
  });

  it("takes the first worker's backlog and names the others as ignored", () => {
    const listen = "listen(8000, 10); http.createServer().listen(8000, 500)";
    const { services } = assemble({ "a.mjs": clustered("cluster.fork(); cluster.fork();", listen) });
    expect(services.map(inShort)).toMatchObject([{ listeners: [":::8000 10 explicit"] }]);
    expect(services[0]?.listeners[0]?.backlog.ignored).toMatchObject([{ reason: "cluster-first-worker", setting: { value: { kind: "exact", value: 500 }, origin: { kind: "file", file: "a.mjs" } } }]);
  });

  it("is found where the file that forks is not the one that listens", () => {
    const files = { "cluster.js": `const cluster = require("cluster");\nif (cluster.isMaster) for (let i = 0; i < 3; i++) cluster.fork(); else require("./server");`, "server.js": `require("http").createServer().listen(80);` };
    const expected = [{ id: "node:cluster.js", mode: roundRobin, instances: { kind: "exact", value: 3 }, listeners: [":::80 511 default"] }];
    expect(assemble(files).services.map(inShort)).toEqual(expected);
    expect(assemble(files, [script("start", "node cluster.js"), script("dev", "node server.js")]).services.map(inShort)).toEqual(expected);
  });

  it("follows setupPrimary to the file that the workers run", () => {
    const files = { "main.mjs": `import cluster from "cluster";\ncluster.setupPrimary({ exec: "worker.mjs" });\ncluster.fork();`, "worker.mjs": `import http from "http";\nhttp.createServer().listen(80);` };
    expect(assemble(files).services.map(inShort)).toEqual([{ id: "node:main.mjs", mode: roundRobin, instances: { kind: "exact", value: 1 }, listeners: [":::80 511 default"] }]);
  });

  it.each<[string, object]>([
    ["throng(start)", cpus],
    ["throng({ workers: 2, start })", { kind: "exact", value: 2 }],
    ["throng({ count: 5, worker: start })", { kind: "exact", value: 5 }],
    ["throng({ count: process.env.WEB_CONCURRENCY || 1, worker: start })", { kind: "assumed", value: 1, variable: "WEB_CONCURRENCY" }],
  ])("reads %s", (call, instances) => {
    const text = `const throng = require("throng");\n${call};\nfunction start() { require("http").createServer().listen(80); }`;
    expect(assemble({ "a.js": text }).services.map(inShort)).toEqual([{ id: "node:a.js", mode: roundRobin, instances, listeners: [":::80 511 default"] }]);
  });

  it("is not what merely has its names", () => {
    const { services } = assemble({ "a.js": `const cluster = require("./our-cluster");\ncluster.fork();\nrequire("http").createServer().listen(80);` });
    expect(services.map(({ mode }) => mode.value)).toEqual([{ kind: "exact", value: "single" }]);
  });
});
