import "./built.ts";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { measure } from "../src/measure.ts";
import { expectAgreement } from "./expect-agreement.ts";
import { atOnce, gunicorn, nginx, node, scenario, spread } from "./scenarios.ts";

describeWith(["gunicorn", "gevent"], "gunicorn", () => {
  it.each([
    ["sync, TCP", gunicorn(), 2, 6],
    ["sync, unix", gunicorn({ family: "unix", workers: 1, backlog: 0 }), 1, 1],
    ["gthread", gunicorn({ workerClass: "gthread", threads: 2 }), 16, 6],
    ["gevent", gunicorn({ workerClass: "gevent", backlog: 2 }), 16, 3],
  ])("%s: clients one after the other", async (_, server, accepted, queued) => {
    const { outcome, environment } = await expectAgreement(scenario(server, spread(accepted + queued + 8)));
    expect(outcome).toMatchObject({ accepted, queued, [server.family === "tcp" ? "dropped" : "eagain"]: 8 });
    expect(environment.gunicorn).toMatch(/^\d+\.\d+/);
    expect(environment.gevent === undefined).toBe(server.workerClass !== "gevent");
  });

  it("stopped, holds the backlog and one more", async () => {
    const { outcome } = await expectAgreement(scenario(gunicorn({ state: "stalled", backlog: 64 }), atOnce(120)));
    expect(outcome).toMatchObject({ accepted: 0, queued: 65, dropped: 55 });
  });

  it("in a burst, holds something between the backlog and all", async () => {
    await expectAgreement(scenario(gunicorn({ workers: 4, backlog: 10 }), atOnce(60)));
  });

  it("whose connections outnumber its threads overflows later: after (20 - 5 + 64 + 1) / (100 - 50) s", { retry: 2 }, async () => {
    const server = gunicorn({ workerClass: "gthread", workers: 1, threads: 5, workerConnections: 20, backlog: 64, serviceTime: 0.1 });
    const { outcome } = await expectAgreement(scenario(server, { kind: "sustained", rate: 100, seconds: 4 }));
    expect(outcome.overflowsAfter).toBeDefined();
  });

  it("turns nobody away below its capacity, on a unix socket of backlog 10: 15 of 20 a second", { retry: 2 }, async () => {
    const { outcome } = await expectAgreement(scenario(gunicorn({ family: "unix", backlog: 10, serviceTime: 0.1 }), { kind: "sustained", rate: 15, seconds: 3 }));
    expect(outcome).toMatchObject({ answered: 45, eagain: 0 });
    expect(outcome.overflowsAfter).toBeUndefined();
  });

  it("says why it does not start", async () => {
    const unknown = scenario(gunicorn({ workerClass: "no such class" as "sync" }), atOnce(1));
    await expect(measure(unknown)).rejects.toThrow(/gunicorn ended: .*no such class/s);
  });
});

describeWith(["nginx"], "nginx", () => {
  it.each([
    ["TCP", nginx({ state: "stalled", backlog: 16 }), 17],
    ["unix, two workers", nginx({ state: "stalled", backlog: 7, family: "unix", workers: 2 }), 8],
  ])("stopped, %s: holds the backlog and one more", async (_, server, queued) => {
    const { outcome, environment } = await expectAgreement(scenario(server, atOnce(50)));
    expect(outcome.queued).toBe(queued);
    expect(environment.nginx).toMatch(/^1\./);
  });

  it("stopped, with reuseport: a queue a worker, each with its own limit", async () => {
    const { outcome, evidence } = await expectAgreement(scenario(nginx({ state: "stalled", backlog: 16, workers: 3, reuseport: true }), atOnce(150)));
    expect(evidence.queues).toHaveLength(3);
    for (const { length } of evidence.queues) expect(length).toBeLessThanOrEqual(17);
    expect(outcome.queued).toBeGreaterThan(17);
  });

  it("closes whom it has no connection for: 22 of 30 with 10", async () => {
    const { outcome } = await expectAgreement(scenario(nginx({ workerConnections: 10 }), spread(30)));
    expect(outcome).toMatchObject({ accepted: 8, closed: 22, queued: 0 });
  });
});

describe("Node", () => {
  it("with a blocked event loop holds the backlog and one more", async () => {
    const { outcome } = await expectAgreement(scenario(node({ state: "stalled" }), atOnce(60)));
    expect(outcome).toMatchObject({ accepted: 0, queued: 33, dropped: 27 });
  });

  it("under a steady load that no setting bounds overflows nothing", async () => {
    const { outcome } = await expectAgreement(scenario(node({ serviceTime: 0.1 }), { kind: "sustained", rate: 80, seconds: 1 }));
    expect(outcome).toMatchObject({ answered: 80, dropped: 0 });
  });

  it("with slow handlers accepts everyone", async () => {
    const { outcome } = await expectAgreement(scenario(node({ family: "unix", backlog: 3 }), spread(40)));
    expect(outcome).toMatchObject({ accepted: 40, queued: 0 });
  });

  it("closes whom maxConnections leaves no room for", async () => {
    const { outcome } = await expectAgreement(scenario(node({ maxConnections: 10 }), spread(25)));
    expect(outcome).toMatchObject({ accepted: 10, closed: 15 });
  });

  it("in a round-robin cluster accepts in the primary, though both workers are blocked", async () => {
    const { outcome } = await expectAgreement(scenario(node({ state: "stalled", mode: "round-robin", instances: 2 }), spread(60)));
    expect(outcome).toMatchObject({ accepted: 60, queued: 0, dropped: 0 });
  });

  it("in a cluster that shares its socket holds the backlog and one more, when both workers are blocked", async () => {
    const { outcome } = await expectAgreement(scenario(node({ state: "stalled", mode: "shared", instances: 2 }), atOnce(60)));
    expect(outcome).toMatchObject({ accepted: 0, queued: 33, dropped: 27 });
  });
});

describeWith(["nginx", "gunicorn"], "nginx in front", () => {
  it("of a stopped gunicorn on a unix socket answers 502 to 49 of 60", async () => {
    const { outcome, evidence } = await expectAgreement(scenario([nginx(), gunicorn({ family: "unix", state: "stalled", backlog: 10 })], atOnce(60)));
    expect(outcome).toMatchObject({ queued: 11, badGateway: 49 });
    expect(evidence.counters.ListenDrops).toBe(0);
    expect(evidence.clients).toMatchObject({ 502: 49 });
  });

  it("of a stopped gunicorn over TCP answers 504 to 49 of 60", async () => {
    const { outcome } = await expectAgreement(scenario([nginx(), gunicorn({ state: "stalled", backlog: 10 })], atOnce(60)));
    expect(outcome).toMatchObject({ queued: 11, gatewayTimeout: 49 });
  });

  it("of two workers on a unix socket answers 502 to 27 of 40", async () => {
    const { outcome } = await expectAgreement(scenario([nginx(), gunicorn({ family: "unix", backlog: 10 })], spread(40)));
    expect(outcome).toMatchObject({ accepted: 2, queued: 11, badGateway: 27 });
  });

  it("of two servers adds up what they hold: 8 of 40", async () => {
    const one = gunicorn({ family: "unix", backlog: 2, workers: 1 });
    const { outcome } = await expectAgreement(scenario([nginx(), [one, one]], spread(40)));
    expect(outcome).toMatchObject({ accepted: 2, queued: 6, badGateway: 32 });
  });

  it("of several servers over TCP adds up what they hold: 14 of 40, and 502 or 504 for the others", async () => {
    const stopped = { state: "stalled" } as const;
    const { outcome } = await expectAgreement(scenario([nginx(), [gunicorn({ ...stopped, backlog: 3 }), gunicorn({ ...stopped, backlog: 9 })]], atOnce(40)));
    expect(outcome.queued).toBe(14);
    expect(outcome.badGateway + outcome.gatewayTimeout).toBe(26);
  });

  it("of two servers takes one and the other in turn: 4 and 1 worker accept 4 of 5 clients", async () => {
    const { outcome } = await expectAgreement(scenario([nginx(), [gunicorn({ workers: 4 }), gunicorn({ workers: 1 })]], spread(5)));
    expect(outcome).toMatchObject({ accepted: 4, queued: 1 });
  });

  it("of another nginx passes its answers on: 502 to 22 of 30", async () => {
    const unix = { family: "unix" } as const;
    const { outcome } = await expectAgreement(scenario([nginx(), nginx(unix), gunicorn(unix)], spread(30)));
    expect(outcome).toMatchObject({ accepted: 2, queued: 6, badGateway: 22 });
  });

  it("of a stopped nginx answers 504 past its queue, whatever stands behind it", async () => {
    const { outcome } = await expectAgreement(scenario([nginx(), nginx({ state: "stalled", backlog: 7 }), gunicorn()], atOnce(30)));
    expect(outcome).toMatchObject({ queued: 8, gatewayTimeout: 22 });
  });

  it.each([
    ["unix, 502", 1024, "unix", "badGateway"],
    ["TCP, 504", 1024, "tcp", "gatewayTimeout"],
    ["its own room, closed", 64, "unix", "closed"],
  ] as const)("under a steady overload turns away as soon as the room is full: %s", async (_, workerConnections, family, place) => {
    const server = gunicorn({ family, workers: 5, backlog: workerConnections === 64 ? 200 : 64, serviceTime: 0.1 });
    const { outcome } = await expectAgreement(scenario([nginx({ workerConnections }), server], { kind: "sustained", rate: 100, seconds: 4 }));
    expect(outcome.overflowsAfter).toBeDefined();
    expect(outcome[place]).toBeGreaterThan(0);
  });

  it("ends at its own room: two connections a client", async () => {
    const { outcome } = await expectAgreement(scenario([nginx({ workerConnections: 20 }), gunicorn({ family: "unix", backlog: 100 })], spread(25)));
    expect(outcome).toMatchObject({ accepted: 2, queued: 7, closed: 16 });
  });

  it.each([
    [64, 0, 29],
    [128, 0, 59],
    [128, 3, 57],
    [256, 0, 119],
  ])("with %i worker_connections and %i listeners more keeps about %i clients of a burst that it has no room for", async (workerConnections, otherListeners, kept) => {
    const front = nginx({ workerConnections, otherListeners, backlog: 1000 });
    const { outcome } = await expectAgreement(scenario([front, gunicorn({ family: "unix", state: "stalled", backlog: 2048 })], atOnce(400)));
    expect(Math.abs(outcome.queued - kept)).toBeLessThanOrEqual(1);
    expect(outcome.queued + outcome.closed).toBe(400);
  });

  it("of a blocked Node on a unix socket answers 502 past its queue, and of a live one lets all in", async () => {
    const blocked = await expectAgreement(scenario([nginx(), node({ family: "unix", state: "stalled", backlog: 20 })], atOnce(60)));
    expect(blocked.outcome).toMatchObject({ queued: 21, badGateway: 39 });
    const live = await expectAgreement(scenario([nginx(), node({ backlog: 20 })], spread(40)));
    expect(live.outcome).toMatchObject({ accepted: 40, gatewayTimeout: 0 });
  });
});
