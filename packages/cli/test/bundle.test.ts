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

  it("survives a reader that leaves early", () => {
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${program}" shop --format json | head -c 10`], { cwd: place, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.length).toBe(10);
  });
});
