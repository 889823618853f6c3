import { parseArgs } from "node:util";
import type { Severity } from "@audit-backlog/audit";
import type { Focus } from "./changed/focus.ts";
import type { HelpTopic } from "./help.ts";
import { readMeasure, type MeasureArguments } from "./measure-arguments.ts";
import { nearest } from "./nearest.ts";
import { oneOf, readCount, readDuration, readKernel, readRate, readRoots, UsageError } from "./option-values.ts";
import { OPTIONS, type OptionsOf } from "./option-table.ts";
import { readFormats, type Wanted } from "./report/wanted.ts";

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
  /** The release of the kernel that the servers run on: "5.3". */
  readonly kernel?: string;
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

export interface LiveArguments {
  readonly command: "live";
  /** A repository to compare with. */
  readonly in?: string;
  readonly format: "pretty" | "json";
}

export interface DecodeArguments extends Omit<LiveArguments, "command"> {
  readonly command: "decode";
  /** Empty: standard input. */
  readonly lines: readonly string[];
}

export type Arguments =
  | AuditArguments
  | MeasureArguments
  | DecodeArguments
  | LiveArguments
  | { readonly command: "help"; readonly of: HelpTopic }
  | { readonly command: "version" | "rules" }
  | { readonly command: "explain"; readonly rule: string };

/** Words that are commands where they stand first. */
export const commands = ["rules", "explain", "measure", "decode", "live"] as const;

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
  const command = word === "measure" || word === "decode" || word === "live" ? word : "audit";
  if (values["help"] === true) return { command: "help", of: commands.find((one) => one === word) ?? "audit" };
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  if ((word === "rules" || word === "explain") && given[0] !== undefined) throw new UsageError(`--${given[0]} is no option of ${word}`);
  assertBelong(given, command);
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
  if (command !== "audit") {
    if (command !== "decode" && positionals.length > 1) throw new UsageError(`${command} takes options only; a directory of that name is ./${command}`);
    const format = oneOf("format", texts("format").at(-1) ?? "pretty", ["pretty", "json"]);
    if (command === "measure") return readMeasure({ text, count, flag: (name) => values[name] === true, somaxconn, format });
    const directory = text("in");
    if (directory === "") throw new UsageError("--in names no directory");
    const looking = { format, ...(directory === undefined ? {} : { in: directory }) };
    return command === "live" ? { command, ...looking } : { command, lines: positionals.slice(1), ...looking };
  }
  if (positionals.includes("") || focused.includes("")) throw new UsageError("a path is empty");
  const burst = count("burst");
  const arrivalRate = readRate(text("arrival-rate"));
  const serviceTime = readDuration("service-time", text("service-time"));
  const clientTimeout = readDuration("client-timeout", text("client-timeout"));
  const kernel = readKernel(text("kernel"));
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
    ...(kernel === undefined ? {} : { kernel }),
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

function assertBelong(names: readonly string[], command: OptionsOf): void {
  for (const name of names) {
    const of = OPTIONS[name]?.of ?? ["audit"];
    if (of.includes(command)) continue;
    throw new UsageError(command === "audit" ? `--${name} is an option of audit-backlog ${of.join(" and ")}` : `--${name} is no option of ${command}`);
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
    throw new UsageError(complaintAbout(error.message, argv));
  }
}

/** What `parseArgs` complains of, in the words of --help. */
function complaintAbout(message: string, argv: readonly string[]): string {
  const written = /'(?:-\w, )?(--?[^ '=]+)/.exec(message)?.[1] ?? "";
  if (message.startsWith("Unknown option")) {
    // Of -burst it names -b alone.
    const word = written.startsWith("--") ? written : (argv.find((one) => one.length > 2 && one.startsWith(written)) ?? written);
    const near = nearest(word.replace(/^-+|=.*$/g, ""), Object.keys(OPTIONS));
    return `unknown option ${word}${near === undefined ? "" : `: did you mean --${near}?`}`;
  }
  const option = OPTIONS[written.slice(2)];
  if (option === undefined) return message.split(". ")[0] ?? message;
  if (option.value === undefined) return `${written} takes no value`;
  const dashed = argv[argv.lastIndexOf(written) + 1];
  return `${written} takes a value: ${written} ${option.value}${dashed?.startsWith("-") === true ? `; one that begins with a dash: ${written}=${dashed}` : ""}`;
}

function readExplain(positionals: readonly string[]): Arguments {
  const [, rule, ...more] = positionals;
  if (rule === undefined || more.length > 0) throw new UsageError("explain takes one rule: audit-backlog explain small-backlog");
  return { command: "explain", rule };
}
