import { execFileSync, spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as streamText } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatNames } from "../src/report/formats.ts";
import { runCli } from "./run-cli.ts";

let root: string;
const config = "backlog = 64\nbind = '0.0.0.0:8000'\n";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  writeFileSync(join(root, "gunicorn.conf.py"), config);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const text = (file: string): string => readFileSync(join(root, file), "utf8");
const audit = (...formats: string[]) => runCli(formats.flatMap((format) => ["--format", format]), root);

describe("several formats in one run", () => {
  it("go each to its file, and one to standard output", async () => {
    const alone = new Map<string, string>();
    for (const name of formatNames) alone.set(name, (await audit(name)).stdout);
    const { code, stdout, stderr } = await audit("pretty", ...formatNames.map((name) => `${name}=report ${name}`));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toBe(alone.get("pretty"));
    for (const name of formatNames) expect(text(`report ${name}`)).toBe(alone.get(name));
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("print nothing where every one has a file, and colour no file", async () => {
    const { code, stdout } = await runCli(["--format", "pretty=out.txt"], root, { FORCE_COLOR: "1" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(text("out.txt")).toContain("small-backlog");
    expect(text("out.txt")).not.toContain("\x1b");
  });

  it("take a file whose name holds =", async () => {
    await audit("json=a=b.json");
    expect(JSON.parse(text("a=b.json"))).toMatchObject({ schemaVersion: 1 });
  });

  it.each([
    [["pretty", "json"], "standard output takes one format, not pretty and json"],
    [["json=x", "sarif=x"], "--format names x twice"],
    [["json="], "--format json= names no file"],
    [["yaml=x"], "--format takes pretty, concise, json, sarif, github"],
  ])("are refused as %j", async (formats, message) => {
    expect(await audit(...formats)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) as string });
    expect(readdirSync(root)).toEqual(["gunicorn.conf.py"]);
  });
});

describe("a file", () => {
  it("replaces an older one, and keeps who may read it", async () => {
    writeFileSync(join(root, "out.json"), "old", { mode: 0o600 });
    await audit("json=out.json");
    expect(JSON.parse(text("out.json"))).toMatchObject({ schemaVersion: 1 });
    expect(statSync(join(root, "out.json")).mode & 0o777).toBe(0o600);
  });

  it("is refused before the audit where it can't be one, by its name", async () => {
    mkdirSync(join(root, "directory"));
    expect(await audit("json=directory")).toMatchObject({ code: 2, stderr: expect.stringContaining("--format json=directory: that is a directory") as string });
    expect(await audit("json=no/where.json")).toMatchObject({ code: 2, stderr: expect.stringContaining("--format json=no/where.json: its directory does not exist") as string });
    expect(await audit("json=gunicorn.conf.py/x")).toMatchObject({ code: 2, stderr: expect.stringContaining("its directory does not exist") as string });
  });

  it("is never written through a symbolic link", async () => {
    writeFileSync(join(root, "target"), "precious");
    symlinkSync("target", join(root, "link"));
    symlinkSync("nowhere", join(root, "dangling"));
    for (const name of ["link", "dangling"]) {
      expect(await audit(`json=${name}`)).toMatchObject({ code: 2, stderr: expect.stringContaining("symbolic link") as string });
      expect(lstatSync(join(root, name)).isSymbolicLink()).toBe(true);
    }
    expect(text("target")).toBe("precious");
    expect(existsSync(join(root, "nowhere"))).toBe(false);
  });

  it("is never one that the audit read; the other reports are still given", async () => {
    const { code, stdout, stderr } = await audit("json=gunicorn.conf.py", "concise");
    expect(code).toBe(4);
    expect(stderr).toContain("--format json=gunicorn.conf.py: the audit read that file");
    expect(stdout).toContain("small-backlog");
    expect(text("gunicorn.conf.py")).toBe(config);
  });

  it("is not one that the audit read under another name of its directory", async () => {
    symlinkSync(".", join(root, "alias"));
    expect((await audit("json=alias/gunicorn.conf.py")).code).toBe(4);
    expect(text("gunicorn.conf.py")).toBe(config);
  });

  it("can be a pipe or a device, which stay what they are", async () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "ignore"] });
    const got = streamText(reader.stdout);
    expect((await audit("concise=pipe", "json=/dev/null")).code).toBe(1);
    expect(await got).toBe((await audit("concise")).stdout);
    expect([lstatSync(pipe).isFIFO(), lstatSync("/dev/null").isCharacterDevice()]).toEqual([true, true]);
  });
});

describe("the summary of a GitHub job", () => {
  const inJob = (...formats: string[]) => runCli(formats.flatMap((format) => ["--format", format]), root, { GITHUB_STEP_SUMMARY: join(root, "summary.md") });

  it("is appended to where that format is asked for", async () => {
    writeFileSync(join(root, "summary.md"), "# before\n");
    expect((await inJob("json")).code).toBe(1);
    expect(text("summary.md")).toBe("# before\n");
    expect(await inJob("github")).toMatchObject({ code: 1, stderr: "" });
    expect(text("summary.md")).toMatch(/^# before\n## audit-backlog\n[\s\S]*small&#45;backlog|^# before\n## audit-backlog\n[\s\S]*small-backlog/);
  });

  it("never grows past what GitHub takes", async () => {
    writeFileSync(join(root, "summary.md"), "x".repeat(1024 * 1024 - 10));
    expect((await inJob("github")).code).toBe(1);
    expect(statSync(join(root, "summary.md")).size).toBeLessThanOrEqual(1024 * 1024);
  });

  it("is a bonus: where it can't be written the exit code stays", async () => {
    mkdirSync(join(root, "summary.md"));
    expect(await inJob("github")).toMatchObject({ code: 1, stderr: expect.stringContaining("the summary of the job can't be written") as string });
  });
});
