import { gunicornSettings } from "@audit-backlog/model";
import type { FileOrigin, Formula, Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { PythonSettings, PythonValue } from "../facts.ts";
import type { Argument, GivenOption } from "../readers/gunicorn-arguments.ts";
import { intOfText } from "../readers/python/literals.ts";

/** Where gunicorn takes its settings from; a later one wins (gunicorn: gunicorn/app/base.py load_config). */
export interface Layers {
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  readonly config: { readonly settings: PythonSettings; readonly certain: boolean } | undefined;
  /** A configuration file that is read but not known: whatever nothing above it sets, it may set. */
  readonly unknownConfig: Sourced<string> | undefined;
  readonly givenByEnvironment: readonly GivenOption[];
  readonly given: readonly GivenOption[];
  /** A word that may hold more options at run time: of what nothing sets, it `hides` whether it does, or only may set it. */
  readonly open: { readonly word: Argument; readonly hides: boolean } | undefined;
  /** Where the server is declared, for failures whose setting stands in no file. */
  readonly place: FileOrigin;
}

const defaultsClass = {
  bind: "Bind", backlog: "Backlog", workers: "Workers", worker_class: "WorkerClass", threads: "WorkerThreads", worker_connections: "WorkerConnections",
  max_requests: "MaxRequests", timeout: "Timeout", graceful_timeout: "GracefulTimeout", keepalive: "Keepalive", preload_app: "PreloadApp", reuse_port: "ReusePort", daemon: "Daemon", wsgi_app: "WSGIApp",
} as const;

export type SettingName = keyof typeof defaultsClass;

export type NumberSetting = keyof typeof gunicornSettings;

export function defaultOrigin(name: SettingName): Origin {
  return { kind: "default", of: "gunicorn", source: `gunicorn/config.py class ${defaultsClass[name]}` };
}

/** A setting as written, after precedence; undefined where nothing sets it. */
export function written(layers: Layers, name: SettingName): Sourced<PythonValue> | undefined {
  const given = fromOptions(layers.given, name) ?? fromOptions(layers.givenByEnvironment, name);
  if (given !== undefined) return layers.open === undefined ? given : loosened(given);
  const found = layers.config?.settings.settings.get(name);
  if (found !== undefined && layers.config !== undefined) {
    const sure = layers.config.certain && layers.config.settings.open === undefined && layers.open === undefined;
    return sure ? found : loosened(found);
  }
  const unknown = layers.unknownConfig ?? (layers.open?.hides === true ? layers.open.word : undefined);
  if (unknown === undefined) return undefined;
  const { origin, text } = unknown;
  return { value: { kind: "dynamic" }, origin, ...(text === undefined ? {} : { text }) };
}

/** The last use of an option; of the ones that only switch something on, that they do. */
export function fromOptions(given: readonly GivenOption[], name: SettingName): Sourced<PythonValue> | undefined {
  const last = given.findLast(({ option }) => option.setting === name);
  return last === undefined ? undefined : { value: last.value ?? { kind: "exact", value: true }, origin: last.origin, text: last.text };
}

/** Each `-b` of the layer that gives addresses, in order; undefined where none has one. */
export function bindOptions(layers: Layers): readonly Sourced<PythonValue>[] | undefined {
  for (const given of [layers.given, layers.givenByEnvironment]) {
    const binds = given.filter(({ option }) => option.setting === "bind");
    // argparse makes a list of them, in which an empty text is an address too.
    if (binds.length > 0) return binds.flatMap((bind) => asItem(fromOptions([bind], "bind")) ?? []).map((bind) => (layers.open === undefined ? bind : loosened(bind)));
  }
  return undefined;
}

function asItem(sourced: Sourced<PythonValue> | undefined): Sourced<PythonValue> | undefined {
  return sourced?.value.kind === "exact" ? { ...sourced, value: { kind: "exact", value: [sourced.value.value] } } : sourced;
}

/** It holds unless something that we don't see says otherwise. */
function loosened<T>(sourced: Sourced<T>): Sourced<T> {
  const { value } = sourced;
  const loose = (simple: SimpleValue<T>): SimpleValue<T> => (simple.kind === "exact" ? { kind: "assumed", value: simple.value } : simple);
  return { ...sourced, value: value.kind === "oneOf" ? { kind: "oneOf", options: value.options.map((option) => ({ ...option, value: loose(option.value) })) } : loose(value) };
}

/** The words under which a branch of the configuration leaves a setting that nothing above the file sets. */
function unsetWhen(layers: Layers, name: SettingName): string | undefined {
  const overridden = [...layers.given, ...layers.givenByEnvironment].some(({ option }) => option.setting === name);
  return overridden ? undefined : layers.config?.settings.unsetWhen.get(name);
}

/** Applies a conversion to what is known; `fallback` is what holds where the file's branches leave the setting unset. */
export function converted<T>(layers: Layers, name: SettingName, sourced: Sourced<PythonValue>, convert: (value: PythonValue) => T | undefined, fallback: SimpleValue<T>): Sourced<T> {
  const simple = (value: SimpleValue<PythonValue>): SimpleValue<T> => {
    if (value.kind === "formula" || value.kind === "dynamic") return value;
    const result = convert(value.value);
    if (result !== undefined) return { ...value, value: result };
    return value.kind === "assumed" && value.variable !== undefined ? { kind: "dynamic", variable: value.variable } : { kind: "dynamic" };
  };
  const { value } = sourced;
  const when = unsetWhen(layers, name);
  if (value.kind !== "oneOf" && when === undefined) return { ...sourced, value: simple(value) };
  const options = value.kind === "oneOf" ? value.options.map((option) => ({ value: simple(option.value), when: option.when })) : [{ value: simple(value), when: "always" }];
  return { ...sourced, value: { kind: "oneOf", options: when === undefined ? options : [...options, { value: fallback, when }] } };
}

export interface IntegerSetting {
  readonly sourced: Sourced<number>;
  /** gunicorn does not start with it. */
  readonly refused: boolean;
  /** It was written as something else than an int. */
  readonly coerced: boolean;
  readonly isDefault: boolean;
}

/** A setting that gunicorn takes for an int of at least 0 (gunicorn: gunicorn/config.py validate_pos_int). */
export function integerSetting(layers: Layers, name: NumberSetting): IntegerSetting {
  const fallback = integerDefault(layers, name);
  const sourced = written(layers, name);
  if (sourced === undefined) return fallback;
  const fromFile = isFromFile(layers, name, sourced);
  const base = fromFile ? 0 : 10;
  if (refusal(sourced.value, base) !== undefined || (name === "backlog" && isTooLong(sourced.value, base))) {
    return { sourced: { ...sourced, value: name === "backlog" ? { kind: "assumed", value: gunicornSettings.backlog.default } : { kind: "dynamic" } }, refused: true, coerced: false, isDefault: false };
  }
  const fallbackSimple: SimpleValue<number> = fallback.sourced.value.kind === "oneOf" ? { kind: "dynamic" } : fallback.sourced.value;
  const value = converted(layers, name, sourced, (found) => integerOf(found, base).value, fallbackSimple);
  const coerced = fromFile && (sourced.value.kind === "exact" || sourced.value.kind === "assumed") && typeof sourced.value.value !== "number";
  return { sourced: value, refused: false, coerced, isDefault: false };
}

/** A backlog that gunicorn takes and Python's socket.listen() does not: that wants a C int (CPython: Modules/socketmodule.c sock_listen). */
export function overflowsListen(layers: Layers): Sourced<PythonValue> | undefined {
  const backlog = written(layers, "backlog");
  return backlog !== undefined && isTooLong(backlog.value, isFromFile(layers, "backlog", backlog) ? 0 : 10) ? backlog : undefined;
}

function isTooLong(backlog: Value<PythonValue>, base: 0 | 10): boolean {
  if (backlog.kind !== "exact") return false;
  const { value, message } = integerOf(backlog.value, base);
  return message === undefined && (value === undefined || value > 0x7fffffff);
}

function isFromFile(layers: Layers, name: SettingName, sourced: Sourced<PythonValue>): boolean {
  return sourced === layers.config?.settings.settings.get(name) || !isOption(layers, name);
}

function isOption(layers: Layers, name: SettingName): boolean {
  return [...layers.given, ...layers.givenByEnvironment].some(({ option }) => option.setting === name);
}

function integerDefault(layers: Layers, name: NumberSetting): IntegerSetting {
  const entry = name === "workers" ? layers.environment.get("WEB_CONCURRENCY") : undefined;
  if (entry !== undefined) {
    const value: Value<number> = entry.value.kind === "oneOf"
      ? { kind: "oneOf", options: entry.value.options.map((option) => ({ value: concurrency(option.value), when: option.when })) }
      : concurrency(entry.value);
    return { sourced: { ...entry, value }, refused: false, coerced: false, isDefault: true };
  }
  const variable = name === "workers" ? { variable: "WEB_CONCURRENCY" } : {};
  return { sourced: { value: { kind: "assumed", value: gunicornSettings[name].default, ...variable }, origin: defaultOrigin(name) }, refused: false, coerced: false, isDefault: true };
}

function concurrency(value: SimpleValue<string>): SimpleValue<number> {
  if (value.kind === "formula" || value.kind === "dynamic") return value;
  const number = intOfText(value.value, 10);
  return number === undefined || number < 0n ? { kind: "dynamic", variable: "WEB_CONCURRENCY" } : { ...value, value: Number(number) };
}

/** What gunicorn says of a value that it refuses for certain; `base` 10 for texts of the command line, which argparse converts. */
export function refusal(value: Value<PythonValue>, base: 0 | 10): string | undefined {
  if (value.kind === "formula") return value.variable === undefined && isFloat(value.formula) ? notText : undefined;
  return value.kind === "exact" ? integerOf(value.value, base).message : undefined;
}

const notText = "int() can't convert non-string with explicit base";

function isFloat(formula: Formula): boolean {
  return formula.op === "/";
}

function integerOf(value: PythonValue, base: 0 | 10): { readonly value?: number; readonly message?: string } {
  const number = typeof value === "number" ? BigInt(value) : typeof value === "boolean" ? BigInt(value ? 1 : 0) : typeof value === "string" ? intOfText(value, base) : undefined;
  if (number === undefined) return { message: typeof value === "string" ? `invalid literal for int() with base ${base}: '${value}'` : notText };
  if (number < 0n) return { message: `Value must be positive: ${number.toString()}` };
  return number > BigInt(Number.MAX_SAFE_INTEGER) ? {} : { value: Number(number) };
}

/** gunicorn: gunicorn/config.py validate_bool; None counts as false. */
export function booleanSetting(layers: Layers, name: "reuse_port" | "preload_app" | "daemon"): Sourced<boolean> {
  const fallback = { kind: "assumed", value: false } as const;
  const sourced = written(layers, name);
  if (sourced === undefined) return { value: fallback, origin: defaultOrigin(name) };
  return converted(layers, name, sourced, (value) => {
    if (typeof value === "boolean") return value;
    const word = typeof value === "string" ? value.toLowerCase().trim() : undefined;
    return value === null || word === "false" ? false : word === "true" ? true : undefined;
  }, fallback);
}

export function textSetting(layers: Layers, name: "worker_class" | "wsgi_app", fallback: SimpleValue<string>): Sourced<string> {
  const sourced = written(layers, name);
  if (sourced === undefined) return { value: fallback, origin: defaultOrigin(name) };
  return converted(layers, name, sourced, (value) => (typeof value === "string" ? value.trim() : undefined), fallback);
}
