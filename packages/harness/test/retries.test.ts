import "./built.ts";
import { synRetries, type Evidence, type HostLimits, type Scenario } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { connectedByRetry, retryTimes } from "../src/retries.ts";
import { expectAgreement } from "./expect-agreement.ts";
import { bare, gunicorn, scenario } from "./scenarios.ts";

describe("a kernel repeats a SYN", () => {
  it("after the seconds of its documentation, with and without linear timeouts", () => {
    const { since6_5, before6_5 } = synRetries;
    expect(retryTimes(4)).toEqual(since6_5.at);
    expect(retryTimes(0)).toEqual(before6_5.at);
    expect(retryTimes(1).slice(0, 4)).toEqual([1, 2, 4, 8]);
  });

  it("so the time until connect() ends tells which SYN was answered", () => {
    const after = (...seconds: readonly number[]) => seconds.map((each) => ({ socket: undefined as never, started: 50, connectedAt: 50 + each * 1000 }));
    expect(connectedByRetry(after(0, 0.4, 0.99, 1, 1.04, 3.05), 4)).toEqual([3, 2, 0, 1]);
    expect(connectedByRetry(after(1.01, 2.9, 3.01), 0)).toEqual([0, 2, 1]);
    expect(connectedByRetry([{ socket: undefined as never, started: 0 }], 4)).toEqual([]);
  });
});

const patient = (clients: number, patience: number): Scenario["load"] => ({ kind: "all at once", clients, patience });

describe("clients with patience", () => {
  it("of a listener that nobody accepts from: 6 connect at once, and 14 get no answer to three SYNs each", async () => {
    const { outcome, evidence } = await expectAgreement(scenario(bare("tcp", 5), patient(20, 2.5)));
    expect(outcome).toMatchObject({ timedOut: 6, dropped: 14 });
    expect(evidence.connected).toEqual([6]);
    expect(evidence.counters.ListenDrops).toBe(14 * 3);
  });

  it("on a unix socket fail at once, or connect at once", async () => {
    const { evidence } = await expectAgreement(scenario(bare("unix", 5), patient(20, 0.2)));
    expect(evidence.connected).toEqual([6]);
    expect(evidence.clients).toEqual({ waiting: 6, EAGAIN: 14 });
  });
});

describeWith(["gunicorn"], "clients of a gunicorn that is slower than their burst", () => {
  /** Without SYN cookies each wave of repeated SYNs finds the room that there is, and no more. */
  const waves = async (more: Partial<HostLimits>): Promise<Evidence> => {
    const server = gunicorn({ workers: 1, backlog: 3, serviceTime: 0.1 });
    return (await expectAgreement(scenario(server, patient(16, 3.7), { somaxconn: 4096, tcp_syncookies: 0, ...more }))).evidence;
  };

  it("are let in by the SYNs of 0, 1, 2 and 3 s", { retry: 2 }, async () => {
    const { connected, latencies } = await waves({ tcp_syn_linear_timeouts: 4 });
    // A queue of 4, and one that the worker takes while the burst comes.
    expect(connected[0]).toBeGreaterThanOrEqual(4);
    expect(connected[0]).toBeLessThanOrEqual(5);
    expect(connected.length).toBeGreaterThanOrEqual(3);
    expect(connected.reduce((sum, count) => sum + count, 0)).toBe(latencies.connect.length);
    for (const seconds of latencies.connect) expect(seconds % 1).toBeLessThan(0.5);
  });

  it("on an older kernel by those of 0, 1 and 3 s", { retry: 2 }, async () => {
    const { connected, latencies } = await waves({ tcp_syn_linear_timeouts: 0 });
    expect(connected).toHaveLength(3);
    expect(latencies.connect.filter((seconds) => seconds > 1.5 && seconds < 3)).toEqual([]);
    expect(latencies.connect.at(-1)).toBeGreaterThanOrEqual(3);
  });

  it("are served late, when the server gets to them after their patience", { retry: 2 }, async () => {
    const { outcome, evidence } = await expectAgreement(scenario(gunicorn({ backlog: 30, serviceTime: 0.3 }), patient(20, 1)));
    expect(outcome).toMatchObject({ answered: 6, timedOut: 14 });
    // Within another second: 2 workers, and three or four rounds.
    expect(evidence.servedLate).toBeGreaterThanOrEqual(4);
    expect(evidence.servedLate).toBeLessThanOrEqual(8);
  });
});
