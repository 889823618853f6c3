import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "@audit-backlog/audit";
import { claims } from "@audit-backlog/harness";
import { lawCatalogue, type DrainCounts } from "@audit-backlog/harness/laws";
import { compare, predict } from "@audit-backlog/model";
import { describe, expect, it } from "vitest";
import { claimsBlock, lawsBlock, ruleBlock, withBlock } from "../src/evidence/page.ts";
import { picture, predictedHeld } from "../src/evidence/picture.ts";
import { holds, isSwept, type ClaimsRecord, type LawsRecord, type RecordedRun, type RuleRecord } from "../src/evidence/record.ts";
import { evidenceTrials, proofOfTrial } from "../src/evidence/trials.ts";
import { repository } from "./run-cli.ts";

const docs = join(repository, "docs");
const read = (path: string): string => readFileSync(join(docs, path), "utf8");

/** What JSON makes of it: no undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function expectAgreement({ scenario, predicted, measured }: RecordedRun): void {
  // Re-derived, so that a changed model can't leave old predictions standing.
  expect(plain(predict(scenario))).toEqual(predicted);
  expect(compare(predicted, measured)).toEqual([]);
}

it("holds a record for each rule, and nothing that no rule has", () => {
  const recorded = readdirSync(join(docs, "evidence")).filter((name) => name.endsWith(".json")).sort();
  expect(recorded).toEqual([...rules.map(({ id }) => `${id}.json`), "claims.json", "laws.json"].sort());
});

describe.each(evidenceTrials)("the evidence for $rule (pnpm run evidence writes it anew)", (trial) => {
  /** Read by each test, so that a missing record fails those of its own rule. */
  const recordOf = (): RuleRecord => JSON.parse(read(`evidence/${trial.rule}.json`)) as RuleRecord;

  it("is of the trial and the proof that the rule has now", () => {
    const record = recordOf();
    const { rule, files, stated, somaxconn } = record;
    expect(plain({ rule, files, stated, somaxconn })).toEqual(plain({ rule: trial.rule, files: trial.files, stated: trial.stated, somaxconn: trial.somaxconn }));
    const proof = proofOfTrial(trial);
    expect(record.kind).toBe(proof.kind);
    if (record.kind === "from-source") {
      expect(record).toMatchObject(plain(proof) as object);
      return;
    }
    expect(record.changed).toEqual("changed" in proof ? proof.changed : []);
    if (record.kind === "scenarios" && proof.kind === "scenarios") {
      expect([record.before.scenario, record.after.scenario]).toEqual(plain([proof.before, proof.after]));
    } else if (record.kind === "procedure" && proof.kind === "procedure") {
      expect([record.procedure.before, record.procedure.after]).toEqual(plain([proof.before, proof.after]));
    }
  });

  it("agrees with what is predicted now", () => {
    const record = recordOf();
    if (record.kind === "from-source") return;
    if (record.kind === "procedure") {
      for (const side of ["before", "after"] as const) {
        const { starts, says, backlogs, accepted, answered } = record.procedure[side].expected;
        const outcome = record[side];
        expect(outcome.starts).toBe(starts);
        if (says !== undefined) expect(outcome.log.join("\n")).toContain(says);
        if (backlogs !== undefined) expect(outcome.backlogs).toEqual(backlogs);
        if (accepted !== undefined) expect(outcome.accepted).toBe(accepted);
        if (answered !== undefined) expect(outcome.answered).toBe(answered);
      }
      return;
    }
    for (const side of [record.before, record.after]) {
      expectAgreement(side);
      if (isSwept(side.scenario)) expect(side.sweep.length).toBeGreaterThan(4);
      for (const { clients, held } of side.sweep) {
        const { atLeast, atMost } = predictedHeld(side.scenario, clients);
        expect(held).toBeGreaterThanOrEqual(atLeast);
        expect(held).toBeLessThanOrEqual(atMost);
      }
    }
    const harmed = ({ measured: { dropped, eagain, closed, badGateway, gatewayTimeout, timedOut } }: RecordedRun): number => dropped + eagain + closed + badGateway + gatewayTimeout + timedOut;
    expect(harmed(record.before)).toBeGreaterThan(harmed(record.after));
  });

  it("is what the rule's page and picture show", () => {
    const record = recordOf();
    const page = read(`rules/${trial.rule}.md`);
    expect(withBlock(page, ruleBlock(record), "## How to see it live")).toBe(page);
    if (record.kind === "scenarios" && isSwept(record.before.scenario)) expect(read(`evidence/${trial.rule}.svg`)).toBe(picture(record));
    else expect(existsSync(join(docs, `evidence/${trial.rule}.svg`))).toBe(false);
  });
});

const laws = JSON.parse(read("evidence/laws.json")) as LawsRecord;

describe("the claims of how-limits-are-computed.md", () => {
  const record = JSON.parse(read("evidence/claims.json")) as ClaimsRecord;

  it("are those that the harness tries, with the outcomes that the model predicts", () => {
    expect(record.claims.map(({ says, runs }) => ({ says, scenarios: runs.map(({ scenario }) => scenario) }))).toEqual(plain(Object.values(claims).map(({ says, scenarios }) => ({ says, scenarios }))));
    for (const { runs } of record.claims) for (const run of runs) expectAgreement(run);
  });

  it("are what the page shows", () => {
    const page = read("how-limits-are-computed.md");
    expect(withBlock(page, claimsBlock(record, laws), "## What is certain")).toBe(page);
  });
});

describe("the laws", () => {
  it("are those that the harness tries, and each holds", () => {
    expect(laws.laws.map(({ id, says, runs, trials }) => ({ id, says, scenarios: runs.map(({ scenario }) => scenario), trials: trials.map(({ law, tried, order, expected }) => ({ law, tried, order, expected })) }))).toEqual(plain(lawCatalogue));
    for (const { runs, trials } of laws.laws) {
      for (const run of runs) expectAgreement(run);
      for (const trial of trials) expect(holds(trial, trial.counts), trial.tried).toBe(true);
    }
  });

  it("are what the page shows", () => {
    const page = read("evidence/README.md");
    expect(withBlock(page, lawsBlock(laws), "## Your own")).toBe(page);
  });

  it("do not hold where another number was counted", () => {
    const trial = laws.laws.flatMap(({ trials }) => trials).find(({ law }) => law === "drain");
    if (trial?.law !== "drain") throw new Error("no such trial");
    const counts = trial.counts as DrainCounts;
    expect(holds(trial, counts)).toBe(true);
    expect(holds(trial, { ...counts, taken: 3 })).toBe(false);
    expect(holds(trial, { ...counts, clients: { 200: 12 } })).toBe(false);
  });
});

describe("withBlock", () => {
  it("puts a block before a heading once, and replaces it from then on", () => {
    const first = withBlock("# A\n\ntext\n\n## B\n\nmore\n", "one\n", "## B");
    expect(first).toMatch(/^# A\n\ntext\n\n<!-- Measured: .*-->\n\none\n\n<!-- End of measured -->\n\n## B\n\nmore\n$/);
    const second = withBlock(first, "two\n", "## B");
    expect(second).toBe(first.replace("one", "two"));
    expect(withBlock(second, "two\n", "## B")).toBe(second);
    expect(() => withBlock("# A\n", "one\n", "## B")).toThrow("no heading ## B");
  });
});
