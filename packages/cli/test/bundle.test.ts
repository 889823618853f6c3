import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { repository, runCli } from "./run-cli.ts";

/** A process with its descendants, once there are so many. Source: proc_pid_stat(5). */
async function familyWith(pid: number, descendants: number): Promise<readonly number[]> {
  for (;;) {
    const family = [pid];
    const parents = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)] as const);
    for (const member of family) family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
    if (family.length > descendants) return family;
    if (!existsSync(`/proc/${pid}`)) throw new Error("it ended too early");
    await sleep(5);
  }
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ", 2)[1]);
  } catch {
    return 0;
  }
}

describe("the bundle", () => {
  let place: string;
  let program: string;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    build(place);
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

  it("says the same where nothing is installed as from source", async () => {
    const run = spawnSync(process.execPath, [program, "shop", "--format", "json"], { cwd: place, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(1);
    expect(run.stdout).toBe((await runCli(["shop", "--format", "json"], place)).stdout);
  });

  it("says in one line, with a code of its own, when the report can't be written or its directory is gone", () => {
    const inShell = (command: string): ReturnType<typeof spawnSync> => spawnSync("sh", ["-c", command, process.execPath, program], { cwd: place, encoding: "utf8" });
    const full = inShell('"$0" "$1" shop > /dev/full');
    expect(full).toMatchObject({ status: 4, stderr: expect.stringMatching(/^audit-backlog: the report can't be written: .*ENOSPC.*\n$/) as string });
    const gone = inShell('mkdir gone && cd gone && rmdir ../gone && "$0" "$1"');
    expect(gone).toMatchObject({ status: 2, stderr: expect.stringMatching(/^audit-backlog: the current directory does not exist any more\n/) as string });
  });

  it("is the program of its own harness children, where nothing is installed", () => {
    const args = ["measure", "--server", "listener", "--backlog", "9", "--burst", "25", "--format", "json"];
    const run = spawnSync(process.execPath, [program, ...args], { cwd: place, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" } });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    // The queue of a listener holds its backlog + 1.
    expect(JSON.parse(run.stdout)).toMatchObject({ runs: [{ verdict: "measured", agrees: true, measured: { queued: 10, dropped: 15 } }] });
  });

  it("measures what it can where neither a server nor a namespace is to be had, and says what it did", () => {
    const run = spawnSync(process.execPath, [program, "--measure", "shop", "--burst", "100"], { cwd: place, encoding: "utf8", env: { PATH: join(place, "shop") } });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(1);
    // The shop's unix socket, backlog 64: 65 of 100 find room; the remedy has room for all.
    expect(run.stdout).toContain("measured, 100 clients all at once: 35 come to harm, 0 after the change");
    expect(run.stdout).toMatch(/refused at once, EAGAIN +35 │ 35 +0 │ 0\n/);
    // What takes an answer has no stand-in.
    expect(run.stdout).toContain("not measured: gunicorn not installed");
    expect(run.stdout).toMatch(/a bare listener that nobody accepts from stands in: .*gunicorn not installed \(apt-get install .*gunicorn\)/);
    expect(run.stdout).toMatch(/^Measured on Linux .* · the host's network namespace · /m);
    expect(run.stdout).toContain("not as asked: in the host's own network namespace, with its limits");
  });

  it("leaves nothing behind when it is told to stop", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = spawn(process.execPath, [program, "measure", "--server", "listener", "--backlog", "200", "--sweep"], { cwd: place, stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("close", (_code, by) => { resolve(by); }));
      const family = await familyWith(child.pid ?? 0, 2);
      child.kill(signal);
      expect(await ended).toBe(signal);
      // The program ends last.
      expect(family.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    }
  });

  it("survives a reader that leaves early", () => {
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${program}" shop --format json | head -c 10`], { cwd: place, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.length).toBe(10);
  });

  describeWith(["nginx", "gunicorn"], "with nginx and gunicorn", () => {
    it("measures a finding on the real chain, as it is and with its remedy", () => {
      const run = spawnSync(process.execPath, [program, "--measure", "shop", "--burst", "100", "--format", "json"], { cwd: place, encoding: "utf8" });
      expect(run.stderr).toBe("");
      const { findings } = JSON.parse(run.stdout) as { findings: readonly unknown[] };
      // nginx lets all 100 through and answers 502 to those whom gunicorn's queue of 64 + 1 does not hold.
      expect(findings).toMatchObject([
        {
          rule: "upstream-burst-limit",
          measured: {
            kind: "scenarios",
            before: { verdict: "measured", agrees: true, standIn: null, measured: { queued: 65, badGateway: 35 } },
            after: { verdict: "measured", agrees: true, measured: { queued: 100, badGateway: 0 } },
          },
        },
        // One client who gives up before its answer, and one who waits for it.
        { rule: "timeouts-inverted", measured: { kind: "scenarios", before: { agrees: true, measured: { timedOut: 1 } }, after: { agrees: true, measured: { answered: 1 } } } },
      ]);
    });

    it("lets nginx itself refuse what a finding says that it refuses", () => {
      cpSync(join(repository, "fixtures/nginx-wont-start"), join(place, "wont-start"), { recursive: true });
      const run = spawnSync(process.execPath, [program, "--measure", "wont-start"], { cwd: place, encoding: "utf8" });
      expect(run.stderr).toBe("");
      // nginx: src/http/ngx_http.c ngx_http_add_addresses; src/core/ngx_connection.c ngx_open_listening_sockets
      const text = run.stdout.replaceAll(/\s+/g, " ");
      expect(text).toContain("measured: the server does not start (nginx: [emerg] duplicate listen options for");
      expect(text).toMatch(/measured: the server does not start \(nginx: \[emerg\] bind\(\) to [\d.:]+ failed \(98: Address already in use\)\); after the change it starts/);
      expect(run.stdout).not.toContain("prediction-disagrees");
    });

    it("tries a gunicorn whose workers are busy, and one whose workers are idle", () => {
      const args = ["measure", "--backlog", "20", "--workers", "3", "--burst", "60", "--format", "json"];
      const run = spawnSync(process.execPath, [program, ...args], { cwd: place, encoding: "utf8" });
      expect(run.stderr).toBe("");
      const { runs } = JSON.parse(run.stdout) as { runs: readonly { measured: { queued: number; accepted: number }; verdict: string; agrees: boolean }[] };
      expect(runs.map(({ verdict, agrees }) => ({ verdict, agrees }))).toEqual([{ verdict: "measured", agrees: true }, { verdict: "measured", agrees: true }]);
      expect(runs[0]?.measured).toMatchObject({ queued: 21, accepted: 0 });
      expect(runs[1]?.measured.accepted).toBe(3);
    });
  });
});
