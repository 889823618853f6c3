import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { repository, runCli } from "./run-cli.ts";

type Bounds = readonly [number, number | null];

/** The block that a fixture's STORY.md derives by hand. */
interface Expected {
  readonly chains: readonly {
    readonly title: string;
    readonly sureAtOnce: Bounds;
    readonly bestAtOnce?: Bounds;
    readonly spreadOut?: Bounds;
    readonly serviceTimes?: Bounds;
    readonly breakEvenSeconds?: Bounds;
  }[];
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly at: string }[];
}

interface Interval {
  readonly low: number;
  readonly high: number | null;
}

interface JsonReport {
  readonly chains: readonly {
    readonly title: string;
    readonly limits: {
      readonly sureAtOnce: Interval;
      readonly bestAtOnce: Interval;
      readonly spreadOut: Interval;
      readonly lastInLine?: { readonly serviceTimes: Interval; readonly breakEvenSeconds?: Interval };
    };
  }[];
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly locations: readonly { readonly origin: { readonly file: string; readonly range: { readonly line: number } } }[];
  }[];
}

const directory = join(repository, "fixtures");
const names = readdirSync(directory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const validate = new Ajv2020({ allErrors: true, strict: true }).compile(
  JSON.parse(readFileSync(new URL("../report.schema.json", import.meta.url), "utf8")) as object,
);

const bounds = ({ low, high }: Interval): Bounds => [low, high];

it("has stories enough", () => {
  expect(names.length).toBeGreaterThanOrEqual(8);
});

describe.each(names)("the report on fixtures/%s", async (name) => {
  const story = readFileSync(join(directory, name, "STORY.md"), "utf8");
  const block = /```json expected\n([\s\S]*?)```/.exec(story)?.[1] ?? "";
  const expected = JSON.parse(block) as Expected;
  const { code, stdout, stderr } = await runCli([join("fixtures", name), "--format", "json"]);
  const report = JSON.parse(stdout) as JsonReport;

  it("agrees with the limits that the story derives by hand", () => {
    expect(report.chains.map(({ title }) => title).sort()).toEqual(expected.chains.map(({ title }) => title).sort());
    for (const byHand of expected.chains) {
      const limits = report.chains.find(({ title }) => title === byHand.title)?.limits;
      expect(limits).toBeDefined();
      if (limits === undefined) continue;
      expect(bounds(limits.sureAtOnce), `${byHand.title}: sure at once`).toEqual(byHand.sureAtOnce);
      if (byHand.bestAtOnce !== undefined) expect(bounds(limits.bestAtOnce), `${byHand.title}: best at once`).toEqual(byHand.bestAtOnce);
      if (byHand.spreadOut !== undefined) expect(bounds(limits.spreadOut), `${byHand.title}: spread out`).toEqual(byHand.spreadOut);
      if (byHand.serviceTimes !== undefined) expect(limits.lastInLine && bounds(limits.lastInLine.serviceTimes)).toEqual(byHand.serviceTimes);
      if (byHand.breakEvenSeconds !== undefined) {
        expect(limits.lastInLine?.breakEvenSeconds && bounds(limits.lastInLine.breakEvenSeconds)).toEqual(byHand.breakEvenSeconds);
      }
    }
  });

  it("finds what the story tells, and nothing else", () => {
    const found = report.findings.map(({ rule, severity, locations }) => {
      const origin = locations[0]?.origin;
      return { rule, severity, at: `${origin?.file ?? ""}:${origin?.range.line ?? ""}` };
    });
    expect(found).toEqual(expected.findings);
    const fails = expected.findings.some(({ severity }) => severity !== "note");
    expect(code).toBe(fails ? 1 : 0);
    expect(stderr).toBe("");
  });

  it("follows the schema that is shipped", () => {
    expect(validate(report), JSON.stringify(validate.errors, null, 1)).toBe(true);
  });
});

it("rejects by its schema what is no report", async () => {
  const { stdout } = await runCli(["fixtures/shop", "--format", "json"]);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(validate({ ...report, schemaVersion: 2 })).toBe(false);
  expect(validate({ ...report, unknown: 1 })).toBe(false);
  const { findings, ...rest } = report;
  expect(findings).toBeDefined();
  expect(validate(rest)).toBe(false);
});
