import { describe, expect, it } from "vitest";
import { audit, proofOf } from "../src/index.ts";
import { sustainedOverload } from "./cases/waiting.ts";

describe("the proof of a steady overload", () => {
  const [hit] = sustainedOverload.hits;

  it.each([
    [50.02, "1.5 times as many arrive as are served, not 1 times"],
    [52, "1.5 times as many arrive as are served, not 1.04 times"],
    [100, undefined],
    [5000, "4 times as many arrive as are served, not 100 times"],
  ])("takes seconds, not minutes, where %d a second come and 50 are served", (arrivalRate, note) => {
    if (hit === undefined) throw new Error("no case");
    const report = audit(hit.deployment, { floor: 511, assumptions: { ...hit.assumptions, arrivalRate } });
    const finding = report.findings.find(({ rule }) => rule === "sustained-overload");
    if (finding === undefined) throw new Error("no finding");
    const proof = proofOf(finding, report);
    if (proof.kind !== "scenarios" || proof.before.load.kind !== "sustained") throw new Error(`proven ${proof.kind}`);
    expect(proof.before.load.seconds).toBeLessThanOrEqual(5);
    const notes = proof.changed.filter((text) => text.includes("times as many arrive"));
    expect(notes).toEqual(note === undefined ? [] : [expect.stringContaining(note)]);
  });
});
