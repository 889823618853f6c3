import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { effectiveBacklog, queueCapacity, synRetries } from "../src/kernel.ts";
import { pastLimit } from "../src/past-limit.ts";

describe("SYN retries", () => {
  it("double from the first on before Linux 6.5, and after four even ones since", () => {
    // The wait after the last retry is the next one of its series; ip-sysctl.rst gives 127 s and 131 s in all.
    const waits = (at: readonly number[]): number[] => at.map((second, index) => second - (at[index - 1] ?? 0));
    expect(waits([...synRetries.before6_5.at, synRetries.before6_5.givesUp])).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(waits([...synRetries.since6_5.at, synRetries.since6_5.givesUp])).toEqual([1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64]);
  });
});

describe("past the limit with a real round-trip time", () => {
  const far = { family: "tcp", roundTrip: "real", abortOnOverflow: false } as const;

  it("connects with SYN cookies, and never recovers where the server speaks first", () => {
    expect(pastLimit({ ...far, syncookies: true, speaksFirst: "client" })).toMatchObject({ connect: "succeeds", recovers: true });
    expect(pastLimit({ ...far, syncookies: true, speaksFirst: "server" })).toMatchObject({ connect: "succeeds", recovers: false });
    expect(pastLimit({ ...far, syncookies: false, speaksFirst: "server" })).toMatchObject({ connect: "retries", recovers: true });
  });

  it("resets only handshakes under way, and only with tcp_abort_on_overflow", () => {
    const reset = { error: "ECONNRESET", errorFor: "handshakes under way" };
    expect(pastLimit({ ...far, syncookies: true, speaksFirst: "client", abortOnOverflow: true })).toMatchObject(reset);
    expect(pastLimit({ ...far, syncookies: false, speaksFirst: "client", abortOnOverflow: true })).toMatchObject(reset);
    expect(pastLimit({ ...far, syncookies: true, speaksFirst: "client" }).error).toBeUndefined();
  });
});

interface Row {
  readonly family: "tcp" | "unix";
  readonly somaxconn: number;
  readonly requested: number;
  readonly effective: number;
  /** What clients saw, one after the other, where the queue was small enough to fill. */
  readonly seen?: readonly string[];
  readonly waiting: number;
}

const fillUpTo = 130;
const edges = [0, 1, 2, 5, 64, 127, 128, 129, 511, 4095, 4096, 4097, 70_000, 2 ** 31 - 1, -1, -2, -(2 ** 31)];
const drawn = fc.sample(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 5000 })), { numRuns: 40, seed: 5 });

/** Rows from the kernel, out of a network namespace of its own where this user may make one. */
function probe(): readonly Row[] {
  const script = fileURLToPath(new URL("kernel-probe.py", import.meta.url));
  const namespace = [["unshare", "-n"], ["unshare", "-rn"]].find(
    (command) => spawnSync("/usr/bin/env", [...command, "true"], { timeout: 10_000 }).status === 0,
  );
  const command = [...(namespace ?? []), "/usr/bin/python3", script];
  const wanted = { somaxconn: [0, 1, 100, 128, 4096], backlogs: [...edges, ...drawn], fillUpTo, alone: namespace !== undefined };
  const run = spawnSync("/usr/bin/env", command, { input: JSON.stringify(wanted), encoding: "utf8", timeout: 50_000 });
  if (run.status !== 0) throw new Error(`the probe failed: ${run.error?.message ?? run.stderr}`);
  return JSON.parse(run.stdout) as readonly Row[];
}

describeWith(["ss", "python3"], "the kernel's own accept queues", () => {
  let rows: readonly Row[] = [];
  beforeAll(() => {
    rows = probe();
  });

  it("have the effective backlog, TCP and unix alike", () => {
    expect(rows.length).toBeGreaterThanOrEqual(2 * (edges.length + drawn.length));
    const wrong = rows.filter(({ requested, somaxconn, effective }) => effectiveBacklog(requested, somaxconn) !== effective);
    expect(wrong).toEqual([]);
  });

  it("hold one connection more than it", () => {
    const filled = rows.filter(({ seen }) => seen !== undefined);
    expect(new Set(filled.map(({ family }) => family))).toEqual(new Set(["tcp", "unix"]));
    expect(new Set(filled.map(({ effective }) => effective)).size).toBeGreaterThan(4);
    for (const { effective, waiting, seen } of filled) {
      expect(waiting).toBe(queueCapacity(effective));
      expect(seen?.filter((one) => one === "connected")).toHaveLength(queueCapacity(effective));
    }
  });

  it("turn clients past the limit away as told", () => {
    const near = pastLimit({ family: "tcp", roundTrip: "zero", speaksFirst: "client", syncookies: true, abortOnOverflow: false });
    const local = pastLimit({ family: "unix", connect: "non-blocking" });
    expect(near.connect).toBe("retries");
    for (const { family, effective, seen } of rows) {
      const past = seen?.slice(queueCapacity(effective));
      if (past !== undefined) expect(past).toEqual(family === "unix" ? [local.error, local.error] : ["pending", "pending"]);
    }
  });
});
