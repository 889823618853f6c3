import type { Counted, Evidence, Scenario } from "@audit-backlog/model";
import { describe, expect, it } from "vitest";
import type { Client } from "../src/clients.ts";
import { doubts } from "../src/count.ts";
import type { Sent } from "../src/loads.ts";
import { atOnce, bare, scenario } from "./scenarios.ts";

/** A client as it is when its connect() has ended, or not yet. */
function client(fate: { readonly connectedAt?: number; readonly error?: string }): Client {
  return { socket: undefined as unknown as Client["socket"], started: 0, ...fate };
}

const many = (count: number, one: Client): readonly Client[] => Array.from({ length: count }, () => one);
const counted: Counted = { queued: 6, accepted: 0, dropped: 4, eagain: 0, closed: 0, answered: 0, badGateway: 0, gatewayTimeout: 0, timedOut: 0, phantoms: 0 };
const sent: Sent = { clients: [...many(6, client({ connectedAt: 1 })), ...many(4, client({}))], unanswered: 4, drops: 4, sentWithin: 0.01, lag: 0 };
const evidence: Evidence = {
  queues: [],
  counters: { ListenOverflows: 4, ListenDrops: 4, TCPReqQFullDrop: 0, TCPReqQFullDoCookies: 0 },
  clients: {},
  sentWithin: 0.01,
  latencies: { connect: [], answer: [] },
  connected: [6],
  servedLate: 0,
};
const burst: Scenario = scenario(bare("tcp", 5), atOnce(10));

describe("a measurement", () => {
  it("stands where kernel and clients agree on every client", () => {
    expect(doubts(burst, counted, sent, evidence)).toEqual([]);
  });

  it.each<readonly [string, Partial<Counted>, Partial<Sent>, Partial<Evidence>, RegExp]>([
    ["a client is missing", { queued: 5 }, {}, {}, /^9 of 10 clients are accounted for/],
    ["clients believe in more connections than the kernel has", { queued: 5, dropped: 5 }, {}, { counters: { ...evidence.counters, ListenDrops: 5 } }, /^6 clients wait, but the kernel knows of 5/],
    ["a SYN was repeated", {}, {}, { counters: { ...evidence.counters, ListenDrops: 8 } }, /^4 SYNs went unanswered, but the kernel counts 8 drops/],
    ["clients failed for want of descriptors", {}, { clients: [...sent.clients.slice(1), client({ error: "EMFILE" })] }, { clients: { EMFILE: 1 } }, /failed for other reasons: EMFILE/],
  ])("is in doubt where %s", (_, outcome, clients, kernel, expected) => {
    const because = doubts(burst, { ...counted, ...outcome }, { ...sent, ...clients }, { ...evidence, ...kernel });
    expect(because.join("\n")).toMatch(new RegExp(expected.source, "m"));
  });

  it("is in doubt where a steady load was not steady", () => {
    const steady: Scenario = { ...burst, load: { kind: "sustained", rate: 10, seconds: 1 } };
    expect(doubts(steady, counted, { ...sent, lag: 0.4 }, evidence)).toEqual(["clients were sent up to 0.40 s late"]);
  });
});
