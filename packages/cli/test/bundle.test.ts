import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository, runCli } from "./run-cli.ts";

describe("the bundle", () => {
  let place: string;
  let program: string;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    const tsdown = join(dirname(createRequire(import.meta.url).resolve("tsdown/package.json")), "dist/run.mjs");
    execFileSync(process.execPath, [tsdown, "--out-dir", place], { cwd: join(repository, "packages/cli"), stdio: "pipe" });
    program = join(place, "audit-backlog.js");
    cpSync(join(repository, "fixtures/shop"), join(place, "shop"), { recursive: true });
  });

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("is one file that imports nothing but Node", () => {
    expect(readdirSync(place).filter((name) => name.endsWith(".js"))).toEqual(["audit-backlog.js"]);
    const imported = [...readFileSync(program, "utf8").matchAll(/^import [^"']*["']([^"']+)["'];?$/gm)].map((match) => match[1] ?? "");
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  it("says the same where nothing is installed as from source", () => {
    const run = spawnSync(process.execPath, [program, "shop", "--format", "json"], { cwd: place, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(1);
    expect(run.stdout).toBe(runCli(["shop", "--format", "json"], place).stdout);
  });

  it("says in one line, with a code of its own, when the report can't be written or its directory is gone", () => {
    const inShell = (command: string): ReturnType<typeof spawnSync> => spawnSync("sh", ["-c", command, process.execPath, program], { cwd: place, encoding: "utf8" });
    const full = inShell('"$0" "$1" shop > /dev/full');
    expect(full).toMatchObject({ status: 4, stderr: expect.stringMatching(/^audit-backlog: the report can't be written: .*ENOSPC.*\n$/) as string });
    const gone = inShell('mkdir gone && cd gone && rmdir ../gone && "$0" "$1"');
    expect(gone).toMatchObject({ status: 2, stderr: expect.stringMatching(/^audit-backlog: the current directory does not exist any more\n/) as string });
  });

  it("survives a reader that leaves early", () => {
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${program}" shop --format json | head -c 10`], { cwd: place, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.length).toBe(10);
  });
});
