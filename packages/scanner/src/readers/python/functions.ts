import type { Sourced } from "@audit-backlog/model";
import { intOfText } from "./literals.ts";
import { cpus, formulaOf, intOfFormula, roundFormula } from "./formulas.ts";
import { compare, textOf, toFloat, truth } from "./operators.ts";
import {
  blamed, bool, combine, type Constant, dynamicKnown, dynamicOf, dynamicValue, exactConstant, int, type Known, lift, none, objectPath, type Possible, single, str,
} from "./values.ts";

export interface Arguments {
  readonly positional: readonly Possible[];
  readonly named: ReadonlyMap<string, Possible>;
}

/** What functions need of the world: the environment that the process is started with, as far as it is known. */
export interface World {
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  /** Told of each variable that is looked up and set. */
  readonly used: (entry: Sourced<string>) => void;
  /** A stretch of the text with its template's places replaced by their defaults; undefined where one has none. */
  readonly filledIn?: (from: number, to: number) => FilledIn | undefined;
}

export const builtins: ReadonlySet<string> = new Set(["int", "str", "float", "bool", "len", "abs", "round", "min", "max"]);

const cpuCounts: ReadonlySet<string> = new Set(["multiprocessing.cpu_count", "os.cpu_count", "os.process_cpu_count", "psutil.cpu_count", "joblib.cpu_count"]);

export interface FilledIn {
  readonly text: string;
  /** The first variable that the text hangs on. */
  readonly variable: string;
}

/** Calls that give the reader of an environment: python-decouple, starlette, django-environ, environs. */
const environmentReaders: Readonly<Record<string, string>> = {
  "decouple.AutoConfig": "decouple.config",
  "decouple.Config": "decouple.config",
  "starlette.config.Config": "decouple.config",
  "environ.Env": "environs.env",
  "environs.Env": "environs.env",
};

/** A call of something known by its full name. */
export function callObject(path: string, call: Arguments, world: World): Possible {
  const [first, second] = call.positional;
  if (cpuCounts.has(path)) return call.positional.length + call.named.size === 0 ? single(cpus) : dynamicValue;
  if (path === "os.sched_getaffinity") return single({ kind: "object", path: "sched_getaffinity()" });
  const reader = environmentReaders[path];
  if (reader !== undefined) return single({ kind: "object", path: reader });
  switch (path) {
    case "os.environ.get":
    case "os.getenv":
      return fromEnvironment(first, second ?? call.named.get("default") ?? single({ kind: "exact", value: none }), undefined, world);
    case "decouple.config":
    case "environs.env":
    case "environs.env.str":
    case "environs.env.int":
    case "environs.env.float": {
      const cast = path.startsWith("environs.env.") ? path.slice("environs.env.".length) : objectPath(call.named.get("cast") ?? dynamicValue)?.replace("builtins.", "");
      const unknownCast = cast === undefined && call.named.has("cast");
      const fallback = call.named.get("default") ?? second;
      // decouple and starlette cast the default as well; environs takes it as it is.
      const casts = path === "decouple.config" && cast !== undefined && fallback !== undefined;
      const value = casts ? callObject(`builtins.${cast}`, { positional: [fallback], named: new Map() }, world) : fallback;
      return unknownCast ? fromEnvironment(first, undefined, undefined, world) : fromEnvironment(first, value, cast, world);
    }
    case "builtins.len":
      if (call.positional.length === 1 && objectPath(first ?? []) === "sched_getaffinity()") return single(cpus);
  }
  return call.named.size > 0 || call.positional.length === 0 ? dynamicValue : combine(call.positional, (knowns) => callBuiltin(path, knowns));
}

/**
 * An environment variable: its value where the process's environment is known to hold it, else the fallback,
 * assumed. `fallback` undefined: Python raises without the variable.
 */
export function fromEnvironment(name: Possible | undefined, fallback: Possible | undefined, cast: string | undefined, world: World): Possible {
  const constant = exactConstant(name ?? []);
  if (constant?.type !== "str") return dynamicValue;
  const variable = constant.value;
  const entry = world.environment.get(variable);
  if (entry !== undefined) {
    world.used(entry);
    const known: Known =
      entry.value.kind === "exact" ? { kind: "exact", value: str(entry.value.value) }
      : entry.value.kind === "assumed" ? { kind: "assumed", value: str(entry.value.value), variable }
      : { kind: "dynamic", variable };
    // Every library reads booleans in its own way.
    if (cast === "bool") return single({ kind: "dynamic", variable });
    return single(cast === undefined ? known : callBuiltin(`builtins.${cast}`, [known]));
  }
  if (fallback === undefined) return single({ kind: "dynamic", variable });
  return fallback.map(({ known, path }) => ({ known: unlessSet(known, variable), path }));
}

/** What holds as long as the variable is not set. */
export function unlessSet(known: Known, variable: string): Known {
  switch (known.kind) {
    case "exact":
    case "assumed":
      return { kind: "assumed", value: known.value, variable };
    case "formula":
      return { ...known, variable };
    case "object":
    case "dynamic":
    case "unset":
      return { kind: "dynamic", variable };
  }
}

function callBuiltin(path: string, knowns: readonly Known[]): Known {
  const [first] = knowns;
  if (first === undefined) return dynamicKnown;
  const name = path.replace("builtins.", "");
  if (knowns.some(({ kind }) => kind === "formula")) {
    if ((name === "min" || name === "max") && knowns.length > 1) return formulaOf(name, knowns);
    if (knowns.length > 1 || first.kind !== "formula") return dynamicOf(blamed(knowns));
    if (name === "int") return intOfFormula(first);
    if (name === "float") return { ...first, float: true };
    if (name === "math.floor" || name === "math.ceil") return roundFormula(first, name === "math.floor" ? "floor" : "ceil");
    return name === "round" && !first.float ? first : dynamicOf(first.variable);
  }
  return lift(knowns, (constants) => applyBuiltin(name, constants));
}

function applyBuiltin(name: string, constants: readonly Constant[]): Constant | undefined {
  const [first, second] = constants;
  if (first === undefined) return undefined;
  if (name === "min" || name === "max") return extreme(name, constants);
  if (name === "os.path.join") return joinPath(constants);
  if (second !== undefined) return name === "int" && first.type === "str" && second.type === "int" && second.value === 10n ? toInt(first) : undefined;
  switch (name) {
    case "int":
      return toInt(first);
    case "str": {
      const text = textOf(first);
      return text === undefined ? undefined : str(text);
    }
    case "float": {
      const text = first.type === "str" && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(first.value) ? Number(first.value) : undefined;
      const value = text ?? toFloat(first);
      return value === undefined || !Number.isFinite(value) ? undefined : { type: "float", value };
    }
    case "bool":
      return bool(truth(first));
    case "len":
      if (first.type === "list" || first.type === "tuple") return int(BigInt(first.items.length));
      return first.type === "str" ? int(BigInt(Array.from(first.value).length)) : undefined;
    case "abs":
      if (first.type === "float") return { type: "float", value: Math.abs(first.value) };
      return first.type === "int" ? int(first.value < 0n ? -first.value : first.value) : first.type === "bool" ? toInt(first) : undefined;
    case "round":
    case "math.floor":
    case "math.ceil":
      return roundTo(name, first);
    default:
      return undefined;
  }
}

/** `int(x)`, of a text in base 10. */
function toInt(constant: Constant): Constant | undefined {
  if (constant.type === "int") return constant;
  if (constant.type === "bool") return int(constant.value ? 1n : 0n);
  if (constant.type === "float") return int(BigInt(Math.trunc(constant.value)));
  const value = constant.type === "str" ? intOfText(constant.value, 10) : undefined;
  return value === undefined ? undefined : int(value);
}

function roundTo(name: string, constant: Constant): Constant | undefined {
  if (constant.type !== "float") return constant.type === "int" || constant.type === "bool" ? toInt(constant) : undefined;
  const { value } = constant;
  const floor = Math.floor(value);
  if (name === "math.floor") return int(BigInt(floor));
  if (name === "math.ceil") return int(BigInt(Math.ceil(value)));
  // Python rounds halves to even.
  const fraction = value - floor;
  return int(BigInt(fraction < 0.5 || (fraction === 0.5 && floor % 2 === 0) ? floor : floor + 1));
}

function extreme(name: string, constants: readonly Constant[]): Constant | undefined {
  const [only] = constants;
  const items = constants.length > 1 ? constants : only?.type === "list" || only?.type === "tuple" ? only.items : [];
  let best = items[0];
  for (const item of items.slice(1)) {
    if (best === undefined) return undefined;
    const better = compare(name === "min" ? "<" : ">", item, best);
    if (better === undefined) return undefined;
    if (better) best = item;
  }
  return best;
}

function joinPath(parts: readonly Constant[]): Constant | undefined {
  let joined = "";
  for (const [i, part] of parts.entries()) {
    if (part.type !== "str") return undefined;
    if (i === 0 || part.value.startsWith("/")) joined = part.value;
    else joined += joined === "" || joined.endsWith("/") ? part.value : `/${part.value}`;
  }
  return str(joined);
}
