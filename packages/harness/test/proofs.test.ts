import "./built.ts";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { audit, harmIn, proofOf, rules, type Finding, type Proof, type Report, type ScenarioProof } from "@audit-backlog/audit";
import { compare, defaulted, predict, somaxconnDefault, type IgnoredBacklog, type Scenario, type Service, type StartFailure } from "@audit-backlog/model";
import { openTree, scan } from "@audit-backlog/scanner";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { at, deploy, gunicorn, nginx, node, written } from "../../audit/test/build.ts";
import { allCases } from "../../audit/test/cases/index.ts";
import { measure } from "../src/measure.ts";
import { measureProcedure } from "../src/procedures/run-procedure.ts";

interface Proven {
  readonly title: string;
  readonly rule: string;
  readonly finding: Finding;
  readonly proof: Proof;
}

const fixtures = fileURLToPath(new URL("../../../fixtures", import.meta.url));
const somaxconn = defaulted(somaxconnDefault.current, "Linux", somaxconnDefault.source);

function reportOn(name: string): Report {
  const deployment = scan(openTree(`${fixtures}/${name}`), { roots: new Map(), somaxconn });
  return audit(deployment, { floor: 511, assumptions: {} });
}

function proofsOf(title: string, report: Report, rule?: string): readonly Proven[] {
  return report.findings
    .filter((finding) => rule === undefined || finding.rule === rule)
    .map((finding) => ({ title: `${finding.rule}: ${title}`, rule: finding.rule, finding, proof: proofOf(finding, report) }));
}

const names = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const ofFixtures = names.flatMap((name) => proofsOf(`fixtures/${name}`, reportOn(name)));
/** Cases of rules that no fixture has, and cases that are proven in another way than all before them. */
const rulesSeen = new Set(ofFixtures.map(({ rule }) => rule));
const shapesSeen = new Set(ofFixtures.map(({ proof }) => shapeOf(proof)));
const ofCases = allCases.flatMap(({ rule, hits }) =>
  hits.flatMap((hit) => {
    const report = audit(hit.deployment, { floor: hit.floor ?? 511, assumptions: hit.assumptions ?? {} });
    return proofsOf(hit.title, report, rule).filter(({ proof }) => {
      const shape = shapeOf(proof);
      const isNew = !rulesSeen.has(rule) || !shapesSeen.has(shape);
      rulesSeen.add(rule);
      shapesSeen.add(shape);
      return isNew;
    });
  }),
);

/** Which servers stand where, or which server a procedure starts and how. */
function shapeOf(proof: Proof): string {
  switch (proof.kind) {
    case "scenarios":
      return proof.before.hops.map(({ servers }) => servers.map(({ kind, family, state }) => `${kind} ${family} ${state}`).join("+")).join(" → ");
    case "procedure":
      return `${proof.id} ${proof.before.trial.server} ${proof.before.expected.says ?? ""} ${"form" in proof.before.trial ? proof.before.trial.form : ""}`;
    case "from-source":
      return proof.kind;
  }
}

/** Measured as predicted; how many clients came to harm. */
async function harmOf(scenario: Scenario, { harm }: ScenarioProof): Promise<number> {
  const { verdict, because, outcome } = await measure(scenario, { retries: 3 });
  expect({ verdict, because, differences: compare(predict(scenario), outcome) }).toEqual({ verdict: "measured", because: [], differences: [] });
  return harmIn(outcome, harm).atLeast;
}

/** What neither fixtures nor cases show. */
const failing = (kind: StartFailure["kind"], message: string): StartFailure => ({ kind, message, origin: at("server", 2), related: [], passesConfigTest: false });
const lost = (reason: IgnoredBacklog["reason"], number: number): IgnoredBacklog => ({ setting: written(number, "server", 7), reason, because: "of a reason" });
const more: readonly (readonly [string, Service])[] = [
  ["two processes of PM2's fork mode", { ...node(), startFailures: [failing("other", "listen EADDRINUSE: address already in use 0.0.0.0:8080")] }],
  ["a listen parameter that nobody knows", nginx({ failures: [failing("other", 'invalid parameter "backlogg=5"')] })],
  ["gunicorn with fewer than no workers", { ...gunicorn(), startFailures: [failing("other", "Value must be positive: -1")] }],
  ["gunicorn's file with a word for a number", { ...gunicorn(), startFailures: [failing("invalid-backlog", "invalid literal for int() with base 0: 'many'")] }],
  ["gunicorn's command line with a word for a number", { ...gunicorn(), startFailures: [failing("other", "invalid literal for int() with base 10: 'many'")] }],
  ["a number that is no C int for gunicorn", { ...gunicorn(), startFailures: [failing("invalid-backlog", "signed integer is greater than maximum")] }],
  ["a BigInt", { ...node(), startFailures: [failing("invalid-backlog", "TypeError: Cannot convert a BigInt value to a number")] }],
  ["the second worker of a cluster", node({ backlog: 20, mode: "round-robin", instances: 2, ignored: [lost("cluster-first-worker", 300)] })],
  ["fewer files than some inherit", nginx({ nofile: 24, connections: 512 })],
  ["true", node({ backlog: 1, reading: "coerced", written: "true" })],
  ["2 ** 32", node({ backlog: 0, reading: "coerced", written: "2 ** 32" })],
];
const ofMore = more.flatMap(([title, service]) => proofsOf(title, audit(deploy([service]), { floor: 511, assumptions: {} })));

const proven = [...ofFixtures, ...ofCases, ...ofMore];
const procedures = proven.flatMap(({ title, proof }) => (proof.kind === "procedure" ? [{ title, proof }] : []));
const scenarios = proven.flatMap(({ title, proof }) => (proof.kind === "scenarios" ? [{ title, proof }] : []));

describe("every rule", () => {
  it("is proven here by its own findings", () => {
    expect([...new Set(proven.map(({ rule }) => rule))].sort()).toEqual(rules.map(({ id }) => id));
  });
});

describeWith(["nginx", "gunicorn"], "the harm that a finding tells of falls with its remedy", () => {
  it.each(scenarios)("$title", async ({ proof }) => {
    const before = await harmOf(proof.before, proof);
    const after = await harmOf(proof.after, proof);
    expect(before).toBeGreaterThan(after);
  });
});

describeWith(["nginx", "gunicorn", "ss"], "a finding is what a real server does, and its remedy ends it", () => {
  it.each(procedures)("$title", async ({ proof }) => {
    const { verdict, because, disagreements, before, after } = await measureProcedure(proof);
    expect({ verdict, because, disagreements }, JSON.stringify([before, after])).toEqual({ verdict: "measured", because: [], disagreements: [] });
    expect(after.starts).toBe(true);
    if (proof.id === "refuses-to-start") expect(before.starts).toBe(false);
    if (proof.id === "open-files") expect(before.accepted).toBeLessThan(after.accepted ?? 0);
  });
});
