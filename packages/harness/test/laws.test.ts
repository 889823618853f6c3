import "./built.ts";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { lawCatalogue } from "../src/laws/catalogue.ts";
import { observe, observeTrial } from "../src/laws/observe.ts";
import { expectAgreement } from "./expect-agreement.ts";

/** nginx's own clock (10 s, or one second) is part of what is tried, so a busy machine gets another chance. */
const timed = { retry: 2 };

const scenarios = lawCatalogue.flatMap(({ id, scenarios: all }) => all.map((scenario) => [id, scenario.name, scenario] as const));
const trials = lawCatalogue.flatMap(({ id, trials: all }) => all.map((trial) => [id, trial.tried, trial] as const));

describeWith(["nginx", "gunicorn"], "a law", () => {
  it.each(scenarios)("%s: %s", async (_, __, scenario) => {
    await expectAgreement(scenario);
  });

  it.each(trials)("%s: %s", timed, async (_, __, trial) => {
    const { counts } = await observeTrial(trial);
    expect(counts).toMatchObject(trial.expected);
  });

  it("of the catalogue is shown by something, and by nothing that another shows", () => {
    for (const law of lawCatalogue) expect(law.scenarios.length + law.trials.length).toBeGreaterThan(0);
    const all = [...scenarios, ...trials].map(([id, tried]) => `${id}: ${String(tried)}`);
    expect(new Set(all).size).toBe(all.length);
  });
});

describeWith(["gunicorn"], "a health check behind a queue of requests", () => {
  it("is taken up after all of them: nobody overtakes a whole round", async () => {
    const { counts } = await observe("probeBehindQueue", { family: "unix", workers: 2, queued: 5 });
    // Workers of the last round take up two at once, so the probe may be written down first.
    expect(counts.taken.slice(0, 6)).toBe("r".repeat(6));
    expect(counts.taken).toHaveLength(8);
  });
});

describe(`Node ${process.versions.node}`, () => {
  it("has a libuv that the law of one accept a turn is about", () => {
    const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(1045);
  });
});
