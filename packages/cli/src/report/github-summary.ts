import type { Finding } from "@audit-backlog/audit";
import { place, exactPlace, sayerOf } from "./places.ts";
import type { Shown } from "./shown.ts";
import { summaryText } from "./summary.ts";
import { firstLines, plural } from "./text.ts";

/** A step's summary may hold this many bytes. Source: docs.github.com, "Workflow commands", step isolation and limits. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;

/** The report as Markdown of at most `room` bytes, for the summary of a GitHub job; it says how many findings found no room. */
export function githubSummary(shown: Shown, room = MAX_SUMMARY_BYTES): string {
  const { findings } = shown.report;
  const say = sayerOf(shown);
  const head = `## audit-backlog\n\n${plain(summaryText(shown))}\n`;
  const table = "\n| | place | finding |\n| --- | --- | --- |\n";
  const rows: string[] = [];
  let left = room - Buffer.byteLength(head + table + restText(findings.length));
  for (const finding of findings) {
    const row = rowOf(finding, say, shown);
    left -= Buffer.byteLength(row);
    if (left < 0) break;
    rows.push(row);
  }
  const text = head + (rows.length === 0 ? "" : table + rows.join("")) + (rows.length < findings.length ? restText(findings.length - rows.length) : "");
  return Buffer.byteLength(text) <= room ? text : "";
}

function restText(count: number): string {
  return `\n${plural(count, "finding")} more found no room here: GitHub takes 1 MiB of a step. The log and the other formats have all.\n`;
}

function rowOf({ severity, rule, message, change, locations: [primary] }: Finding, say: (text: string) => string, shown: Shown): string {
  const at = primary === undefined ? "" : primary.origin.kind === "file" ? exactPlace(primary.origin, shown) : place(primary.origin, shown.show);
  const words = [message, ...firstLines(change, 5).map((line) => `change: ${line}`)].map((text) => plain(say(text)));
  return `| ${severity} | ${plain(at)} | **${plain(rule)}**: ${words.join("<br>")} |\n`;
}

/** Words that Markdown and HTML must not read as theirs: what could be markup is written as a character reference. */
function plain(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, " ").replaceAll(/[^\p{L}\p{N}\p{So}\p{Extended_Pictographic} ·→,.-]/gu, (char) => `&#${(char.codePointAt(0) ?? 0xfffd).toString()};`);
}
