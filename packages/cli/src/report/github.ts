import type { Finding, Severity } from "@audit-backlog/audit";
import { conciseLine } from "./concise.ts";
import { place, regionOf, sayerOf } from "./places.ts";
import type { Shown } from "./shown.ts";
import { summaryText } from "./summary.ts";
import { firstLines, plural } from "./text.ts";

/** What GitHub shows of each kind in one step. Source: docs.github.com, "Usage limits for GitHub Actions", annotations of a step. */
export const MAX_ANNOTATIONS = 10;

/** Of each kind of reason: an annotation takes 64 KB. Source: docs.github.com, REST API, check runs, annotations: message. */
const MAX_LINES = 20;

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" };

/** Workflow commands, which GitHub shows at the lines that they name; what it would drop follows as lines of the log. */
export function github(shown: Shown): string {
  const say = sayerOf(shown);
  const lines: string[] = [];
  const dropped: Finding[] = [];
  for (const severity of ["error", "warning", "note"] as const) {
    const findings = shown.report.findings.filter((finding) => finding.severity === severity);
    lines.push(...findings.slice(0, MAX_ANNOTATIONS).map((finding) => commandOf(finding, say, shown)));
    dropped.push(...findings.slice(MAX_ANNOTATIONS));
  }
  if (dropped.length > 0) {
    lines.push(`GitHub shows ${MAX_ANNOTATIONS} errors, warnings and notices each of a step; ${plural(dropped.length, "finding")} without annotation:`);
    lines.push(...dropped.map((finding) => conciseLine(finding, say, shown)));
  }
  return `${[...lines, summaryText(shown)].join("\n")}\n`;
}

function commandOf(finding: Finding, say: (text: string) => string, shown: Shown): string {
  const origin = finding.locations[0]?.origin;
  const properties: [string, string | number][] = [];
  if (origin?.kind === "file") {
    const { line, column, endLine, endColumn } = regionOf(origin, shown.textOf);
    properties.push(["file", shown.show(origin.file)], ["line", line], ["endLine", endLine]);
    // Columns of two lines are refused: docs.github.com, REST API, check runs, annotations: start_column.
    if (line === endLine) properties.push(["col", column], ["endColumn", endColumn]);
  }
  properties.push(["title", finding.rule]);
  const text = [
    finding.message,
    ...(origin === undefined || origin.kind === "file" ? [] : [`Set by ${place(origin, shown.show)}.`]),
    ...firstLines(finding.why, MAX_LINES),
    ...firstLines(finding.change, MAX_LINES).map((line) => `change: ${line}`),
    ...firstLines(finding.leave, MAX_LINES).map((line) => `leave: ${line}`),
    ...(finding.certainty.kind === "conditional" ? [`it hangs on: ${finding.certainty.on}`] : []),
  ];
  const stated = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(",");
  return `::${COMMANDS[finding.severity]} ${stated}::${escapeData(text.map(say).join("\n"))}`;
}

/** Source: actions/toolkit: packages/core/src/command.ts escapeData; read back by actions/runner: src/Runner.Common/ActionCommand.cs. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** The same, escapeProperty. What steers a terminal or reorders a line is replaced: better a file that is not found than that. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C").replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu, "\uFFFD");
}
