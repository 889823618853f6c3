import "./built.ts";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { effectiveBacklog, type Scenario } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { measure } from "../src/measure.ts";
import { probe, type Namespace } from "../src/namespaces.ts";
import { expectAgreement } from "./expect-agreement.ts";
import { atOnce, bare, scenario, spread } from "./scenarios.ts";

/** Kinds of namespace that this machine lets us make; `host` is everywhere. */
const namespaces: readonly Namespace[] = probe().namespace === "root" ? ["root", "user"] : [probe().namespace];

describe("a listener that nobody accepts from", () => {
  it.each([
    ["tcp", 0, 4096],
    ["tcp", 1, 4096],
    ["tcp", 64, 4096],
    ["tcp", 511, 128],
    ["tcp", -1, 7],
    ["tcp", 2 ** 31 - 1, 40],
    ["tcp", 3, 0],
    ["unix", 0, 4096],
    ["unix", 5, 4096],
    ["unix", 128, 64],
    ["unix", -(2 ** 31), 9],
  ] as const)("%s, backlog %i, somaxconn %i", async (family, backlog, somaxconn) => {
    const effective = effectiveBacklog(backlog, somaxconn);
    const { outcome, evidence, environment } = await expectAgreement(scenario(bare(family, backlog), atOnce(effective + 30), { somaxconn }));
    expect(outcome.queued).toBe(effective + 1);
    expect(family === "tcp" ? outcome.dropped : outcome.eagain).toBe(29);
    expect(evidence.counters.ListenDrops).toBe(family === "tcp" ? 29 : 0);
    expect(evidence.queues).toMatchObject([{ length: effective + 1 }]);
    for (const { backlog: shown } of evidence.queues) expect(shown ?? effective).toBe(effective);
    if (environment.namespace !== "host") expect(environment.sysctls["net.core.somaxconn"]).toBe(String(somaxconn));
  });

  it("holds as many when clients come one after the other", async () => {
    const { outcome } = await expectAgreement(scenario(bare("tcp", 4), spread(12)));
    expect(outcome).toMatchObject({ queued: 5, dropped: 7 });
  });

  it("turns away 5,903 of 10,000 with a somaxconn of 4096", async () => {
    const { outcome, evidence } = await expectAgreement(scenario(bare("tcp", 65_535), atOnce(10_000)));
    expect(outcome).toMatchObject({ queued: 4097, dropped: 5903 });
    expect(evidence.latencies.connect).toHaveLength(4097);
  });
});

describe("a machine that is busy with other things", () => {
  it("counts a burst that it sends for longer than a SYN waits", async () => {
    const busy = Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
    try {
      const { outcome, evidence } = await expectAgreement(scenario(bare("tcp", 4000), atOnce(6000)));
      expect(outcome).toMatchObject({ queued: 4001, dropped: 1999 });
      expect(evidence.counters.ListenDrops).toBe(1999);
    } finally {
      for (const child of busy) child.kill("SIGKILL");
    }
  });
});

describe("the environment", () => {
  it.each(namespaces)("%s: has limits of its own, and tells what it is", async (namespace) => {
    const { environment, outcome } = await expectAgreement(scenario(bare("tcp", 500), atOnce(90), { somaxconn: 77, tcp_syncookies: 0, tcp_abort_on_overflow: 1 }), { namespace });
    expect(outcome.queued).toBe(78);
    expect(environment).toMatchObject({ namespace, instead: [], node: process.versions.node });
    expect(environment.sysctls).toMatchObject({ "net.core.somaxconn": "77", "net.ipv4.tcp_syncookies": "0", "net.ipv4.tcp_abort_on_overflow": "1" });
  });

  it("host: listens with the smaller of backlog and somaxconn, and says so", async () => {
    const { environment, outcome } = await expectAgreement(scenario(bare("unix", 500), atOnce(40), { somaxconn: 20 }), { namespace: "host" });
    expect(outcome).toMatchObject({ queued: 21, eagain: 19 });
    expect(environment.instead).toEqual([expect.stringContaining("host's own"), expect.stringContaining("not 20: servers listen with the smaller")]);
    expect(environment.sysctls["net.core.somaxconn"]).toBe(readFileSync("/proc/sys/net/core/somaxconn", "latin1").trim());
  });

  it("host: refuses a limit above its own instead of measuring something else", async () => {
    const above = scenario(bare("tcp", 2 ** 30), atOnce(5), { somaxconn: 2 ** 30 });
    await expect(measure(above, { namespace: "host" })).rejects.toThrow("can't be raised to 1073741824");
  });

});

// tc comes with ss.
describeWith(["ss"], "a real round-trip time", () => {
  const far = (limits: Partial<Scenario["host"]>): Scenario => ({ ...scenario(bare("tcp", 64), atOnce(300), { somaxconn: 4096, ...limits }), roundTrip: "real" });

  it("leaves 300 clients connected of which 65 are in the queue", async () => {
    const { outcome, evidence } = await expectAgreement(far({}));
    expect(outcome).toMatchObject({ queued: 65, dropped: 235 });
    expect(outcome.phantoms).toBeGreaterThan(0);
    expect(evidence.latencies.connect.length).toBe(65 + outcome.phantoms);
  });

  it("without SYN cookies keeps the kernel's count, and fewer clients believe that they are connected", async () => {
    const { outcome } = await expectAgreement(far({ tcp_syncookies: 0 }));
    expect(outcome).toMatchObject({ queued: 65, dropped: 235 });
    expect(outcome.phantoms).toBeLessThan(235);
  });
});
