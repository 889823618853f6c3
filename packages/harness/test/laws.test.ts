import "./built.ts";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { observe } from "../src/laws/observe.ts";

/** nginx's own clock (10 s, or one second) is part of what is tried, so a busy machine gets another chance. */
const timed = { retry: 2 };

describeWith(["nginx", "gunicorn"], "max_fails: after a burst that two servers on unix sockets had no room for, 20 calm requests", () => {
  const two = { servers: 2, backlog: 2, burst: 40, calm: 20 };

  it("all get 502 with the defaults, from empty queues", timed, async () => {
    const { counts } = await observe("maxFails", two);
    expect(counts).toEqual({
      queued: 6,
      // One full queue each is all it takes: from then on nginx does not even ask.
      burst: { clients: { 200: 6, 502: 34 }, queueFull: 2, noLiveUpstreams: 33 },
      queuedBetween: 0,
      calm: { clients: { 502: 20 }, queueFull: 0, noLiveUpstreams: 20 },
    });
  });

  it("are all answered with max_fails=0, which costs two attempts a client of the burst", async () => {
    const { counts } = await observe("maxFails", { ...two, parameters: "max_fails=0" });
    expect(counts).toEqual({
      queued: 6,
      burst: { clients: { 200: 6, 502: 34 }, queueFull: 68, noLiveUpstreams: 0 },
      queuedBetween: 0,
      calm: { clients: { 200: 20 }, queueFull: 0, noLiveUpstreams: 0 },
    });
  });

  it("are all answered by a server that is the only one", async () => {
    const { counts } = await observe("maxFails", { ...two, servers: 1 });
    expect(counts).toEqual({
      queued: 3,
      burst: { clients: { 200: 3, 502: 37 }, queueFull: 37, noLiveUpstreams: 0 },
      queuedBetween: 0,
      calm: { clients: { 200: 20 }, queueFull: 0, noLiveUpstreams: 0 },
    });
  });

  it("fare no better with fail_timeout=0 when they come together: 6 for 6 places, and each server is tried once", timed, async () => {
    const { counts } = await observe("maxFails", { ...two, parameters: "fail_timeout=0", calm: 6, calmAtOnce: true });
    expect(counts.calm).toEqual({ clients: { 200: 2, 502: 4 }, queueFull: 0, noLiveUpstreams: 4 });
    const { counts: without } = await observe("maxFails", { ...two, parameters: "max_fails=0", calm: 6, calmAtOnce: true });
    expect(without.calm).toEqual({ clients: { 200: 6 }, queueFull: 0, noLiveUpstreams: 0 });
  });
});

describeWith(["gunicorn"], "SIGTERM to gunicorn: who is being served is answered, who is queued is reset", () => {
  it.each([
    ["tcp", 16, 10],
    ["tcp", 2048, 10],
    ["tcp", 16, 17],
    ["unix", 16, 10],
  ] as const)("%s, backlog %i, %i in the queue", async (family, backlog, queued) => {
    const { counts } = await observe("drain", { family, workers: 2, backlog, queued });
    expect(counts).toEqual({ accepted: 2, queued, clients: { 200: 2, ECONNRESET: queued }, taken: 2, listening: 0 });
  });
});

describeWith(["gunicorn"], "a health check behind a queue of requests", () => {
  it.each([
    [1, 0, 1],
    [1, 4, 5],
    [2, 4, 3],
    [2, 5, 3],
    [3, 9, 4],
  ])("%i busy workers, %i requests queued: is answered after %i rounds", async (workers, queued, rounds) => {
    const { counts } = await observe("probeBehindQueue", { family: "tcp", workers, queued });
    expect(counts.place).toBe(queued + 1);
    expect(counts.rounds).toBe(rounds);
    expect(counts.answeredBefore).toBe(Math.min(rounds * workers, workers + queued));
    // Workers of the last round take up two at once, so the probe may be written down first; nobody overtakes a whole round.
    expect(counts.taken.slice(0, rounds * workers)).toBe("r".repeat(rounds * workers));
    expect(counts.taken).toHaveLength(workers + queued + 1);
  });
});

describe(`Node ${process.versions.node} with libuv ${process.versions.uv}`, () => {
  it.each([
    ["tcp", 1],
    ["unix", 1],
    // Shows that the count of a turn can be another than 1.
    ["tcp", 2],
  ] as const)("takes one connection a turn of its event loop from a %s queue of 100, on each of its sockets: %i", async (family, listeners) => {
    const { counts, environment } = await observe("oneAcceptATurn", { family, listeners, clients: 100, backlog: 511 });
    // The law starts with libuv 1.45.
    const [major = 0, minor = 0] = environment.libuv.split(".").map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(1045);
    expect(counts).toEqual({ queued: 100 * listeners, turns: Array.from({ length: 100 }, () => listeners), accepted: 100 * listeners });
  });
});
