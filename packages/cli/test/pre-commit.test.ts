import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { repository } from "./run-cli.ts";

const hookFiles = [".pre-commit-hooks.yaml", "package.json", "packages/cli/hook"];
const small = 'bind = "unix:/run/shop.sock"\nworkers = 2\nbacklog = 16\n';
const large = 'bind = "unix:/run/shop.sock"\nworkers = 2\nbacklog = 2048\n';

describeWith(["pre-commit", "git", "strace"], "the hooks, run by the real pre-commit", () => {
  let place: string;
  let source: string;
  let environment: NodeJS.ProcessEnv;

  const run = (cwd: string, command: string, ...args: readonly string[]) => spawnSync(command, args, { cwd, encoding: "utf8", env: environment });
  const must = (cwd: string, command: string, ...args: readonly string[]): string => {
    const done = run(cwd, command, ...args);
    expect(done.status, `${command} ${args.join(" ")}\n${done.stdout}${done.stderr}`).toBe(0);
    return done.stdout.trim();
  };

  /** A repository with these files staged. */
  const project = (name: string, files: Readonly<Record<string, string>>): string => {
    const directory = join(place, name);
    mkdirSync(directory);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
    must(directory, "git", "init", "--quiet");
    must(directory, "git", "add", "--all");
    return directory;
  };
  /** The configuration with one of our hooks, as a user writes it. */
  const using = (id: string) => ({ ".pre-commit-config.yaml": `repos:\n  - repo: ${source}\n    rev: ${must(source, "git", "rev-parse", "HEAD")}\n    hooks:\n      - id: ${id}\n` });
  const runHook = (directory: string, ...args: readonly string[]) => run(directory, "pre-commit", "run", ...args);

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "audit-backlog-pre-commit-"));
    source = join(place, "source");
    const home = join(place, "home");
    mkdirSync(home);
    environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      PRE_COMMIT_HOME: join(home, "pre-commit"),
      // Nothing of ours may be fetched, by npm neither: who tries, fails.
      npm_config_offline: "true",
      ...Object.fromEntries(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].map((name) => [name, "http://127.0.0.1:1"])),
      ...Object.fromEntries(["AUTHOR", "COMMITTER"].flatMap((who) => [[`GIT_${who}_NAME`, "A"], [`GIT_${who}_EMAIL`, "a@localhost"]])),
    };
    must(place, "git", "clone", "--quiet", "--depth", "1", `file://${repository}`, source);
    // What is not committed yet counts, too.
    for (const file of hookFiles) {
      rmSync(join(source, file), { recursive: true, force: true });
      cpSync(join(repository, file), join(source, file), { recursive: true });
    }
    must(source, "git", "add", "--all");
    must(source, "git", "commit", "--quiet", "--allow-empty", "--message", "as it is here");
  });

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("fails where a backlog is too small for its chain, with a report of which file and line", () => {
    const directory = join(place, "shop");
    cpSync(join(repository, "fixtures/shop"), directory, { recursive: true });
    must(directory, "git", "init", "--quiet");
    must(directory, "git", "add", "--all");
    const { status, stdout } = run(directory, "pre-commit", "try-repo", source, "audit-backlog", "--all-files");
    expect(status).toBe(1);
    expect(stdout).toMatch(/audit-backlog\.+Failed\n- hook id: audit-backlog\n- exit code: 1\n/);
    expect(stdout).toMatch(/^ +error upstream-burst-limit +gunicorn\.conf\.py:3:11$/m);
    expect(stdout).toContain("│ backlog = 64");
  });

  it("passes where nothing is too small, and where there is nothing to audit", () => {
    for (const [name, files] of Object.entries({ good: { "gunicorn.conf.py": large }, empty: { "README.md": "No server.\n" } })) {
      const { status, stdout } = runHook(project(name, { ...files, ...using("audit-backlog") }), "--all-files");
      expect([name, status, stdout]).toEqual([name, 0, expect.stringMatching(/audit-backlog\.+Passed\n$/)]);
    }
  });

  it("stops a commit, lets the repaired one through, and opens no socket on the way", () => {
    const directory = project("commits", { "gunicorn.conf.py": small, ...using("audit-backlog") });
    must(directory, "pre-commit", "install", "--install-hooks");
    const refused = run(directory, "git", "commit", "--message", "small");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/gunicorn\.conf\.py:3:11/);
    expect(run(directory, "git", "rev-parse", "HEAD").status).not.toBe(0);

    writeFileSync(join(directory, "gunicorn.conf.py"), large);
    must(directory, "git", "add", "--all");
    const record = join(place, "calls");
    must(directory, "strace", "-f", "-qq", "-s", "1000", "-e", "trace=socket,connect,bind,listen,execve", "-e", "signal=none", "-o", record, "git", "commit", "--message", "large");
    expect(must(directory, "git", "log", "--format=%s")).toBe("large");
    const calls = readFileSync(record, "utf8").split("\n");
    // nodeenv starts Node by a shell script; what Node itself calls comes after the last of these.
    const start = calls.findLastIndex((call) => /execve\(.*\/audit-backlog"\], .* = 0$/.test(call));
    expect(start).toBeGreaterThan(0);
    const isOpening = (call: string): boolean => /(socket|connect|bind|listen)\(/.test(call);
    const ours = calls.slice(start).filter((call) => call.startsWith(`${calls[start]?.split(" ")[0] ?? ""} `));
    expect(ours.filter(isOpening)).toEqual([]);
    // git, Python and bash ask a local name service daemon who the user is (glibc: nscd/nscd_helper.c); nobody asks further away.
    expect(calls.filter((call) => isOpening(call) && !/socket\(AF_UNIX|sun_path="\/var\/run\/nscd\/socket"/.test(call))).toEqual([]);
  });

  it("shows of the whole repository only what changed files have to do with, where it is asked to", () => {
    const directory = project("changed", { "gunicorn.conf.py": small, "README.md": "One server.\n", ...using("audit-backlog-changed") });
    expect(runHook(directory, "--files", "README.md")).toMatchObject({ status: 0, stdout: expect.stringMatching(/changed files\)\.+Passed\n$/) as string });
    expect(runHook(directory, "--files", "README.md", "gunicorn.conf.py")).toMatchObject({ status: 1, stdout: expect.stringContaining("gunicorn.conf.py:3:11") as string });
  });

  it("uses the command that is installed, where it is asked to", () => {
    const bin = join(place, "bin");
    mkdirSync(bin);
    const program = join(repository, "packages/cli/hook/audit-backlog.cjs");
    chmodSync(program, 0o755);
    symlinkSync(program, join(bin, "audit-backlog"));
    environment = { ...environment, PATH: `${bin}:${environment["PATH"] ?? ""}` };
    expect(runHook(project("installed-small", { "gunicorn.conf.py": small, ...using("audit-backlog-system") }), "--all-files")).toMatchObject({ status: 1, stdout: expect.stringContaining("gunicorn.conf.py:3:11") as string });
    expect(runHook(project("installed-large", { "gunicorn.conf.py": large, ...using("audit-backlog-system") }), "--all-files").status).toBe(0);
  });
});
