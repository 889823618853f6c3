import { predict, type Scenario } from "@audit-backlog/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit, harmIn, proofOf, rules, type Finding, type Proof, type Report } from "../src/index.ts";
import { allCases } from "./cases/index.ts";
import { deployments, loads } from "./random-deployments.ts";

const mostClients = 10_000;

/** Whatever the proof, it says what it needs to say; and the harm of scenarios falls for sure. */
function check(proof: Proof): void {
  switch (proof.kind) {
    case "scenarios": {
      const [before, after] = [proof.before, proof.after].map((scenario) => harmIn(predict(scenario), proof.harm));
      expect(before?.atLeast).toBeGreaterThan(after?.atMost ?? Infinity);
      // Who waits longer is the remedy of one that gave up too soon; the load is the same.
      const withoutPatience = ({ load }: Scenario): unknown => ({ ...load, patience: "patience" in load ? "some" : undefined });
      expect(withoutPatience(proof.after)).toEqual(withoutPatience(proof.before));
      for (const { load, hops } of [proof.before, proof.after]) {
        expect("clients" in load ? load.clients : load.rate * load.seconds).toBeLessThanOrEqual(mostClients);
        for (const server of hops.flatMap(({ servers }) => servers)) {
          expect("workers" in server ? server.workers : 1).toBeLessThanOrEqual(4);
          expect(Number.isInteger(server.backlog) && server.backlog < 2 ** 31).toBe(true);
        }
      }
      break;
    }
    case "procedure": {
      const { before, after } = proof;
      expect(after.expected.starts).toBe(true);
      if (proof.id === "refuses-to-start") expect(before.expected.starts).toBe(false);
      if (proof.id === "open-files") expect(before.expected.accepted).toBeLessThan(after.expected.accepted ?? 0);
      // A number that is worth nothing leaves the kernel with what it has without it.
      if (proof.id === "kernel-backlog" && after.trial.server === "node" && after.trial.form === "positional") expect(before.expected).toEqual(after.expected);
      else expect(before.expected).not.toEqual(after.expected);
      break;
    }
    case "from-source":
      expect(proof.because.length * proof.source.length).toBeGreaterThan(0);
  }
  expect(JSON.parse(JSON.stringify(proof))).toEqual(proof);
}

const proofs = (report: Report): readonly (readonly [Finding, Proof])[] => report.findings.map((finding) => [finding, proofOf(finding, report)]);

/** What takes a container runtime, a machine with many CPUs, or a real round-trip time. */
const onlyFromSource = new Set(["abort-on-overflow", "does-not-start", "host-network-sysctls", "workers-from-host-cpus"]);

describe("every rule", () => {
  it("has a proof", () => {
    expect(rules.filter(({ proof }) => typeof proof !== "function").map(({ id }) => id)).toEqual([]);
  });

  const hits = allCases.flatMap(({ rule, hits }) => hits.map((hit) => ({ rule, ...hit })));
  it.each(hits)("$rule: $title", ({ rule, deployment, assumptions, floor }) => {
    const report = audit(deployment, { floor: floor ?? 511, assumptions: assumptions ?? {} });
    const own = proofs(report).filter(([finding]) => finding.rule === rule);
    expect(own.length).toBeGreaterThan(0);
    for (const [, proof] of own) check(proof);
  });

  it.each(rules.map(({ id }) => id).filter((id) => !onlyFromSource.has(id)))("%s: one of its cases is not from source", (rule) => {
    const cases = hits.filter((hit) => hit.rule === rule);
    const kinds = cases.flatMap(({ deployment, assumptions, floor }) => proofs(audit(deployment, { floor: floor ?? 511, assumptions: assumptions ?? {} })).flatMap(([finding, { kind }]) => (finding.rule === rule ? [kind] : [])));
    expect(kinds.some((kind) => kind !== "from-source")).toBe(true);
  });
});

describe("over random deployments", () => {
  it("every finding has a proof, and the harm that it predicts falls", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, assumptions) => {
        const report = audit(deployment, { floor: 511, assumptions });
        for (const [finding, proof] of proofs(report)) {
          check(proof);
          // Everything else in these deployments is at hand, and known but for a backlog.
          if (proof.kind === "from-source" && !onlyFromSource.has(finding.rule)) expect([finding.rule, finding.message, proof.because]).toEqual([finding.rule, finding.message, expect.stringMatching(/known only at run time$/)]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
