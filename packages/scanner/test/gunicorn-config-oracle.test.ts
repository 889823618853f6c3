import { spawnSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import { evaluateFormula, type Sourced } from "@audit-backlog/model";
import { expect, it } from "vitest";
import type { PythonValue } from "../src/facts.ts";
import { readGunicornConfig } from "../src/readers/gunicorn-config.ts";
import { boundNames, parsePython } from "../src/readers/python/tree.ts";
import { Dice, ModuleWriter } from "./gunicorn-python-generator.ts";

const cpus = 7;

/** Runs our own generated modules with the environment and the CPUs that we say, and prints what their names hold. */
const driver = `
import ast, json, os, sys, multiprocessing
os.cpu_count = multiprocessing.cpu_count = lambda: ${cpus}
os.sched_getaffinity = lambda pid: set(range(${cpus}))
def plain(v):
    if v is None or isinstance(v, (bool, str)): return v
    if isinstance(v, int): return v if abs(v) < 2**53 else {"big": True}
    if isinstance(v, float): return {"float": repr(v)}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    return {"other": True}
def bound(body):
    names = set()
    class V(ast.NodeVisitor):
        def visit_FunctionDef(self, n): names.add(n.name)
        def visit_ClassDef(self, n): names.add(n.name)
        def visit_Lambda(self, n): pass
        def visit_Name(self, n):
            if isinstance(n.ctx, ast.Store): names.add(n.id)
        def visit_AnnAssign(self, n):
            if n.value is not None: self.generic_visit(n)
        def visit_alias(self, n): names.add((n.asname or n.name).split(".")[0])
        def visit_ExceptHandler(self, n):
            if n.name: names.add(n.name)
            self.generic_visit(n)
        def visit_MatchAs(self, n):
            if n.name: names.add(n.name)
            self.generic_visit(n)
        def walruses(self, n):
            for x in ast.walk(n):
                if isinstance(x, ast.NamedExpr): names.add(x.target.id)
        visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = walruses
        def visit_MatchStar(self, n):
            if n.name: names.add(n.name)
    V().visit(body)
    return sorted(names)
real = sys.stdout
out = []
for case in json.load(sys.stdin):
    text = case["text"]
    try:
        tree = ast.parse(text.lstrip("\\ufeff"))
    except SyntaxError as e:
        out.append({"syntax": str(e)}); continue
    os.environ.clear(); os.environ.update(case["environment"])
    space = {"__name__": "__config__"}
    sys.stdout = open(os.devnull, "w")
    try:
        exec(compile(text.lstrip("\\ufeff"), "generated", "exec"), space)
        raised = None
    except Exception as e:
        raised = repr(e)
    sys.stdout = real
    out.append({"names": bound(tree), "raised": raised, "values": {k: plain(v) for k, v in space.items() if not k.startswith("__")}})
json.dump(out, sys.stdout)
`;

interface Answer {
  readonly syntax?: string;
  readonly names?: readonly string[];
  readonly raised?: string | null;
  readonly values?: Readonly<Record<string, unknown>>;
}

interface Case {
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
}

function ask(cases: readonly Case[]): readonly Answer[] {
  const run = spawnSync("/usr/bin/python3", ["-W", "ignore", "-c", driver], { input: JSON.stringify(cases), encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as readonly Answer[];
}

function entries(environment: Readonly<Record<string, string>>): ReadonlyMap<string, Sourced<string>> {
  return new Map(Object.entries(environment).map(([name, value]) => [name, { value: { kind: "exact", value }, origin: { kind: "option", flag: name } }]));
}

function shown(value: PythonValue): unknown {
  if (Array.isArray(value)) return (value as readonly PythonValue[]).map(shown);
  return typeof value === "object" && value !== null && "float" in value ? { float: value.float } : value;
}

/** Python's float text as a number. */
function read(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(read);
  return typeof value === "object" && value !== null && "float" in value && typeof value.float === "string" ? { float: Number(value.float) } : value;
}

const claims = { exact: 0, assumed: 0, formula: 0, oneOf: 0, dynamic: 0 };

/** Fails where we claim something that Python contradicts. */
function check(name: string, sourced: Sourced<PythonValue>, held: boolean, value: unknown, mayBeUnset: boolean): string | undefined {
  claims[sourced.value.kind] += 1;
  const options = sourced.value.kind === "oneOf" ? sourced.value.options.map((option) => option.value) : [sourced.value];
  if (!held) return mayBeUnset || options.some(({ kind }) => kind === "dynamic") ? undefined : `${name} is not bound`;
  const fits = options.some((option) => {
    if (option.kind === "dynamic") return true;
    if (option.kind !== "formula") return JSON.stringify(shown(option.value)) === JSON.stringify(read(value)).replaceAll("-0}", "0}");
    const number = evaluateFormula(option.formula, cpus);
    const isFloat = typeof value === "object" && value !== null && "float" in value;
    if (isFloat !== (option.formula.op === "/") && option.formula.op !== "min" && option.formula.op !== "max") return false;
    const real = isFloat ? Number(value.float) : Number(value);
    return Math.abs(number - real) <= 1e-9 * Math.max(1, Math.abs(real));
  });
  return fits ? undefined : `${name}: ${JSON.stringify(sourced.value)} but Python holds ${JSON.stringify(value)}`;
}

interface Comparison {
  readonly failures: readonly string[];
  /** Modules that ran to their end and were compared; that raised; that are no Python; statements of ours left out. */
  readonly counts: { compared: number; raised: number; broken: number; refused: number };
}

function compareAll(cases: readonly Case[]): Comparison {
  const answers = ask(cases);
  const failures: string[] = [];
  const counts = { compared: 0, raised: 0, broken: 0, refused: 0 };
  for (const [i, { text, environment }] of cases.entries()) {
    const ours = readGunicornConfig("gunicorn.conf.py", text, entries(environment));
    const answer = answers[i];
    if (answer?.names === undefined || answer.values === undefined) {
      counts.broken += 1;
      continue;
    }
    counts.refused += ours.problems.length;
    const extra = ours.problems.length > 0 ? [] : [...ours.settings.keys()].filter((name) => answer.names?.includes(name) !== true);
    if (extra.length > 0) failures.push(`case ${i + 1}: Python binds no ${extra.join(", ")}\n${text}`);
    if (answer.raised !== null) {
      counts.raised += 1;
      continue;
    }
    counts.compared += 1;
    for (const [name, value] of Object.entries(answer.values)) {
      const sourced = ours.settings.get(name);
      // What a refused pattern captures is of no use to anyone.
      if (sourced === undefined && ours.problems.length > 0 && ["first", "rest", "whatever"].includes(name)) continue;
      const wrong = sourced === undefined ? `${name} is missing` : check(name, sourced, true, value, false);
      if (wrong !== undefined) failures.push(`case ${i + 1}: ${wrong}\n${text}`);
    }
    for (const [name, sourced] of ours.settings) {
      if (name in answer.values) continue;
      const wrong = check(name, sourced, false, undefined, ours.unsetWhen.has(name));
      if (wrong !== undefined) failures.push(`case ${i + 1}: ${wrong}\n${text}`);
    }
  }
  return { failures, counts };
}

const environments = [{}, {}, { WEB_CONCURRENCY: "4", PORT: "9000" }, { DEBUG: "1", BACKLOG: "77", APP_ENV: "prod" }];

describeWith(["python3"], "configuration files, against CPython", () => {
  it("never claims of 800 generated modules what Python contradicts", () => {
    const cases = Array.from({ length: 800 }, (_, seed): Case => {
      const dice = new Dice(seed + 1);
      return { text: new ModuleWriter(dice).module(), environment: dice.pick(environments) };
    });
    const { failures, counts } = compareAll(cases);
    expect(failures.slice(0, 3).join("\n\n")).toBe("");
    expect(counts.broken).toBe(0);
    expect(counts.compared, JSON.stringify(counts)).toBeGreaterThan(300);
    // The parser does not take every valid statement: a comparison after `match`, for one.
    expect(counts.refused).toBeLessThan(cases.length / 10);
    // More than "who knows" is claimed.
    expect(claims.exact).toBeGreaterThan(1000);
    expect(claims.formula).toBeGreaterThan(50);
    expect(claims.oneOf).toBeGreaterThan(100);
  });

  it("nor of 600 modules that lost or doubled a character, where they are still Python", () => {
    const cases = Array.from({ length: 600 }, (_, seed): Case => {
      const dice = new Dice(seed + 10_001);
      const text = new ModuleWriter(dice).module();
      const at = dice.below(text.length);
      return { text: dice.chance(50) ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at + 1) + text.slice(at), environment: dice.pick(environments) };
    });
    const { failures, counts } = compareAll(cases);
    expect(failures.slice(0, 3).join("\n\n")).toBe("");
    expect(counts.broken, JSON.stringify(counts)).toBeGreaterThan(50);
    expect(counts.compared).toBeGreaterThan(100);
  });
});

describeWith(["python3"], "the parser, against CPython's", () => {
  it("binds the same module-level names in the standard library's modules", () => {
    const script = `${driver.slice(0, driver.indexOf("real = sys.stdout"))}
import glob, sysconfig
out = []
for path in sorted(glob.glob(sysconfig.get_paths()["stdlib"] + "/*.py"))[:150]:
    with open(path, newline="", encoding="utf8", errors="replace") as f: text = f.read()
    try: out.append({"path": path, "text": text, "names": bound(ast.parse(text))})
    except SyntaxError: pass
json.dump(out, sys.stdout)
`;
    const run = spawnSync("/usr/bin/python3", ["-W", "ignore", "-c", script], { encoding: "utf8", maxBuffer: 1 << 28 });
    const modules = JSON.parse(run.stdout) as readonly { readonly path: string; readonly text: string; readonly names: readonly string[] }[];
    expect(modules.length).toBeGreaterThan(100);
    let clean = 0;
    for (const { path, text, names } of modules) {
      const python = parsePython(text.replaceAll("\r\n", "\n"));
      if (python === undefined || python.hasError(0, text.length)) continue;
      clean += 1;
      expect([...boundNames(python.tree.topNode, python.text)].sort(), path).toEqual(names.filter((name) => name !== "*").sort());
    }
    expect(clean).toBeGreaterThan(modules.length * 0.9);
  });
});
