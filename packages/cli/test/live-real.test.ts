import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { probe } from "../../harness/src/namespaces.ts";
import { build } from "./build.ts";

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Seen {
  readonly ss: readonly string[];
  readonly json: Run;
  readonly text: Run;
  readonly compared: Run;
  readonly comparedText: Run;
  readonly elsewhere: number;
  readonly asNobody: string;
}

interface Live {
  readonly somaxconn: number;
  readonly listeners: readonly { readonly address: Address; readonly queue: number; readonly backlog: number; readonly full: boolean; readonly atSomaxconn: boolean; readonly processes: readonly { readonly pid: number; readonly name: string }[] }[];
  readonly otherNamespaces: readonly { readonly pid: number; readonly name: string }[];
  readonly repository?: readonly { readonly listener: string; readonly requested: number; readonly verdict: string; readonly inForce: readonly { readonly backlog: number }[] }[];
}

describeWith(["nginx", "gunicorn", "python3", "ss"], "live, beside real servers and ss", () => {
  let place = "";
  let seen: Seen;
  let live: Live;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "audit-backlog-live-"));
    const { namespace } = probe();
    // Without namespaces of its own it would change the machine's somaxconn.
    expect(namespace).not.toBe("host");
    build(join(place, "program"));
    const repository = join(place, "repository");
    const scratch = join(place, "scratch");
    mkdirSync(repository);
    mkdirSync(scratch);
    chmodSync(place, 0o755);
    // 0.0.0.0 and ::1 beside each other: the file's listener is the one that it names.
    writeFileSync(join(repository, "server.js"), `const net = require("node:net");\nprocess.title = "x\\x1b[2J\\u009by";\nnet.createServer().listen({ port: 8001, host: "127.0.0.1", backlog: 77 });\nnet.createServer().listen({ path: "${scratch}/node.sock", backlog: 78 });\n`);
    writeFileSync(join(repository, "gunicorn.conf.py"), 'bind = "127.0.0.1:8002"\nworkers = 2\nbacklog = 300\n');
    writeFileSync(join(repository, "app.py"), "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'']\n");
    writeFileSync(join(repository, "nginx.conf"), "worker_processes 2;\nevents { worker_connections 64; }\nhttp {\n  access_log off;\n  server { listen 127.0.0.1:8003 backlog=55; }\n  server { listen 127.0.0.1:8004 backlog=66 reuseport; }\n}\n");
    writeFileSync(join(repository, "edited.js"), 'require("node:net").createServer().listen(8005, "127.0.0.1", 50);\n');
    writeFileSync(join(repository, "absent.js"), 'require("node:net").createServer().listen(8009, "127.0.0.1", 50);\n');
    const run = spawnSync("unshare", [...(namespace === "user" ? ["-r"] : []), "-n", "-p", "-f", "--kill-child", "--mount-proc", process.execPath, fileURLToPath(new URL("real-listeners.mjs", import.meta.url)), join(place, "program/audit-backlog.js"), repository, scratch], { encoding: "utf8", timeout: 60_000 });
    expect(run.status, run.stderr).toBe(0);
    seen = JSON.parse(run.stdout) as Seen;
    live = JSON.parse(seen.json.stdout) as Live;
  }, 120_000);

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  const at = (port: number, host = "127.0.0.1"): Live["listeners"] => live.listeners.filter(({ address }) => address.family === "tcp" && address.port === port && address.host === host);
  const on = (end: string): Live["listeners"] => live.listeners.filter(({ address }) => address.family === "unix" && address.path.endsWith(end));

  it("lists what ss lists, with its numbers", () => {
    const rows = seen.ss.map((line) => {
      const fields = line.trim().split(/\s+/);
      const [queue, backlog, where] = fields.slice(fields.indexOf("LISTEN") + 1);
      return `${String(queue)} ${String(backlog)} ${String(where)}`;
    });
    const ours = live.listeners.map(({ address, queue, backlog }) => `${String(queue)} ${String(backlog)} ${address.family === "tcp" ? `${address.host.includes(":") ? `[${address.host}]` : address.host}:${String(address.port)}` : address.family === "unix" ? address.path : ""}`);
    expect([...ours].sort()).toEqual([...rows].sort());
    expect(ours.length).toBe(10);
  });

  it("has of each server what it was told, as far as somaxconn lets it", () => {
    expect(live.somaxconn).toBe(200);
    expect(at(8001)).toMatchObject([{ backlog: 77, queue: 0, atSomaxconn: false }]);
    expect(on("node.sock")).toMatchObject([{ backlog: 78 }]);
    expect(at(8002)).toMatchObject([{ backlog: 200, atSomaxconn: true }]);
    expect(at(8003)).toMatchObject([{ backlog: 55 }]);
    // A queue for each of two workers.
    expect(at(8004).map(({ backlog }) => backlog)).toEqual([66, 66]);
    expect(at(8005)).toMatchObject([{ backlog: 20, queue: 4, full: false }]);
    expect(at(8005, "::1")).toMatchObject([{ backlog: 21, queue: 0 }]);
    expect(on("@abstract")).toMatchObject([{ backlog: 3, queue: 0 }]);
    // Two wait in a queue of backlog 1: it is full.
    expect(on(".sock").filter(({ full }) => full)).toMatchObject([{ backlog: 1, queue: 2 }]);
    expect(seen.json.status).toBe(1);
  });

  it("names who holds a socket: all processes of it", () => {
    expect(at(8002)[0]?.processes.length).toBe(3);
    expect(at(8003)[0]?.processes.map(({ name }) => name)).toEqual(["nginx", "nginx", "nginx"]);
    expect(at(8005)[0]?.processes).toMatchObject([{ name: "python3" }]);
    expect(at(8001)[0]?.processes.length).toBe(1);
  });

  it("names another network namespace, whose listeners it can't see", () => {
    expect(live.otherNamespaces).toMatchObject([{ pid: seen.elsewhere }]);
    expect(seen.text.stdout).toContain(`nsenter -t ${String(seen.elsewhere)} -n audit-backlog live   (sleep)`);
  });

  it("gives a terminal nothing raw: neither a process's name nor a path", () => {
    for (const { stdout } of [seen.json, seen.text, seen.compared, seen.comparedText]) {
      expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect(seen.text.stdout).toContain("full\\u{1b}]0;x\\u{7}.sock");
    expect(seen.text.stdout).toContain("x\\u{1b}[2J");
  });

  it("says what is full, and what may have been cut", () => {
    expect(seen.text.stdout).toMatch(/2 +1 {2}full: whoever comes is refused \(EAGAIN\)/);
    expect(seen.text.stdout).toMatch(/127\.0\.0\.1:8002 .* 200 {2}= somaxconn: as much or more was asked for/);
    expect(seen.text.stdout).toMatch(/^ListenOverflows 0 · ListenDrops 0 /m);
  });

  it("compares with what files ask for", () => {
    const verdicts = Object.fromEntries(((JSON.parse(seen.compared.stdout) as Live).repository ?? []).map(({ listener, verdict, requested, inForce }) => [/\d{4}$|[\w.]+$/.exec(listener)?.[0] ?? "", [verdict, requested, ...inForce.map(({ backlog }) => backlog)]]));
    expect(verdicts).toMatchObject({
      "8001": ["as asked", 77, 77],
      "node.sock": ["as asked", 78, 78],
      "8002": ["clamped", 300, 200],
      "8003": ["as asked", 55, 55],
      "8004": ["as asked", 66, 66, 66],
      "8005": ["differs", 50, 20],
      "8009": ["absent", 50],
    });
    expect(seen.comparedText.stdout).toContain("asks for 300, got 200: net.core.somaxconn 200 clamps it");
    expect(seen.comparedText.stdout).toMatch(/edited\.js:1\n +asks for 50, but 20 is in force: not restarted since/);
    expect(seen.comparedText.stdout).toMatch(/Nothing listens here at 1 address of the files.*\n.*8009/);
    expect(seen.compared.status).toBe(1);
  });

  it("says what it may not see, without root's rights", () => {
    expect(seen.asNobody).toMatch(/^The processes of \d+ listeners can't be seen: run this as root\.$/m);
  });
});
