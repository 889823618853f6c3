import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { repository, runCli } from "./run-cli.ts";

const committed = join(repository, "packages/cli/hook");
const fixtures = readdirSync(join(repository, "fixtures"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

function sourcesOf(name: string): readonly string[] {
  const source = join(repository, "packages", name, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.map((file) => readFileSync(join(source, file), "utf8"));
}

/** String literals of a package's sources that are long enough to be told again in a bundle. */
function literals(name: string): readonly string[] {
  const text = sourcesOf(name).join("\n").replaceAll(/^import .*$/gm, "");
  return [...text.matchAll(/"([\x20-\x21\x23-\x5b\x5d-\x7e]{24,})"/g)].map((match) => match[1] ?? "");
}

describe("the program for commit hooks", () => {
  let place: string;
  let program: string;
  const hook = (...args: readonly string[]) => spawnSync(process.execPath, [program, ...args], { cwd: repository, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } });

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "audit-backlog-hook-"));
    build(place, "--config", "tsdown.hook.config.ts");
    program = join(place, "audit-backlog.cjs");
  });

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("is committed as the sources build it", () => {
    expect(readdirSync(committed).sort()).toEqual(readdirSync(place).sort());
    for (const name of readdirSync(place)) {
      const same = readFileSync(join(committed, name)).equals(readFileSync(join(place, name)));
      expect(same, `packages/cli/hook/${name} is not what the sources build. Run: npx -y pnpm@10 run hook, and commit packages/cli/hook/`).toBe(true);
    }
  });

  it("names neither the directory that it was built in nor a module of Node's that could open a socket", () => {
    const text = readFileSync(program, "latin1");
    expect(text).not.toContain(repository);
    expect(text).not.toContain("node_modules/.pnpm");
    // The texts of packages lie in strings: their quotes are escaped.
    const required = new Set([...text.matchAll(/\brequire\(\\?["'`]([^"'`\\]+)\\?["'`]\)/g)].map((match) => (match[1] ?? "").replace(/^node:/, "")));
    expect([...required].filter((name) => !isBuiltin(name))).toEqual([]);
    expect([...required].sort()).toEqual(expect.arrayContaining(["child_process", "fs", "path", "util", "vm"]));
    const opening = ["cluster", "dgram", "dns", "http", "http2", "https", "inspector", "tls", "worker_threads"];
    expect(opening.filter((name) => required.has(name))).toEqual([]);
  });

  it("takes of node:net only what looks at the text of an address", () => {
    const sources = ["audit", "cli", "listen-calls", "model", "nginx-syntax", "scanner"].flatMap(sourcesOf);
    const taken = sources.flatMap((text) => [...text.matchAll(/^import (.*) from "(?:node:)?net";/gm)].map((match) => match[1] ?? ""));
    for (const names of taken) expect(names).toMatch(/^\{ isIP(?:v4|v6)?(?:, isIP(?:v4|v6)?)* \}$/);
  });

  it("holds nothing of the harness", () => {
    const text = readFileSync(program, "latin1");
    // What others say too, whole or in a longer text, is no sign of the harness.
    const others = ["audit", "model", "scanner", "listen-calls", "cli"].flatMap(sourcesOf).join("\n");
    const ofHarness = literals("harness").filter((literal) => !others.includes(literal));
    expect(ofHarness.length).toBeGreaterThan(20);
    expect(ofHarness.filter((literal) => text.includes(literal))).toEqual([]);
    // The same search finds what is there.
    expect(literals("audit").filter((literal) => text.includes(literal)).length).toBeGreaterThan(20);
  });

  it.each(fixtures)("says of %s what the sources say", async (name) => {
    const args = [join("fixtures", name), "--format", "json", "--allow-empty"];
    const run = hook(...args);
    const expected = await runCli(args);
    expect({ code: run.status, stdout: run.stdout, stderr: run.stderr }).toEqual(expected);
    expect(run.stdout).toContain('"findings"');
  });

  it.each([["--measure", "fixtures/shop"], ["measure"]])("says that it can't measure, and what can: %s", (...args) => {
    const run = hook(...args);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(/holds no code that opens sockets, so it can't measure; .*run build:all/);
  });

  describeWith(["strace", "git"], "under strace", () => {
    const networkCalls = (...command: readonly string[]): readonly string[] => {
      const record = join(place, "calls");
      const run = spawnSync("strace", ["-f", "-qq", "-e", "trace=%network", "-e", "signal=none", "-o", record, process.execPath, ...command], { cwd: repository, encoding: "utf8" });
      expect([0, 1], run.stderr).toContain(run.status);
      return readFileSync(record, "utf8").split("\n").filter((line) => line !== "").map((line) => line.replace(/^\d+ +/, ""));
    };

    // Node makes the pipes of its children of pairs of nameless local sockets (libuv: src/unix/process.c uv_spawn).
    const opening = (calls: readonly string[]): readonly string[] => calls.filter((call) => /^(socket|bind|connect|listen|accept4?|sendto|sendmsg)\(/.test(call));

    it("opens no socket, where a server that listens is seen to open one", () => {
      const server = 'require("node:net").createServer().listen(0, "127.0.0.1", function () { this.close() })';
      expect(opening(networkCalls("-e", server)).map((call) => call.split("(")[0])).toEqual(["socket", "bind", "listen"]);
      expect(opening(networkCalls("-e", "0"))).toEqual([]);
      for (const name of ["shop", "microservices-ts", "django-cookiecutter"]) {
        expect(opening(networkCalls(program, join("fixtures", name), "--allow-empty"))).toEqual([]);
      }
    });
  });
});
