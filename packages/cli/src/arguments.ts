import { parseArgs } from "node:util";
import type { Severity } from "@audit-backlog/audit";
import type { Focus } from "./changed/focus.ts";
import { readMeasure, type MeasureArguments } from "./measure-arguments.ts";
import { nearest } from "./nearest.ts";
import { oneOf, readCount, readDuration, readRate, readRoots, UsageError } from "./option-values.ts";
import { formatNames } from "./report/formats.ts";
import { readFormats, type Wanted } from "./report/wanted.ts";

export { nearest } from "./nearest.ts";

export interface AuditArguments {
  readonly command: "audit";
  /** Empty: the current directory. */
  readonly paths: readonly string[];
  readonly burst?: number;
  readonly arrivalRate?: number;
  /** Seconds, as is the next. */
  readonly serviceTime?: number;
  readonly clientTimeout?: number;
  readonly somaxconn?: number | "live";
  readonly cpus?: number;
  /** Absent: what the configuration says, else what Node and nginx ask for. */
  readonly minimum?: number;
  /** At most one of them without a path: that one goes to standard output. */
  readonly formats: readonly Wanted[];
  readonly failOn: Severity | "never";
  /** Where absolute include paths lie in the repository: "/etc/nginx" → "deploy/nginx". */
  readonly roots: ReadonlyMap<string, string>;
  readonly allowEmpty: boolean;
  /** Whether comments and the configuration may suppress findings. */
  readonly ignores: boolean;
  /** A configuration by name, or none at all. Absent: the one at the root of what is audited. */
  readonly config?: string | false;
  /** Absent: everything. */
  readonly focus?: Focus;
  /** Try each finding out on real sockets. */
  readonly measure: boolean;
}

export type Arguments =
  | AuditArguments
  | MeasureArguments
  | { readonly command: "help"; readonly of: "audit" | "measure" }
  | { readonly command: "version" | "rules" }
  | { readonly command: "explain"; readonly rule: string };

/** Words that are commands where they stand first. */
export const commands = ["rules", "explain", "measure"] as const;

interface Option {
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  readonly help: string;
  readonly group: string;
  /** The command it belongs to; `audit` where none is named. */
  readonly of?: "measure" | "both";
}

/** Every option, once: the parser and the help are made of this table. */
const OPTIONS: Readonly<Record<string, Option>> = {
  measure: { group: "What to do", help: "try each finding out on this machine's sockets: predicted | measured" },
  burst: { value: "N", of: "both", group: "What you know of the load", help: "clients arriving at the same moment" },
  "arrival-rate": { value: "N", of: "both", group: "What you know of the load", help: "arrivals per second" },
  "service-time": { value: "T", of: "both", group: "What you know of the load", help: "time one request takes: 0.2, 200ms, 2s" },
  "client-timeout": { value: "T", of: "both", group: "What you know of the load", help: "when a client gives up: 5s" },
  load: { value: "NAME", of: "measure", group: "What you know of the load", help: "all-at-once (default), spread-out: one after the other, or sustained" },
  seconds: { value: "T", of: "measure", group: "What you know of the load", help: "how long a sustained load lasts (10)" },
  "round-trip": { value: "NAME", of: "measure", group: "What you know of the load", help: "zero (default), or real: SYNs outrun the answers to them" },
  somaxconn: { value: "N|live", of: "both", group: "What you know of the machine", help: "net.core.somaxconn where the servers listen; live: this machine's" },
  cpus: { value: "N", group: "What you know of the machine", help: "CPUs that auto and cpu_count() see" },
  root: { value: "ABS=DIR", multiple: true, group: "What to read", help: "where an absolute path lies in the repository: /etc/nginx=deploy/nginx" },
  config: { value: "FILE", group: "What to read", help: "instead of audit-backlog.config.json or .yaml there" },
  "no-config": { group: "What to read", help: "no configuration at all" },
  "allow-empty": { group: "What to read", help: "no error when a named path holds nothing to audit" },
  minimum: { value: "N", group: "What to report", help: "least backlog that is not small (511, what Node and nginx ask for by default)" },
  "fail-on": { value: "LEVEL", group: "What to report", help: "exit 1 from this severity on: error, warning (default), note, never" },
  "no-ignores": { group: "What to report", help: "report what is suppressed, too" },
  changed: { group: "What to report", help: "what touches files changed since the last commit" },
  since: { value: "REF", group: "What to report", help: "what touches files changed since the branch left REF" },
  staged: { group: "What to report", help: "what touches files staged for a commit" },
  focus: { value: "FILES", multiple: true, group: "What to report", help: "what touches these files (all up to the next option)" },
  format: { value: "NAME[=FILE]", multiple: true, of: "both", group: "What to report", help: `${formatNames.join(", ")}; several with a FILE each` },
  server: { value: "NAME", of: "measure", group: "What to try", help: "gunicorn (default), nginx, node, or listener: a socket that nobody accepts from" },
  backlog: { value: "N", of: "measure", group: "What to try", help: "the number passed to listen(2)" },
  workers: { value: "N", of: "measure", group: "What to try", help: "workers, worker_processes, or processes of a Node cluster" },
  class: { value: "NAME", of: "measure", group: "What to try", help: "gunicorn's worker class: sync (default), gthread, gevent" },
  threads: { value: "N", of: "measure", group: "What to try", help: "gunicorn's threads a worker" },
  "worker-connections": { value: "N", of: "measure", group: "What to try", help: "connections a worker: nginx, gthread, gevent" },
  family: { value: "NAME", of: "measure", group: "What to try", help: "tcp (default) or unix" },
  reuseport: { of: "measure", group: "What to try", help: "nginx: a queue for each worker" },
  sweep: { of: "measure", group: "What to try", help: "measure loads around the predicted knee: a table and a plot" },
  help: { short: "h", of: "both", group: "Other", help: "this text" },
  version: { short: "V", of: "both", group: "Other", help: "the version" },
};

/** Reads a command line. Throws UsageError with the word that is wrong and what was expected. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, tokens } = parse(argv);
  const { paths, focused } = splitPaths(tokens);
  const positionals = paths.map(({ value }) => value);
  if (values["version"] === true) return { command: "version" };
  // `audit-backlog -- rules` and `audit-backlog ./rules` are paths.
  const terminator = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? Infinity;
  const [first] = paths;
  const word = first !== undefined && first.index < terminator ? first.value : undefined;
  const command = word === "measure" ? "measure" : "audit";
  if (values["help"] === true) return { command: "help", of: command };
  assertBelong(tokens.flatMap((token) => (token.kind === "option" ? [token.name] : [])), command);
  if (word === "rules") {
    if (positionals.length > 1) throw new UsageError("rules takes no argument; a directory of that name is ./rules");
    return { command: "rules" };
  }
  if (word === "explain") return readExplain(positionals);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const count = (name: string, least = 1): number | undefined => readCount(name, text(name), least);
  const somaxconn = text("somaxconn") === "live" ? "live" : count("somaxconn", 0);
  const texts = (name: string): readonly string[] => {
    const value = values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  };
  if (command === "measure") {
    if (positionals.length > 1) throw new UsageError("measure takes options only; a directory of that name is ./measure");
    const format = oneOf("format", texts("format").at(-1) ?? "pretty", ["pretty", "json"]);
    return readMeasure({ text, count, flag: (name) => values[name] === true, somaxconn, format });
  }
  if (positionals.includes("") || focused.includes("")) throw new UsageError("a path is empty");
  const burst = count("burst");
  const arrivalRate = readRate(text("arrival-rate"));
  const serviceTime = readDuration("service-time", text("service-time"));
  const clientTimeout = readDuration("client-timeout", text("client-timeout"));
  const cpus = count("cpus");
  const minimum = count("minimum");
  return {
    command: "audit",
    paths: positionals,
    ...(burst === undefined ? {} : { burst }),
    ...(arrivalRate === undefined ? {} : { arrivalRate }),
    ...(serviceTime === undefined ? {} : { serviceTime }),
    ...(clientTimeout === undefined ? {} : { clientTimeout }),
    ...(somaxconn === undefined ? {} : { somaxconn }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(minimum === undefined ? {} : { minimum }),
    formats: readFormats(texts("format")),
    failOn: oneOf("fail-on", text("fail-on") ?? "warning", ["error", "warning", "note", "never"]),
    roots: readRoots(texts("root")),
    allowEmpty: values["allow-empty"] === true,
    ignores: values["no-ignores"] !== true,
    measure: values["measure"] === true,
    ...readConfigOption(text("config"), values["no-config"] === true),
    ...readFocus({ files: focused, since: text("since"), changed: values["changed"] === true, staged: values["staged"] === true }),
  };
}

/** Options that go together like this one. */
function readConfigOption(path: string | undefined, none: boolean): Pick<AuditArguments, "config"> {
  if (path === undefined) return none ? { config: false } : {};
  if (none) throw new UsageError("--config and --no-config contradict each other");
  if (path === "") throw new UsageError("--config names no file");
  return { config: path };
}

function readFocus({ files, since, changed, staged }: { readonly files: readonly string[]; readonly since: string | undefined; readonly changed: boolean; readonly staged: boolean }): Pick<AuditArguments, "focus"> {
  const asked: readonly (readonly [name: string, focus: Focus])[] = [
    ...(changed ? [["--changed", { kind: "changed" }] as const] : []),
    ...(since === undefined ? [] : [["--since", { kind: "since", ref: since }] as const]),
    ...(staged ? [["--staged", { kind: "staged" }] as const] : []),
    ...(files.length === 0 ? [] : [["--focus", { kind: "files", files }] as const]),
  ];
  const [first, second] = asked;
  if (first === undefined) return {};
  if (second !== undefined) throw new UsageError(`${first[0]} and ${second[0]} can't go together`);
  if (since === "") throw new UsageError("--since names no commit");
  return { focus: first[1] };
}

/** Arguments behind --focus are its files, up to the next option: a hook puts all names at the end. */
function splitPaths(tokens: ReturnType<typeof parse>["tokens"]): { readonly paths: readonly { readonly index: number; readonly value: string }[]; readonly focused: readonly string[] } {
  const paths: { index: number; value: string }[] = [];
  const focused: string[] = [];
  let behind = false;
  for (const token of tokens) {
    if (token.kind === "option") {
      behind = token.name === "focus";
      if (behind && token.value !== undefined) focused.push(token.value);
    } else if (token.kind === "positional") {
      if (behind) focused.push(token.value);
      else paths.push(token);
    }
  }
  return { paths, focused };
}

function assertBelong(names: readonly string[], command: "audit" | "measure"): void {
  for (const name of names) {
    const of = OPTIONS[name]?.of ?? "audit";
    if (of === "both" || of === command) continue;
    throw new UsageError(command === "measure" ? `--${name} is no option of measure` : `--${name} is an option of audit-backlog measure`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      tokens: true,
      options: Object.fromEntries(
        Object.entries(OPTIONS).map(([name, option]) => [
          name,
          {
            type: option.value === undefined ? ("boolean" as const) : ("string" as const),
            ...(option.short === undefined ? {} : { short: option.short }),
            ...(option.multiple === true ? { multiple: true } : {}),
          },
        ]),
      ),
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UsageError(withSuggestion(error.message));
  }
}

function withSuggestion(message: string): string {
  const unknown = /Unknown option '--([^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return message.split(". ")[0] ?? message;
  const near = nearest(unknown, Object.keys(OPTIONS));
  return `unknown option --${unknown}${near === undefined ? "" : `: did you mean --${near}?`}`;
}

function readExplain(positionals: readonly string[]): Arguments {
  const [, rule, ...more] = positionals;
  if (rule === undefined || more.length > 0) throw new UsageError("explain takes one rule: audit-backlog explain small-backlog");
  return { command: "explain", rule };
}

/** The text of --help. */
export function helpText(command: "audit" | "measure"): string {
  const lines = command === "audit" ? [...auditHead] : [...measureHead];
  let group = "";
  for (const [name, option] of Object.entries(OPTIONS)) {
    const of = option.of ?? "audit";
    if (of !== "both" && of !== command) continue;
    if (option.group !== group) lines.push("", `${option.group}:`);
    group = option.group;
    const flag = `${option.short === undefined ? "" : `-${option.short}, `}--${name}${option.value === undefined ? "" : ` ${option.value}`}`;
    lines.push(`  ${flag.padEnd(24)} ${option.help}`);
  }
  lines.push("", ...(command === "audit" ? auditFoot : measureFoot));
  return `${lines.join("\n")}\n`;
}

const auditHead = [
  "Says which limit your clients hit first: listen backlogs, worker counts, somaxconn.",
  "",
  "  audit-backlog [paths...]      audit nginx, gunicorn and Node servers (default: this directory)",
  "  audit-backlog rules           list the rules",
  "  audit-backlog explain RULE    what a rule says and why",
  "  audit-backlog measure         try a configuration on real sockets: measure --help",
];

const auditFoot = [
  "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 a named path holds",
  "nothing to audit, 4 internal error. A path that is also a command: ./rules, or -- rules.",
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
