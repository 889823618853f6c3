import type { FileProblem, Range, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { ReaderResult } from "../facts.ts";
import { fileOrigin, mapValue, memberOf, sourcedOf, type Data, type Scalar } from "./data.ts";
import { readConfigModule, readJsonData, type DataFile } from "./javascript-module.ts";
import { execMode, instanceCount, type ExecMode } from "./pm2-semantics.ts";
import { readYamlData } from "./yaml-data.ts";

/** One application that PM2 starts. */
export interface Pm2App {
  readonly file: string;
  readonly range: Range;
  readonly name?: Sourced<string>;
  /** As written, relative to `cwd`: a file, a program, or a whole command line. */
  readonly script: Sourced<string>;
  readonly args: readonly string[];
  readonly cwd?: Sourced<string>;
  readonly interpreter?: Sourced<string>;
  /** Processes that PM2 really starts: never below 1. */
  readonly instances: Sourced<number>;
  readonly execMode: Sourced<ExecMode>;
  /** `env`, with `port` as PORT. */
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  /** `env_<name>`, in force with `--env <name>`. */
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, Sourced<string>>>;
  /** The variable that counts up from process to process, so that each can have its own port. */
  readonly incremented?: string;
}

export interface Pm2Facts extends ReaderResult {
  readonly file: string;
  readonly apps: readonly Pm2App[];
}

/** Names that are PM2's by custom; of other `*.config.js` the content decides. */
const customary = /(?:^|\/)(?:ecosystem|pm2|process|processes)(?:[.-][\w.-]*)?\.(?:json5?|ya?ml|[cm]?js)$/i;

/** Whether a file of this name can be one that PM2 starts applications from. */
export function mightBePm2(path: string): boolean {
  return customary.test(path) || /\.config\.[cm]?js$/i.test(path);
}

/**
 * Reads an ecosystem file: `apps` (or the whole file) with `script`, `instances`, `exec_mode` and the rest. A file
 * that merely has a name like one gives neither apps nor problems.
 */
export function readPm2(path: string, text: string): Pm2Facts {
  if (!text.includes("script") && !/\b(?:cmd|command|exec)\b/.test(text)) return { file: path, apps: [], problems: [] };
  const isPm2 = customary.test(path) && !/(?:^|\/)process(?:es)?\.[cm]?js$/i.test(path);
  if (!isPm2 && !/\bapps\b/.test(text)) return { file: path, apps: [], problems: [] };
  const { data, problems } = dataOf(path, text);
  if (data === undefined) return { file: path, apps: [], problems: isPm2 ? problems : [] };
  const read = appsIn(path, data, isPm2);
  return { file: path, apps: read.apps, problems: isPm2 || read.apps.length > 0 ? [...problems, ...read.problems] : [] };
}

/** The `pm2` key of a package.json. */
export function readPackagePm2(path: string, text: string): Pm2Facts {
  const none: Pm2Facts = { file: path, apps: [], problems: [] };
  if (!text.includes('"pm2"')) return none;
  const { data } = readJsonData(path, text);
  const key = memberOf(data, ["pm2"]);
  return key === undefined ? none : { file: path, ...appsIn(path, key, false) };
}

function dataOf(path: string, text: string): DataFile {
  if (/\.ya?ml$/i.test(path)) return readYamlData(path, text);
  return /\.json5?$/i.test(path) ? readJsonData(path, text) : readConfigModule(path, text);
}

/** pm2: lib/API.js _startJson: `apps`, else `pm2`, else the file itself; one or a list. */
function appsIn(file: string, data: Data, certain: boolean): { apps: readonly Pm2App[]; problems: readonly FileProblem[] } {
  const list = memberOf(data, ["apps"]) ?? memberOf(data, ["pm2"]) ?? data;
  const items = list.kind === "array" ? list.items : [list];
  const apps: Pm2App[] = [];
  const problems: FileProblem[] = [];
  for (const item of items) {
    const app = item.kind === "object" ? appOf(file, item) : undefined;
    if (app !== undefined) apps.push(app);
    else if (certain && list.kind === "array") problems.push({ file, range: item.range, reason: "PM2 application: no script that is known without running the file; it was left out" });
  }
  const open = list.kind === "array" ? list.open : list.kind === "scalar" && list.value.kind === "dynamic";
  if (certain && open) problems.push({ file, range: list.range, reason: "PM2 applications: the list is computed when PM2 runs the file; only what is written out was read" });
  return { apps, problems };
}

function appOf(file: string, data: Extract<Data, { kind: "object" }>): Pm2App | undefined {
  const get = (...keys: readonly string[]): Data | undefined => keys.map((key) => data.entries.get(key)).find((found) => found !== undefined && !isNull(found));
  const script = textOf(file, get("script", "exec", "cmd", "command"));
  if (script === undefined) return undefined;
  const name = textOf(file, get("name"));
  const cwd = textOf(file, get("cwd"));
  const interpreter = textOf(file, get("exec_interpreter", "interpreter", "execInterpreter"));
  const incremented = knownText(get("increment_var", "incrementVar"));
  const written = get("instances");
  const mode = get("exec_mode", "execMode");
  const inputs = { script: knownText(get("script", "exec", "cmd", "command")) ?? "", interpreter: knownText(get("exec_interpreter", "interpreter", "execInterpreter")) };
  const port = get("port");
  const environment = new Map(environmentOf(file, get("env")));
  if (port?.kind === "scalar") environment.set("PORT", textOf(file, port) ?? { value: { kind: "dynamic" }, origin: fileOrigin(file, port.range) });
  const environments = new Map([...data.entries].flatMap(([key, value]) => (key.startsWith("env_") ? [[key.slice("env_".length), environmentOf(file, value)] as const] : [])));
  return {
    file,
    range: data.range,
    script,
    ...(name === undefined ? {} : { name }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(incremented === undefined ? {} : { incremented }),
    args: argumentsOf(get("args")),
    instances: instancesOf(file, written),
    execMode: modeOf(file, mode, written, inputs),
    environment,
    environments,
  };
}

function isNull(data: Data): boolean {
  return data.kind === "scalar" && data.value.kind === "exact" && data.value.value === null;
}

const pm2Default = { kind: "default", of: "PM2", source: "pm2 lib/Common.js determineExecMode" } as const;

function instancesOf(file: string, written: Data | undefined): Sourced<number> {
  if (written === undefined) return { value: { kind: "assumed", value: 1 }, origin: pm2Default };
  if (written.kind !== "scalar") return { value: { kind: "dynamic" }, origin: fileOrigin(file, written.range) };
  return { ...sourcedOf(file, written), value: mapValue(written.value, instanceCount, (unknown) => instanceCount(unknown)) };
}

function modeOf(file: string, mode: Data | undefined, written: Data | undefined, inputs: { script: string; interpreter: string | undefined }): Sourced<ExecMode> {
  const simple = (value: SimpleValue<Scalar> | undefined): SimpleValue<ExecMode> => execMode(undefined, value, inputs);
  if (mode?.kind === "scalar") {
    const value = mapValue<Scalar, ExecMode>(mode.value, (known) => execMode(known, undefined, inputs), () => ({ kind: "dynamic" }));
    return { ...sourcedOf(file, mode), value };
  }
  if (written?.kind !== "scalar") return { value: simple(undefined), origin: pm2Default };
  const value: Value<ExecMode> = mapValue(written.value, (known) => simple({ kind: "exact", value: known }), simple);
  return { ...sourcedOf(file, written), value };
}

function textOf(file: string, data: Data | undefined): Sourced<string> | undefined {
  if (data?.kind !== "scalar") return undefined;
  return { ...sourcedOf(file, data), value: mapValue(data.value, (known) => ({ kind: "exact", value: String(known) }), () => ({ kind: "dynamic", ...variableOf(data.value) })) };
}

function variableOf(value: Value<Scalar>): { variable?: string } {
  return value.kind === "dynamic" && value.variable !== undefined ? { variable: value.variable } : {};
}

function knownText(data: Data | undefined): string | undefined {
  if (data?.kind !== "scalar" || (data.value.kind !== "exact" && data.value.kind !== "assumed")) return undefined;
  return data.value.value === null ? undefined : String(data.value.value);
}

function environmentOf(file: string, data: Data | undefined): ReadonlyMap<string, Sourced<string>> {
  const found = new Map<string, Sourced<string>>();
  if (data?.kind !== "object") return found;
  for (const [key, value] of data.entries) {
    const text = textOf(file, value);
    if (text !== undefined && !isNull(value)) found.set(key, text);
  }
  return found;
}

function argumentsOf(data: Data | undefined): readonly string[] {
  if (data?.kind === "array") return data.items.map((item) => knownText(item) ?? "");
  return knownText(data)?.split(/\s+/).filter((word) => word !== "") ?? [];
}
