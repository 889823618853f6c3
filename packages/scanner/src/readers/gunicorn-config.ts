import type { SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { PythonSettings, PythonValue } from "../facts.ts";
import type { TemplateDefaults } from "./template-expression.ts";
import { ModuleRun } from "./python/module.ts";
import { openReason } from "./python/open.ts";
import { Scope } from "./python/scope.ts";
import { PythonSource } from "./python/source.ts";
import { parsePython } from "./python/tree.ts";
import { type Binding, type Choice, type Constant, type Known, type Possible, simplify } from "./python/values.ts";

/**
 * What a gunicorn configuration file written in Python gives its module-level names, as far as its text says.
 * Nothing is run. `environment`: what the process is known to be started with; a variable that it doesn't hold
 * leaves a fallback `assumed` and everything else `dynamic`.
 */
export function readGunicornConfig(path: string, text: string, environment: ReadonlyMap<string, Sourced<string>> = new Map(), defaults?: TemplateDefaults): PythonSettings {
  const source = new PythonSource(path, text, defaults);
  const python = parsePython(source.text);
  if (python === undefined) {
    return { file: path, settings: new Map(), unsetWhen: new Map(), open: "brackets nest too deep to be read", problems: [source.problem(0, 0, "Brackets nest deeper than Python takes; the file was left out.")] };
  }
  const run = new ModuleRun(source, python, { environment, used: () => undefined });
  const scope = new Scope();
  run.block(python.tree.topNode, scope);
  const open = openReason(python, text);
  return { ...settingsOf(scope), file: path, problems: run.problems, ...(open === undefined ? {} : { open }) };
}

function settingsOf(scope: Scope): Pick<PythonSettings, "settings" | "unsetWhen"> {
  const settings = new Map<string, Sourced<PythonValue>>();
  const unsetWhen = new Map<string, string>();
  for (const [name, binding] of scope.own) {
    const unset = binding.value.filter(({ known }) => known.kind === "unset");
    const rest = binding.value.filter(({ known }) => known.kind !== "unset");
    if (rest.length === 0) continue;
    const [way] = unset;
    if (way !== undefined) unsetWhen.set(name, unset.length === 1 ? wordsOf(way.path) : "otherwise");
    settings.set(name, sourced(binding, valueOf(rest, unset.length > 0)));
  }
  return { settings, unsetWhen };
}

function sourced({ origin, via, text }: Binding, value: Value<PythonValue>): Sourced<PythonValue> {
  return { value, origin, text, ...(via.length === 0 ? {} : { via }) };
}

function valueOf(possible: Possible, conditional: boolean): Value<PythonValue> {
  const [only, second] = conditional ? possible : simplify(possible);
  if (only === undefined) return { kind: "dynamic" };
  if (second === undefined && !conditional) return simpleValue(only.known);
  return { kind: "oneOf", options: possible.map(({ known, path }) => ({ value: simpleValue(known), when: wordsOf(path) })) };
}

function wordsOf(path: readonly Choice[]): string {
  return path.length === 0 ? "always" : path.map(({ words }) => words).join(", ");
}

function simpleValue(known: Known): SimpleValue<PythonValue> {
  switch (known.kind) {
    case "exact": {
      const value = plainValue(known.value);
      return value === undefined ? { kind: "dynamic" } : { kind: "exact", value };
    }
    case "assumed": {
      // `os.environ.get("X")`: nobody means None.
      const value = known.value.type === "none" ? undefined : plainValue(known.value);
      return value === undefined ? { kind: "dynamic", variable: known.variable } : { kind: "assumed", value, variable: known.variable };
    }
    case "formula": {
      // Only a division shows the reader of a formula that Python has a float there.
      const formula = known.float && known.formula.op !== "/" ? ({ op: "/", operands: [known.formula, { op: "number", value: 1 }] } as const) : known.formula;
      return known.variable === undefined ? { kind: "formula", formula } : { kind: "formula", formula, variable: known.variable };
    }
    case "dynamic":
      return known.variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable: known.variable };
    case "object":
    case "unset":
      return { kind: "dynamic" };
  }
}

/** Undefined for ints that a JavaScript number would round. */
function plainValue(constant: Constant): PythonValue | undefined {
  switch (constant.type) {
    case "int": {
      const value = Number(constant.value);
      return Number.isSafeInteger(value) ? value : undefined;
    }
    case "float":
      return { float: constant.value };
    case "bool":
    case "str":
      return constant.value;
    case "none":
      return null;
    case "list":
    case "tuple": {
      const items = constant.items.map(plainValue);
      return items.some((item) => item === undefined) ? undefined : items.filter((item) => item !== undefined);
    }
  }
}

/** Settings whose presence at the start of a line tells a gunicorn configuration from other Python. */
const telling = /^(?:bind|backlog|workers|worker_class|worker_connections|threads|timeout|graceful_timeout|keepalive|max_requests|max_requests_jitter|preload_app|reuse_port|accesslog|errorlog|loglevel|wsgi_app|proc_name|forwarded_allow_ips|limit_request_line|raw_env|worker_tmp_dir)[ \t]*(?::[^=\n]*)?=(?!=)/gm;

/** Names that no other program reads from a module. */
const own: ReadonlySet<string> = new Set(["worker_class", "worker_connections", "graceful_timeout", "max_requests", "max_requests_jitter", "preload_app", "reuse_port", "wsgi_app", "worker_tmp_dir"]);

/**
 * Whether a file is a configuration for gunicorn, so that it is worth reading although no command names it:
 * by its name and at least one setting, or by settings alone, two of them gunicorn's very own.
 */
export function looksLikeGunicornConfig(path: string, text: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (!/\.py(?:\.\w+)?$/.test(name)) return false;
  const names = new Set<string>();
  // What stands in another file is indented as a whole.
  const content = path.includes("#") ? text.replace(/^[ \t]+/gm, "") : text;
  for (const [match] of content.matchAll(telling)) names.add(match.replace(/[ \t:=][^]*$/, ""));
  if (name.includes("gunicorn") || name.includes("guniconf")) return name.endsWith("gunicorn.conf.py") || names.size > 0;
  return [...names].filter((found) => own.has(found)).length >= 2 || (names.has("bind") && names.has("workers"));
}

