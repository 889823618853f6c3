import { spawnSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import type { Deployment, VersionRange } from "@audit-backlog/model";
import fc from "fast-check";
import { satisfies } from "semver";
import { describe, expect, it } from "vitest";
import { scan, treeOf } from "../src/index.ts";
import { Versions } from "../src/assemble/versions.ts";
import { nodeOfDockerfile } from "../src/readers/versions/image.ts";
import { against, compareVersions, nodeRange, pythonRange } from "../src/readers/versions/range.ts";

function holds(range: VersionRange, version: string): boolean {
  return (range.atLeast === undefined || compareVersions(version, range.atLeast) >= 0) && (range.below === undefined || compareVersions(version, range.below) < 0);
}

const part = fc.integer({ min: 0, max: 4 });
const release = fc.tuple(part, part, part).map((parts) => parts.join("."));
const shortRelease = fc.oneof(release, fc.tuple(part, part).map((parts) => parts.join(".")));

describeWith(["python3"], "Python requirements, beside Python's packaging library", () => {
  it("allows what packaging allows", () => {
    const clause = fc.oneof(
      fc.tuple(fc.constantFrom(">=", "<", "<=", "==", "~=", ">", "!=", "==="), shortRelease).map(([operator, version]) => `${operator}${version}`),
      fc.tuple(part, part).map((parts) => `==${parts.join(".")}.*`),
    );
    const specifiers = fc.sample(fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(",")), { numRuns: 400, seed: 20_261_123 });
    const versions = fc.sample(release, { numRuns: 60, seed: 7 });
    const script = "import json,sys\nfrom pkg_resources.extern.packaging.specifiers import SpecifierSet\nspecs,versions=json.load(sys.stdin)\nprint(json.dumps([[v in SpecifierSet(s) for v in versions] for s in specs]))";
    const run = spawnSync("/usr/bin/python3", ["-W", "ignore", "-c", script], { input: JSON.stringify([specifiers, versions]), encoding: "utf8", maxBuffer: 1e8 });
    expect(run.stderr).toBe("");
    const theirs = JSON.parse(run.stdout) as boolean[][];
    let allowed = 0;
    specifiers.forEach((specifier, row) => {
      const range = pythonRange(specifier) ?? {};
      versions.forEach((version, column) => {
        const theirWord = theirs[row]?.[column] === true;
        if (theirWord) allowed += 1;
        // A hole (`!=`) and an open end (`>`) are passed over: then a release too many is in the range, never one too few.
        if (theirWord || !/[>!](?!=)|!=|===/.test(specifier)) expect([specifier, version, holds(range, version)]).toEqual([specifier, version, theirWord]);
      });
    });
    expect(allowed).toBeGreaterThan(1000);
  });
});

describe("Node versions, beside npm's semver", () => {
  it("leaves out no release that a range allows", () => {
    const clause = fc.tuple(fc.constantFrom(">=", "<", "<=", "^", "~", "", ">", "="), shortRelease).map(([operator, version]) => `${operator}${version}`);
    const ranges = fc.oneof(fc.array(clause, { minLength: 1, maxLength: 2 }).map((all) => all.join(" ")), fc.array(clause, { minLength: 2, maxLength: 3 }).map((all) => all.join(" || ")), fc.tuple(release, release).map(([a, b]) => `${a} - ${b}`));
    fc.assert(fc.property(ranges, release, (range, version) => {
      if (satisfies(version, range, { loose: true })) expect(holds(nodeRange(range) ?? {}, version)).toBe(true);
    }), { numRuns: 3000 });
  });

  it.each([
    ["20", { atLeast: "20.0.0", below: "21.0.0" }],
    ["v20.11.1", { atLeast: "20.11.1", below: "20.11.1.1" }],
    [">=18", { atLeast: "18.0.0" }],
    ["lts/iron", { atLeast: "20.0.0", below: "21.0.0" }],
    ["^18.18 || >=20", { atLeast: "18.18.0" }],
    ["*", undefined],
    ["latest", undefined],
    ["", undefined],
  ])("%s", (text, range) => {
    const read = nodeRange(text);
    expect(read === undefined ? undefined : { ...read, ...(read.below === undefined ? {} : { below: read.below.replace(/-0$/, "") }) }).toEqual(range);
  });
});

describe("Versions", () => {
  const files: Readonly<Record<string, string>> = {
    "poetry.lock": '[[package]]\nname = "flask"\nversion = "3.0.0"\n\n[[package]]\nname = "gunicorn"\nversion = "23.0.0"\ndescription = "x"\n',
    "pyproject.toml": '[tool.poetry.dependencies]\ngunicorn = "^22.0"\n',
    "api/requirements/base.txt": "flask\ngunicorn[gevent]>=24,<26  # server\n",
    "api/requirements/dev.txt": "gunicorn==19.9.0\n",
    "web/Dockerfile": "ARG NODE=18\nFROM node:${NODE}-alpine AS base\nFROM debian AS tools\nFROM base\nCMD node server.js\n",
    "web/package.json": '{ "engines": { "npm": ">=9", "node": ">=16" } }',
    "web/server/.nvmrc": "lts/hydrogen\n",
  };
  const versions = new Versions(Object.keys(files), (path) => files[path]);

  it("takes the nearest word, and a lock's before a requirement's", () => {
    expect(versions.python("gunicorn", { directories: [""] })).toMatchObject({ value: { kind: "exact", value: { atLeast: "23.0.0" } }, origin: { file: "poetry.lock", range: { start: { line: 7, column: 12 } } }, text: "23.0.0" });
    expect(versions.python("gunicorn", { directories: ["api/shop"] })).toMatchObject({ value: { kind: "assumed", value: { atLeast: "24", below: "26" } }, origin: { file: "api/requirements/base.txt", range: { start: { line: 2, column: 17 } } } });
    expect(versions.python("uvicorn", { directories: [""] })).toBeUndefined();
  });

  it("takes Node's from the image, then from files next to the program", () => {
    expect(versions.node({ directories: ["web"], dockerfile: "web/Dockerfile" })).toMatchObject({ value: { kind: "assumed", value: { atLeast: "18.0.0" } }, origin: { file: "web/Dockerfile", range: { start: { line: 2 } } } });
    expect(versions.node({ directories: ["web/server"] })).toMatchObject({ origin: { file: "web/server/.nvmrc" }, text: "lts/hydrogen" });
    expect(versions.node({ directories: ["web/other"] })).toMatchObject({ origin: { file: "web/package.json" }, text: ">=16" });
    expect(nodeOfDockerfile("Dockerfile", "FROM a AS b\nFROM b AS a\nFROM a\n")).toBeUndefined();
  });

  it("says on which side of a release a range lies", () => {
    expect(against({ below: "24.0.0" }, "24")).toBe("before");
    expect(against({ atLeast: "24.0" }, "24.0.0")).toBe("since");
    expect(against({ atLeast: "23", below: "25" }, "24")).toBe("open");
    expect(against({}, "24")).toBe("open");
  });

  it("stays fast on a hostile lock", () => {
    const text = `"gunicorn": {${"{".repeat(200_000)}${'gunicorn = {"'.repeat(50_000)}`;
    const hostile = new Versions(["Pipfile.lock", "pyproject.toml", "requirements.txt"], () => text);
    expect(hostile.python("gunicorn", { directories: [""] })).toBeUndefined();
  });
});

describe("what a version decides", () => {
  const scanned = (files: Readonly<Record<string, string>>): Deployment => scan(treeOf(new Map(Object.entries(files))), { roots: new Map(), somaxconn: { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "listen(2)" } } });

  it("settles whether gunicorn's workers have a queue each", () => {
    const config = { "gunicorn.conf.py": 'bind = "0.0.0.0:8000"\nreuse_port = True\nworkers = 4\n' };
    const queues = (files: Readonly<Record<string, string>>): unknown => scanned({ ...config, ...files }).services[0]?.listeners[0]?.queuePerWorker.value;
    expect(queues({})).toMatchObject({ kind: "oneOf" });
    expect(queues({ "requirements.txt": "gunicorn==23.0.0\n" })).toEqual({ kind: "assumed", value: false });
    expect(queues({ "requirements.txt": "gunicorn~=25.0\n" })).toEqual({ kind: "assumed", value: true });
    expect(queues({ "requirements.txt": "gunicorn>=22\n" })).toMatchObject({ kind: "oneOf" });
    expect(queues({ "uv.lock": '[[package]]\nname = "gunicorn"\nversion = "25.1.0"\n' })).toEqual({ kind: "exact", value: true });
  });

  it("knows that a cluster of an old Node listens with 511", () => {
    const server = { "server.js": 'const cluster = require("node:cluster");\nconst http = require("node:http");\nif (cluster.isPrimary) for (let i = 0; i < 4; i += 1) cluster.fork();\nelse http.createServer().listen(8080, "0.0.0.0", 64);\n' };
    const backlog = (files: Readonly<Record<string, string>>): unknown => scanned({ ...server, ...files }).services[0]?.listeners[0]?.backlog.requested.value;
    expect(backlog({ "package.json": '{ "engines": { "node": ">=20" } }' })).toEqual({ kind: "exact", value: 64 });
    expect(backlog({ ".nvmrc": "14\n" })).toEqual({ kind: "assumed", value: 511 });
  });
});
