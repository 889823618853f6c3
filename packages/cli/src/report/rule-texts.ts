import { configurationRules, rules, suppressionRules, type RulePage } from "@audit-backlog/audit";
import { DISAGREES } from "../measured-findings.ts";
import { wrap } from "./text.ts";

/** One line a rule. */
export function rulesText(): string {
  const listed = [...rules, ...suppressionRules, ...configurationRules];
  const longest = listed.reduce((most, { id }) => Math.max(most, id.length), 0);
  const lines = listed.map(({ id, severities, summary }) => `${id.padEnd(longest)}  ${severities.join(", ").padEnd(20)}  ${summary}`);
  return `${lines.join("\n")}\n`;
}

/** What a rule says and why, from the rule itself: no network, no files. */
export function explainText({ id, summary, severities, subsumes, docs }: RulePage): string {
  const indented = (text: string): string[] => text.trimEnd().split("\n").map((line) => `    ${line}`);
  const lines = [
    `${id}: ${summary}`,
    `Severity: ${severities.join(", ")}`,
    ...(subsumes.length === 0 ? [] : [`Speaks for: ${subsumes.join(", ")}`]),
    "",
    ...wrap(docs.why, 90),
    "",
    `Fires on ${docs.fires.file}:`,
    ...indented(docs.fires.text),
    "",
    `Silent on ${docs.quiet.file}:`,
    ...indented(docs.quiet.text),
  ];
  return `${lines.join("\n")}\n`;
}

/** The one finding that no file of a repository causes. */
export function disagreesText(): string {
  const text =
    "With --measure, each finding is tried out on real sockets before and after the change that it asks for. Where the kernel's count, without a doubt, is not the predicted one, either the arithmetic is wrong or this kernel or server is one that it does not know. Please report it with the output of --measure --format json. A count that is inconclusive, on a machine too busy say, is no disagreement.";
  return `${[`${DISAGREES}: a measurement contradicts its prediction`, "Severity: warning", "", ...wrap(text, 90)].join("\n")}\n`;
}
