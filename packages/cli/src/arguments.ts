import { parseArgs } from "node:util";
import type { Severity } from "@audit-backlog/audit";
import { nodeSettings } from "@audit-backlog/model";

/** Wrong usage: printed without a stack, exit code 2. */
export class UsageError extends Error {}

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
  readonly minimum: number;
  readonly format: "pretty" | "json";
  readonly failOn: Severity | "never";
  /** Where absolute include paths lie in the repository: "/etc/nginx" → "deploy/nginx". */
  readonly roots: ReadonlyMap<string, string>;
  readonly allowEmpty: boolean;
}

export type Arguments =
  | AuditArguments
  | { readonly command: "help" | "version" | "rules" }
  | { readonly command: "explain"; readonly rule: string };

interface Option {
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  readonly help: string;
  readonly group: string;
}

/** Every option, once: the parser and the help are made of this table. */
const OPTIONS: Readonly<Record<string, Option>> = {
  burst: { value: "N", group: "What you know of the load", help: "clients arriving at the same moment" },
  "arrival-rate": { value: "N", group: "What you know of the load", help: "arrivals per second" },
  "service-time": { value: "T", group: "What you know of the load", help: "time one request takes: 0.2, 200ms, 2s" },
  "client-timeout": { value: "T", group: "What you know of the load", help: "when a client gives up: 5s" },
  somaxconn: { value: "N|live", group: "What you know of the machine", help: "net.core.somaxconn where the servers listen; live: this machine's" },
  cpus: { value: "N", group: "What you know of the machine", help: "CPUs that auto and cpu_count() see" },
  root: { value: "ABS=DIR", multiple: true, group: "What to read", help: "where an absolute path lies in the repository: /etc/nginx=deploy/nginx" },
  "allow-empty": { group: "What to read", help: "no error when a named path holds nothing to audit" },
  minimum: { value: "N", group: "What to report", help: "least backlog that is not small (511, what Node and nginx ask for by default)" },
  "fail-on": { value: "LEVEL", group: "What to report", help: "exit 1 from this severity on: error, warning (default), note, never" },
  format: { value: "FORMAT", group: "What to report", help: "pretty (default) or json" },
  help: { short: "h", group: "Other", help: "this text" },
  version: { short: "V", group: "Other", help: "the version" },
};

/** Reads a command line. Throws UsageError with the word that is wrong and what was expected. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals, tokens } = parse(argv);
  if (values["help"] === true) return { command: "help" };
  if (values["version"] === true) return { command: "version" };
  // `audit-backlog -- rules` and `audit-backlog ./rules` are paths.
  const terminator = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? Infinity;
  const first = tokens.find(({ kind }) => kind === "positional");
  if (first?.kind === "positional" && first.index < terminator) {
    if (first.value === "rules") {
      if (positionals.length > 1) throw new UsageError("rules takes no argument; a directory of that name is ./rules");
      return { command: "rules" };
    }
    if (first.value === "explain") return readExplain(positionals);
  }
  if (positionals.includes("")) throw new UsageError("a path is empty");
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const count = (name: string, least = 1): number | undefined => readCount(name, text(name), least);
  const burst = count("burst");
  const arrivalRate = readRate(text("arrival-rate"));
  const serviceTime = readDuration("service-time", text("service-time"));
  const clientTimeout = readDuration("client-timeout", text("client-timeout"));
  const somaxconn = text("somaxconn") === "live" ? "live" : count("somaxconn", 0);
  const cpus = count("cpus");
  const roots = values["root"];
  return {
    command: "audit",
    paths: positionals,
    ...(burst === undefined ? {} : { burst }),
    ...(arrivalRate === undefined ? {} : { arrivalRate }),
    ...(serviceTime === undefined ? {} : { serviceTime }),
    ...(clientTimeout === undefined ? {} : { clientTimeout }),
    ...(somaxconn === undefined ? {} : { somaxconn }),
    ...(cpus === undefined ? {} : { cpus }),
    minimum: count("minimum") ?? nodeSettings.backlog.default,
    format: oneOf("format", text("format") ?? "pretty", ["pretty", "json"]),
    failOn: oneOf("fail-on", text("fail-on") ?? "warning", ["error", "warning", "note", "never"]),
    roots: readRoots(Array.isArray(roots) ? roots.filter((root) => typeof root === "string") : []),
    allowEmpty: values["allow-empty"] === true,
  };
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

/** The name that differs least from a mistyped one; undefined where none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const edits = distance(word, name);
    if (edits < least) [best, least] = [name, edits];
  }
  return best;
}

/** Levenshtein's distance, on words as short as option names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function readExplain(positionals: readonly string[]): Arguments {
  const [, rule, ...more] = positionals;
  if (rule === undefined || more.length > 0) throw new UsageError("explain takes one rule: audit-backlog explain small-backlog");
  return { command: "explain", rule };
}

function readCount(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`);
  }
  return value;
}

function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?(\/s)?$/.test(text) ? Number.parseFloat(text) : 0;
  if (value <= 0) throw new UsageError(`--arrival-rate takes arrivals per second above 0, not ${JSON.stringify(text)}`);
  return value;
}

/** Seconds. */
function readDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  const value = Number(match?.[1] ?? 0) * (match?.[2] === "ms" ? 0.001 : match?.[2] === "m" ? 60 : 1);
  if (value <= 0) throw new UsageError(`--${name} takes a time above 0 such as 0.2, 200ms or 2s, not ${JSON.stringify(text)}`);
  return value;
}

function oneOf<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new UsageError(`--${name} takes ${choices.join(", ")}, not ${JSON.stringify(text)}`);
  return choice;
}

function readRoots(entries: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    entries.map((entry) => {
      const [, from, to] = /^(\/[^=]*)=(.+)$/.exec(entry) ?? [];
      if (from === undefined || to === undefined) {
        throw new UsageError(`--root takes ABSOLUTE=DIRECTORY such as /etc/nginx=deploy/nginx, not ${JSON.stringify(entry)}`);
      }
      return [from.replace(/(.)\/+$/, "$1"), to.replace(/^\.\//, "").replace(/\/+$/, "")] as const;
    }),
  );
}

/** The text of --help. */
export function helpText(): string {
  const lines = [
    "Says which limit your clients hit first: listen backlogs, worker counts, somaxconn.",
    "",
    "  audit-backlog [paths...]      audit nginx, gunicorn and Node servers (default: this directory)",
    "  audit-backlog rules           list the rules",
    "  audit-backlog explain RULE    what a rule says and why",
  ];
  let group = "";
  for (const [name, option] of Object.entries(OPTIONS)) {
    if (option.group !== group) lines.push("", `${option.group}:`);
    group = option.group;
    const flag = `${option.short === undefined ? "" : `-${option.short}, `}--${name}${option.value === undefined ? "" : ` ${option.value}`}`;
    lines.push(`  ${flag.padEnd(24)} ${option.help}`);
  }
  lines.push(
    "",
    "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 a named path holds",
    "nothing to audit, 4 internal error. A path that is also a command: ./rules, or -- rules.",
  );
  return `${lines.join("\n")}\n`;
}
