import { OPTIONS } from "./option-table.ts";

/** What --help is asked about. */
export type HelpTopic = "audit" | "measure" | "rules" | "explain";

/** The text of --help. */
export function helpText(topic: HelpTopic): string {
  if (topic === "rules") return "audit-backlog rules\n\nLists the rules: id, severities, what it finds.\n";
  if (topic === "explain") return "audit-backlog explain RULE\n\nSays what a rule finds and why that matters, with an example: the text of its page.\nThe rules: audit-backlog rules\n";
  const lines = topic === "audit" ? [...auditHead] : [...measureHead];
  let group = "";
  for (const [name, option] of Object.entries(OPTIONS)) {
    const of = option.of ?? "audit";
    if (of !== "both" && of !== topic) continue;
    if (option.group !== group) lines.push("", `${option.group}:`);
    group = option.group;
    const flag = `${option.short === undefined ? "" : `-${option.short}, `}--${name}${option.value === undefined ? "" : ` ${option.value}`}`;
    lines.push(`  ${flag.padEnd(22)} ${option.help}`);
  }
  lines.push("", ...(topic === "audit" ? auditFoot : measureFoot));
  return `${lines.join("\n")}\n`;
}

const auditHead = [
  "Says which limit your clients hit first: listen backlog, workers, somaxconn.",
  "",
  "  audit-backlog [PATHS]       audit nginx, gunicorn and Node servers (here: .)",
  "  audit-backlog rules         list the rules",
  "  audit-backlog explain RULE  what a rule says and why",
  "  audit-backlog measure       try a configuration out: measure --help",
];

const auditFoot = [
  "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage,",
  "3 nothing to audit in a path, 4 internal error. A path named rules: ./rules",
];

const measureHead = [
  "Tries a configuration on this machine's loopback, without a repository: predicted | measured.",
  "",
  "  audit-backlog measure --backlog 128 --workers 4 --burst 500",
  "  audit-backlog measure --backlog 64 --family unix --sweep",
  "  audit-backlog measure --backlog 64 --workers 5 --load sustained --service-time 100ms --arrival-rate 100",
];

const measureFoot = [
  "Exit codes: 0 the kernel counted what was predicted, 1 it did not or the count is inconclusive,",
  "2 wrong usage or impossible here, 4 internal error.",
];
