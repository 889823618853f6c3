import { OPTIONS, type OptionsOf } from "./option-table.ts";

/** What --help is asked about. */
export type HelpTopic = OptionsOf | "rules" | "explain";

/** The text of --help. */
export function helpText(topic: HelpTopic): string {
  if (topic === "rules") return "audit-backlog rules\n\nLists the rules: id, severities, what it finds.\n";
  if (topic === "explain") return "audit-backlog explain RULE\n\nSays what a rule finds and why that matters, with an example: the text of its page.\nThe rules: audit-backlog rules\n";
  const { head, foot } = texts[topic];
  const lines = [...head];
  let group = "";
  for (const [name, option] of Object.entries(OPTIONS)) {
    if (!(option.of ?? ["audit"]).includes(topic)) continue;
    if (option.group !== group) lines.push("", `${option.group}:`);
    group = option.group;
    const value = name === "format" && topic !== "audit" ? "NAME" : option.value;
    const flag = `${option.short === undefined ? "" : `-${option.short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
    lines.push(`  ${flag.padEnd(22)} ${name === "format" && topic !== "audit" ? "pretty or json" : option.help}`);
  }
  lines.push("", ...foot);
  return `${lines.join("\n")}\n`;
}

const auditHead = [
  "Says which limit your clients hit first: listen backlog, workers, somaxconn.",
  "  audit-backlog [PATHS]       audit nginx, gunicorn and Node servers (here: .)",
  "  audit-backlog rules         list the rules",
  "  audit-backlog explain RULE  what a rule says and why",
  "  audit-backlog measure       try a configuration out: measure --help",
  "  audit-backlog decode LINE   which limit a line of a log or a counter is about",
  "  audit-backlog live          what listens here, its queue and backlog in force",
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

const decodeHead = [
  "Says which queue or limit a line of a log or a kernel counter is about, which it is not,",
  "and what to look at next.",
  "",
  "  audit-backlog decode 'connect() to unix:/run/app.sock failed (11: Resource temporarily unavailable)'",
  "  audit-backlog decode --in . < /var/log/nginx/error.log",
  "  nstat -az | audit-backlog decode",
  "",
  "It knows lines of nginx, gunicorn, Node, Python, Go, the kernel, ss, nstat, netstat -s, Kubernetes, and",
  "some others, also inside JSON. A line that begins with a dash goes behind --.",
];

const decodeFoot = ["Exit codes: 0 at least one line was known, 2 wrong usage, 3 none was, 4 internal error."];

const liveHead = [
  "Lists what listens in this network namespace, from /proc and ss: address, process, queue now, backlog in",
  "force, and the kernel's counters of full queues. It opens no socket to any of it.",
  "",
  "  audit-backlog live",
  "  sudo audit-backlog live --in .              beside what the files of a repository ask for",
  "  sudo nsenter -t PID -n audit-backlog live   in the network namespace of a container",
];

const liveFoot = [
  "Exit codes: 0 nothing to remark, 1 a queue is full, or --in names a listener that got another backlog than",
  "its file asks for, 2 wrong usage or not possible here, 3 nothing listens, 4 internal error.",
];

const texts: Readonly<Record<OptionsOf, { readonly head: readonly string[]; readonly foot: readonly string[] }>> = {
  audit: { head: auditHead, foot: auditFoot },
  measure: { head: measureHead, foot: measureFoot },
  decode: { head: decodeHead, foot: decodeFoot },
  live: { head: liveHead, foot: liveFoot },
};
