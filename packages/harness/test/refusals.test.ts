import "./built.ts";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scenario, Server } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { measure } from "../src/measure.ts";
import { familyOf } from "../src/processes.ts";
import { atOnce, bare, gunicorn, nginx, node, scenario } from "./scenarios.ts";

describe("a scenario that can't be carried out", () => {
  it.each<readonly [Server, RegExp]>([
    [node({ backlog: 0 }), /node never listens with a backlog of 0/],
    [nginx({ backlog: -1 }), /nginx never listens with a backlog of -1/],
    [gunicorn({ backlog: -1 }), /gunicorn never listens with a backlog of -1/],
    [bare("tcp", 2 ** 31), /listener never listens with a backlog of 2147483648/],
  ])("%j is refused", async (server, message) => {
    await expect(measure(scenario(server, atOnce(3)))).rejects.toThrow(message);
  });

  it("with more clients than this process may have sockets is refused", async () => {
    await expect(measure(scenario(bare("tcp", 5), atOnce(50_000_000)))).rejects.toThrow(/50000000 clients: this process may open \d+ sockets/);
  });

  it("with a round-trip time is refused on the host's own loopback interface", async () => {
    const far: Scenario = { ...scenario(bare("tcp", 5), atOnce(3)), roundTrip: "real" };
    await expect(measure(far, { namespace: "host" })).rejects.toThrow("a network namespace of its own");
  });

  it("behind a server that is no proxy is refused", async () => {
    await expect(measure(scenario([node(), node()], atOnce(3)))).rejects.toThrow("node is no proxy");
  });
});

describe("a child", () => {
  it("that does not answer is ended", async () => {
    const before = familyOf(process.pid);
    const entry = fileURLToPath(new URL("child-that-hangs.mjs", import.meta.url));
    await expect(measure(scenario(bare("tcp", 5), atOnce(3)), { entry, deadline: 0.5 })).rejects.toThrow("ended without an answer");
    expect(familyOf(process.pid)).toEqual(before);
  });
});

/** Where no program but Node is to be found, or only those of a PATH. */
function measureWithoutPrograms(what: Scenario, path = "/nonexistent"): { readonly status: number | null; readonly text: string } {
  const program = `
    const { measure, probe } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
    console.log(JSON.stringify(probe()));
    console.log(JSON.stringify(await measure(${JSON.stringify(what)})));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8", env: { PATH: path }, timeout: 55_000 });
  return { status: run.status, text: run.stdout + run.stderr };
}

describeWith(["gunicorn", "gevent"], "a gunicorn whose Python does not find gevent", () => {
  it("is told what to install", () => {
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    try {
      mkdirSync(join(directory, "gevent"));
      writeFileSync(join(directory, "gevent", "__init__.py"), "raise ImportError('hidden')\n");
      const path = process.env["PATH"] ?? "";
      writeFileSync(join(directory, "gunicorn"), `#!/bin/sh\nPATH='${path}' PYTHONPATH='${directory}' exec gunicorn "$@"\n`, { mode: 0o755 });
      const { status, text } = measureWithoutPrograms(scenario(gunicorn({ workerClass: "gevent" }), atOnce(1)), `${directory}:${path}`);
      expect(text).toContain("gunicorn can't load gevent for its gevent workers (apt-get install python3-gevent)");
      expect(status).toBe(1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("where there is no program but Node", () => {
  it("a listener is measured in the host's namespace", () => {
    const { status, text } = measureWithoutPrograms(scenario(bare("unix", 5), atOnce(20), { somaxconn: 8 }));
    expect(text).toContain('"namespace":"host","because":["root: spawnSync unshare ENOENT"');
    expect(text).toContain('"queued":6');
    expect(text).toContain("no network namespace could be made (spawnSync unshare ENOENT): run it as root with unshare (util-linux)");
    expect(text).toContain('"verdict":"measured"');
    expect(status).toBe(0);
  });

  it("a missing server is named", () => {
    const { status, text } = measureWithoutPrograms(scenario(nginx(), atOnce(1)));
    expect(text).toContain("nginx can't be started; is it installed?");
    expect(status).toBe(1);
  });
});
