import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { predict, type Counted, type Scenario } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { installedServers, standIn } from "../src/measuring.ts";
import type { Harness } from "../src/measuring.ts";
import { plot } from "../src/report/plot.ts";
import { run } from "../src/run.ts";
import { kernel } from "./fake-kernel.ts";
import { repository, runCli } from "./run-cli.ts";

const measuring = (argv: readonly string[], harness: Harness): ReturnType<typeof runCli> => runCli(["measure", "--server", "listener", ...argv], repository, {}, { harness });

describe("audit-backlog measure", () => {
  it("prints predicted and measured, on what, and what is not as asked", async () => {
    const { code, stdout, stderr } = await measuring(["--backlog", "128", "--burst", "500"], kernel());
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/waiting in the queue +129 │ 129\n/);
    expect(stdout).toMatch(/no answer to the SYN +371 │ 371\n/);
    expect(stdout).toContain("measured, as predicted");
    expect(stdout).toMatch(/^Linux 6\.1 · the host's network namespace · Node 20$/m);
    expect(stdout).toContain("not as asked: somaxconn is 128 here, not 4096");
  });

  it("says where the kernel counts otherwise, and where the count is inconclusive, with exit code 1", async () => {
    const other = await measuring(["--backlog", "4", "--burst", "9"], kernel((outcome) => ({ ...outcome, queued: 4, dropped: 5 })));
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/waiting in the queue +5 │ 4 +differs\n/);
    const unsure = await measuring(["--backlog", "4", "--burst", "9"], kernel(undefined, { verdict: "inconclusive", because: ["a client is missing"] }));
    expect(unsure.code).toBe(1);
    expect(unsure.stdout).toContain("inconclusive: a client is missing");
  });

  it("says in one line what can't be carried out here", async () => {
    const { code, stdout, stderr } = await measuring([], { ...kernel(), measure: () => Promise.reject(new Error("nginx ended: no")) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("this can't be measured here: nginx ended: no\n");
  });

  it("clamps by a stated somaxconn", async () => {
    const { stdout } = await measuring(["--backlog", "500", "--somaxconn", "64", "--format", "json"], kernel());
    // Twice 64 + 1 clients where no burst was stated.
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ scenario: { host: { somaxconn: 64 }, load: { clients: 130 } }, measured: { queued: 65, dropped: 65 } }] });
  });

  it("sweeps over both sides of the knee", async () => {
    const { code, stdout } = await measuring(["--backlog", "99", "--sweep"], kernel());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +100 +100 │ 100\n +101 +100 │ 100$/m);
    expect(stdout).toContain("all 10 measured, as predicted");
    expect(stdout).toMatch(/┴/);
    const wrong = await measuring(["--backlog", "99", "--sweep"], kernel((outcome) => ({ ...outcome, queued: Math.min(outcome.queued, 60) })));
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain("×");
  });

  it("sweeps over clients one after the other around what workers and queue hold together", async () => {
    const { code, stdout } = await runCli(["measure", "--backlog", "10", "--workers", "4", "--load", "spread-out", "--sweep", "--format", "json"], repository, {}, { harness: kernel() });
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly scenario: Scenario; readonly measured: Counted }[] };
    // 10 + 1 in the queue, 4 accepted. Half of it, nine tenths, all, one more, a tenth and four tenths more.
    expect(runs.map(({ scenario: { load } }) => "clients" in load && load.clients)).toEqual([8, 14, 15, 16, 17, 21]);
    expect(runs.map(({ measured: { queued, accepted } }) => queued + accepted)).toEqual([8, 14, 15, 15, 15, 15]);
  });

  it("sweeps over rates around what the workers serve, and plots seconds", async () => {
    const steady = ["measure", "--workers", "5", "--backlog", "64", "--service-time", "100ms", "--load", "sustained", "--seconds", "4", "--sweep"];
    const { code, stdout } = await runCli(steady, repository, {}, { harness: kernel() });
    expect(code).toBe(0);
    // (64 + 1) places fill at 100 - 50 a second.
    expect(stdout).toMatch(/^ +40 +none │ none$/m);
    expect(stdout).toMatch(/^ +100 +1\.30 │ 1\.30$/m);
    expect(stdout).toMatch(/^4 ┤ +●·+●·+●$/m);
    expect(stdout).toMatch(/^ +0 +50 +150 {2}a second$/m);
  });

  it("says after which SYN clients got in, and who was served late", async () => {
    const evidence = { queues: [], counters: { ListenOverflows: 0, ListenDrops: 0, TCPReqQFullDrop: 0, TCPReqQFullDoCookies: 0 }, clients: {}, sentWithin: 0, latencies: { connect: [], answer: [] }, connected: [5, 4, 0, 2], servedLate: 3 };
    const { stdout } = await runCli(["measure", "--backlog", "4", "--client-timeout", "4s", "--burst", "20"], repository, {}, { harness: kernel(undefined, { evidence }) });
    expect(stdout).toContain("20 clients at once, each waits up to 4 s");
    expect(stdout).toContain("connected: 5 at once, 4 after repeating its SYN once, 2 after repeating its SYN 3 times");
    expect(stdout).toContain("answered after patience had ended: 3");
  });

  it.each([
    [["--server", "node", "--load", "sustained"], "no setting bounds the rate that this server serves"],
    [["--server", "nginx", "--load", "sustained", "--arrival-rate", "5"], "nothing is stated about a sustained load on several servers, or on one that closes clients"],
    [["--client-timeout", "2s", "--sweep"], "--client-timeout means nothing to it"],
  ])("refuses %j, of which nothing is predicted", async (argv, message) => {
    const { code, stderr } = await runCli(["measure", ...argv], repository, {}, { harness: kernel() });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("shows its progress on a terminal only, and takes it away again", async () => {
    const written = { pipe: "", terminal: "" };
    for (const kind of ["pipe", "terminal"] as const) {
      const stderr = { isTTY: kind === "terminal", write: (text: string) => (written[kind] += text) };
      await run(["measure", "--server", "listener"], { cwd: () => repository, environment: {}, stdout: { write: () => true }, stderr, harness: () => Promise.resolve(kernel()) });
    }
    expect(written.pipe).toBe("");
    expect(written.terminal).toContain("measuring 1 of 1: 1024 clients at once");
    expect(written.terminal.endsWith("\r\x1b[2K")).toBe(true);
  });
});

it("plots what was predicted and measured where it belongs", () => {
  const ten = { atLeast: 10, atMost: 10 };
  const lines = plot([{ x: 10, predicted: ten, measured: 10, agrees: true }, { x: 20, predicted: ten, measured: 5, agrees: false }], { x: "burst", y: "held", knee: 10, fromOrigin: true });
  expect(lines[0]).toBe("held");
  expect(lines[1]).toMatch(/^10 ┤ +·*●·+$/);
  // 5 of 10 on 14 rows, of which the lowest is 0: 6.5, rounded up, above the lowest. In the last of 60 columns.
  expect(lines.findIndex((line) => line.includes("×"))).toBe(14 - 7);
  expect(lines[7]?.indexOf("×")).toBe("10 ┤".length + 59);
  expect(plot([], { x: "burst", y: "held", knee: 10, fromOrigin: true })).toEqual([]);
});

describeWith(["gunicorn", "gevent"], "gevent is installed", () => {
  it("where gunicorn's own Python has it, and not where that does not find it", () => {
    expect(installedServers().has("gevent")).toBe(true);
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    const path = process.env["PATH"] ?? "";
    try {
      // gunicorn as it is, with a gevent before the real one that can't be imported.
      mkdirSync(join(directory, "gevent"));
      writeFileSync(join(directory, "gevent", "__init__.py"), "raise ImportError('hidden')\n");
      writeFileSync(join(directory, "gunicorn"), `#!/bin/sh\nPATH='${path}' PYTHONPATH='${directory}' exec gunicorn "$@"\n`, { mode: 0o755 });
      process.env["PATH"] = `${directory}:${path}`;
      const installed = installedServers();
      expect([installed.has("gunicorn"), installed.has("gevent")]).toEqual([true, false]);
    } finally {
      process.env["PATH"] = path;
      rmSync(directory, { recursive: true });
    }
  });
});

describe("a stand-in", () => {
  const chain: Scenario = {
    host: { somaxconn: 4096 },
    roundTrip: "zero",
    hops: [
      { servers: [{ kind: "nginx", family: "tcp", backlog: 511, state: "serving", workers: 1, workerConnections: 512, reuseport: false }] },
      { servers: [{ kind: "gunicorn", family: "unix", backlog: 64, state: "stalled", workerClass: "sync", workers: 2, threads: 1, workerConnections: 1000, serviceTime: 1 }] },
    ],
    load: { kind: "spread out", clients: 100, interval: 0.1 },
  };

  it("keeps the last queue, and says what to install", () => {
    const { scenario, because } = standIn(chain, new Set(["gunicorn"]));
    expect(scenario.hops).toEqual([{ servers: [{ kind: "listener", state: "stalled", family: "unix", backlog: 64 }] }]);
    expect(predict(scenario)).toMatchObject({ queued: 65, eagain: 35 });
    expect(because).toBe("a bare listener that nobody accepts from stands in: nginx not installed (apt-get install nginx-light)");
    expect(standIn(chain, new Set()).because).toContain("nginx and gunicorn not installed (apt-get install nginx-light gunicorn)");
  });

  it("says to install gevent where gunicorn's gevent workers need it, and it is asked for only then", () => {
    const { hops, ...rest } = chain;
    const [front, behind] = hops;
    const gevent: Scenario = { ...rest, hops: [front, { servers: (behind?.servers ?? []).map((server) => (server.kind === "gunicorn" ? { ...server, workerClass: "gevent" as const } : server)) }] };
    expect(standIn(gevent, new Set(["nginx", "gunicorn"])).because).toContain("gevent not installed (apt-get install python3-gevent)");
    expect(standIn(gevent, new Set(["nginx", "gunicorn", "gevent"]))).toEqual({ scenario: gevent });
  });

  it("is none where all is installed", () => {
    expect(standIn(chain, new Set(["nginx", "gunicorn"]))).toEqual({ scenario: chain });
  });
});
