import "./built.ts";
import type { Counted, Measurement } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { expect, it } from "vitest";
import { claims } from "../src/claims.ts";
import { expectAgreement } from "./expect-agreement.ts";

type Claim = (typeof claims)[keyof typeof claims];

async function outcomesOf(claim: Claim): Promise<readonly Counted[]> {
  const outcomes: Counted[] = [];
  for (const scenario of claim.scenarios) outcomes.push((await expectAgreement(scenario)).outcome);
  return outcomes;
}

/** Where a service time is part of the claim, a busy machine gets another chance. */
const timed = { retry: 2, timeout: 120_000 };

describeWith(["gunicorn"], "how many clients can connect before some of them fail?", () => {
  it("spread out: workers + backlog + 1", async () => {
    const [outcome] = await outcomesOf(claims.spreadOut);
    expect(outcome).toMatchObject({ accepted: 4, queued: 11, dropped: 10 });
  });

  it("all at once: the backlog + 1", async () => {
    const [outcome] = await outcomesOf(claims.allAtOnce);
    expect(outcome).toMatchObject({ accepted: 0, queued: 11, dropped: 14 });
  });

  it("more workers do not help against a burst, a larger backlog does", async () => {
    const [few, moreWorkers, largerBacklog] = await outcomesOf(claims.moreWorkers);
    expect(few?.dropped).toBe(29);
    expect(moreWorkers?.dropped).toBe(29);
    expect(largerBacklog?.dropped).toBe(0);
  });

  it("queued clients give up waiting for an answer, not for connect()", timed, async () => {
    const [scenario] = claims.queuedTimeOut.scenarios;
    const { outcome, evidence }: Measurement = await expectAgreement(scenario);
    expect(outcome).toMatchObject({ answered: 6, timedOut: 14, dropped: 0 });
    // Every connect() came back, before the first answer did.
    expect(evidence.latencies.connect).toHaveLength(20);
    expect(evidence.latencies.connect.at(-1)).toBeLessThan(evidence.latencies.answer[0] ?? 0);
  });

  it("a steady overload overflows any backlog, a larger one later", timed, async () => {
    const [small, large] = await outcomesOf(claims.overload);
    expect(small?.dropped).toBeGreaterThan(0);
    expect(large?.overflowsAfter).toBeGreaterThan(small?.overflowsAfter ?? Infinity);
  });
});
