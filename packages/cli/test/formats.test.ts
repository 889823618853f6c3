import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNames, formats, type FormatName } from "../src/report/formats.ts";
import { githubSummary } from "../src/report/github-summary.ts";
import { everything, findingAt, findings, hostileNames, NUMBER_AT, numberIn, shownOf } from "./format-cases.ts";
import { runCli } from "./run-cli.ts";

/** Control characters but the line feed, and characters that reorder or break a line. */
const steers = /(?!\n)[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

/** Lines that the runner of a GitHub job takes for commands. Source: actions/runner: src/Runner.Common/ActionCommand.cs. */
const commands = (text: string): string[] => text.split("\n").filter((line) => line.trimStart().startsWith("::") || line.includes("##["));

const cases = Object.entries(findings);

describe.each(formatNames)("%s", (name: FormatName) => {
  const format = formats[name];

  it.each(cases)("prints nothing that steers a terminal or a runner, for a finding %s", (_, finding) => {
    const text = format(shownOf([finding]));
    expect(text).not.toMatch(steers);
    expect(commands(text).filter((line) => name !== "github" || !/^::(error|warning|notice) /.test(line))).toEqual([]);
    expect(text.endsWith("\n")).toBe(true);
  });

  it("tells all of them together, the suppressed and the measured ones too", () => {
    const text = format(everything);
    expect(text).not.toMatch(steers);
    expect(format(everything)).toBe(text);
  });

  it("says how many were suppressed and out of focus", () => {
    const text = format(everything);
    if (name === "json" || name === "sarif") expect(text).toMatch(/"outOfFocus": 2|2 findings out of focus/);
    else expect(text).toMatch(/3 suppressed, 2 out of focus/);
  });

  it("has a report where nothing was found", () => {
    expect(format(shownOf([]))).not.toBe("");
  });
});

describe("concise", () => {
  it.each(cases)("takes one line that can be read back, for a finding %s", (_, finding) => {
    const [line = "", summary = "", end, ...more] = formats.concise(shownOf([finding])).split("\n");
    expect([end, more]).toEqual(["", []]);
    expect(summary).toMatch(/^(\d+ errors?, \d+ warnings?, \d+ notes?) · /);
    const origin = finding.locations[0]?.origin;
    const [, at = "", severity, rule] = /^(.*?): (error|warning|note) ([a-z-]+): (?=.)/.exec(line) ?? [];
    expect([severity, rule]).toEqual([finding.severity, finding.rule]);
    if (origin?.kind === "file") expect(at).toMatch(/:1:\d+$/);
    else expect(at).toMatch(/^(--somaxconn 128|default of gunicorn|\/proc\/sys\/net\/core\/somaxconn)$/);
  });

  it("counts columns in UTF-16 code units, without a BOM", () => {
    for (const file of ["gunicorn.conf.py", "bom.conf"]) {
      expect(formats.concise(shownOf([findingAt(numberIn(file))])).split(":")[2]).toBe(String(NUMBER_AT.column));
    }
  });
});

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Reads a command as the runner does. Source: actions/runner: src/Runner.Common/ActionCommand.cs TryParseV2. */
function parse(line: string): Command {
  const message = line.trimStart();
  const end = message.indexOf("::", 2);
  const info = message.slice(2, end);
  const space = info.indexOf(" ");
  const unescape = (text: string, tokens: readonly string[]): string => tokens.reduce((result, token) => result.replaceAll(`%${token.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`, token), text);
  const properties = info.slice(space + 1).trim().split(",").filter((part) => part !== "").map((part) => {
    const equals = part.indexOf("=");
    return [part.slice(0, equals), unescape(part.slice(equals + 1), ["\r", "\n", ":", ",", "%"])] as const;
  });
  return { name: info.slice(0, space), properties: Object.fromEntries(properties), data: unescape(message.slice(end + 2), ["\r", "\n", "%"]) };
}

describe("github", () => {
  const kinds = { error: "error", warning: "warning", note: "notice" } as const;

  it.each(cases)("is read back by the runner as it was meant, for a finding %s", (_, finding) => {
    const [line = ""] = formats.github(shownOf([finding])).split("\n");
    const command = parse(line);
    expect(command.name).toBe(kinds[finding.severity]);
    expect(command.properties["title"]).toBe(finding.rule);
    expect(command.data).not.toBe("");
    const origin = finding.locations[0]?.origin;
    if (origin?.kind !== "file") {
      expect(command.properties).toEqual({ title: finding.rule });
      return;
    }
    // What no property can carry safely is replaced; such a file is then not found, which is better than a command.
    expect(command.properties["file"]).toBe(origin.file.replaceAll(/(?![\r\n])[\p{Cc}\u202e]/gu, "\uFFFD"));
    expect(command.properties["line"]).toBe("1");
    expect("col" in command.properties).toBe(origin.range.end.line === 1);
  });

  it("caps each kind at what GitHub shows, and prints and counts the rest", () => {
    const many = Array.from({ length: 13 }, () => findingAt(numberIn("a.conf"), { severity: "error" }));
    const lines = formats.github(shownOf([...many, findingAt(numberIn("a.conf"))])).trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("::error "))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith("::warning "))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("a.conf:1:24: error "))).toHaveLength(3);
    expect(lines).toContainEqual(expect.stringContaining("3 findings without annotation"));
  });

  it("gives a summary in which no word of a file is markup", () => {
    const text = githubSummary(everything);
    const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| |"));
    expect(rows).toHaveLength(everything.report.findings.length);
    for (const row of rows) {
      // A pipe that is not ours would make a fourth cell; "<" only stands for our own line breaks.
      expect(row.split("|")).toHaveLength(5);
      expect(row.replaceAll("<br>", "")).not.toMatch(/[<>`[\]]/);
    }
    expect(text).not.toMatch(steers);
  });

  it("keeps the summary in its room and counts what found none", () => {
    const many = Array.from({ length: 50 }, () => findingAt(numberIn("a.conf")));
    for (const room of [0, 100, 1_000, 5_000, 1_000_000]) {
      const text = githubSummary(shownOf(many), room);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(room);
      const rows = text.split("\n").filter((line) => line.startsWith("| warning")).length;
      if (text !== "" && rows < 50) expect(text).toContain(`${50 - rows} findings more`);
    }
    expect(githubSummary(shownOf(many), 5_000)).toContain("| warning");
  });
});

describe("a finding with a thousand reasons", () => {
  const finding = findingAt(numberIn("a.conf"), { why: Array.from({ length: 1_000 }, (_, index) => `reason ${index + 1}.`) });

  it.each([
    ["pretty", 20],
    ["github", 20],
    ["sarif", 50],
  ] as const)("is told by %s with the first %i and the number of the others", (name, most) => {
    const text = formats[name](shownOf([finding]));
    expect(text).toContain(`reason ${most}.`);
    expect(text).not.toContain(`reason ${most + 1}.`);
    expect(text).toContain(`and ${1_000 - most} more`);
  });

  it("is told by json with all", () => {
    expect(formats.json(shownOf([finding]))).toContain("reason 1000.");
  });
});

it.each(formatNames)("%s takes its time for long words in proportion to their length", (name) => {
  const started = performance.now();
  formats[name](shownOf([findingAt(numberIn("a.conf"), { message: "x".repeat(300_000), why: [":1".repeat(100_000)] })]));
  // Quadratic work would take minutes.
  expect(performance.now() - started).toBeLessThan(10_000);
});

describe("on a whole repository", () => {
  it.each(formatNames)("%s tells of the finding and leaves the exit code alone", async (name) => {
    const { code, stdout, stderr } = await runCli(["fixtures/shop", "--format", name]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain("upstream-burst-limit");
    expect(stdout).toContain("gunicorn.conf.py");
  });

  it.each(formatNames)("%s leaves every other exit code alone, too", async (name) => {
    expect((await runCli(["fixtures/shop", "--format", name, "--fail-on", "never"])).code).toBe(0);
    const empty = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    expect((await runCli([empty, "--format", name])).code).toBe(3);
    rmdirSync(empty);
    expect((await runCli(["nowhere", "--format", name])).code).toBe(2);
  });
});

it("names hostile files of each kind", () => {
  expect(hostileNames.filter((name) => steers.test(name)).length).toBeGreaterThanOrEqual(3);
});
