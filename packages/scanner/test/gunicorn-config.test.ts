import { describe, expect, it } from "vitest";
import type { Sourced } from "@audit-backlog/model";
import { looksLikeGunicornConfig, readGunicornConfig } from "../src/readers/gunicorn-config.ts";

function valueIn(text: string, name: string, environment?: Readonly<Record<string, string>>): unknown {
  const entries = new Map(Object.entries(environment ?? {}).map(([key, value]): [string, Sourced<string>] => [key, { value: { kind: "exact", value }, origin: { kind: "option", flag: key } }]));
  return readGunicornConfig("gunicorn.conf.py", text, entries).settings.get(name)?.value;
}

describe("readGunicornConfig", () => {
  it("says where a value stands, by the file's own offsets", () => {
    const text = "\uFEFF# c\r\nBACKLOG = 64\r\nbacklog = BACKLOG\r\n";
    const { settings } = readGunicornConfig("a.py", text);
    const backlog = settings.get("backlog");
    expect(backlog?.value).toEqual({ kind: "exact", value: 64 });
    expect(backlog?.origin).toMatchObject({ kind: "file", file: "a.py", range: { start: { offset: text.indexOf("64"), line: 2, column: 11 } } });
    expect(backlog?.via).toMatchObject([{ range: { start: { offset: text.lastIndexOf("BACKLOG"), line: 3, column: 11 } } }]);
    expect(backlog?.text).toBe("64");
  });

  it("keeps what hangs on an environment variable apart", () => {
    expect(valueIn('import os\nworkers = int(os.environ.get("W", 4))', "workers")).toEqual({ kind: "assumed", value: 4, variable: "W" });
    expect(valueIn('import os\nworkers = os.environ["W"]', "workers")).toEqual({ kind: "dynamic", variable: "W" });
    expect(valueIn('import os\nworkers = os.getenv("W")', "workers")).toEqual({ kind: "dynamic", variable: "W" });
    expect(valueIn('import os\nworkers = int(os.getenv("W") or 3)', "workers")).toEqual({ kind: "assumed", value: 3, variable: "W" });
    expect(valueIn('from decouple import config\nworkers = config("W", default="4", cast=int)', "workers")).toEqual({ kind: "assumed", value: 4, variable: "W" });
    expect(valueIn('import environ\nenv = environ.Env()\nworkers = env.int("W", default=6)', "workers")).toEqual({ kind: "assumed", value: 6, variable: "W" });
    expect(valueIn('import os\nworkers = int(os.environ.get("W", 4)) * 2', "workers", { W: "5" })).toEqual({ kind: "exact", value: 10 });
  });

  it("keeps formulas, with the variable that may replace them", () => {
    const formula = { op: "+", operands: [{ op: "*", operands: [{ op: "cpus" }, { op: "number", value: 2 }] }, { op: "number", value: 1 }] };
    expect(valueIn("import multiprocessing as m\nworkers = m.cpu_count() * 2 + 1", "workers")).toEqual({ kind: "formula", formula });
    const least = { op: "min", operands: [{ op: "cpus" }, { op: "number", value: 12 }] };
    expect(valueIn("import multiprocessing\nworkers = min([multiprocessing.cpu_count(), 12])", "workers")).toEqual({ kind: "formula", formula: least });
    expect(valueIn('import os\nfrom multiprocessing import cpu_count\nworkers = int(os.environ.get("W") or cpu_count() * 2 + 1)', "workers")).toEqual({ kind: "formula", formula, variable: "W" });
  });

  it("reads the configuration of the well-known FastAPI image", () => {
    // The shape of its gunicorn_conf.py: the number of workers hangs on three variables.
    const text = `import multiprocessing, os
per_core_text = os.getenv("WORKERS_PER_CORE", "1")
most_text = os.getenv("MAX_WORKERS")
most = None
if most_text:
    most = int(most_text)
concurrency_text = os.getenv("WEB_CONCURRENCY", None)
cores = multiprocessing.cpu_count()
default = float(per_core_text) * cores
if concurrency_text:
    concurrency = int(concurrency_text)
    assert concurrency > 0
else:
    concurrency = max(int(default), 2)
    if most:
        concurrency = min(concurrency, most)
workers = concurrency
`;
    const max = { op: "max", operands: [{ op: "*", operands: [{ op: "number", value: 1 }, { op: "cpus" }] }, { op: "number", value: 2 }] };
    expect(valueIn(text, "workers")).toMatchObject({ kind: "oneOf", options: expect.arrayContaining([
      { value: { kind: "dynamic", variable: "WEB_CONCURRENCY" }, when: "if concurrency_text" },
      { value: { kind: "formula", formula: max, variable: "WORKERS_PER_CORE" }, when: "else, otherwise" },
    ]) as unknown });
    expect(valueIn(text, "workers", { WEB_CONCURRENCY: "6" })).toEqual({ kind: "exact", value: 6 });
  });

  it("tells branches apart by their own words, and knows what two of them share", () => {
    const text = 'import os\nif os.environ.get("DEBUG"):\n    a = 1\n    b = 10\nelse:\n    a = 2\n    b = 20\nworkers = a + b\n';
    expect(valueIn(text, "workers")).toEqual({ kind: "oneOf", options: [
      { value: { kind: "exact", value: 11 }, when: 'if os.environ.get("DEBUG")' },
      { value: { kind: "exact", value: 22 }, when: "else" },
    ] });
    const { settings, unsetWhen } = readGunicornConfig("g.py", 'import os\nif os.environ.get("DEBUG"):\n    backlog = 64\n');
    expect(settings.get("backlog")?.value).toEqual({ kind: "oneOf", options: [{ value: { kind: "exact", value: 64 }, when: 'if os.environ.get("DEBUG")' }] });
    expect(unsetWhen.get("backlog")).toBe("otherwise");
  });

  it("evaluates the right of a tuple before it binds the left", () => {
    expect(valueIn("a = 1\na, workers = 2 + x, a + 1", "workers")).toEqual({ kind: "exact", value: 2 });
  });

  it("claims nothing of statements that are no Python, and reads on", () => {
    const { settings, problems } = readGunicornConfig("g.py", "workers = (2 *\nbacklog = 512\nthreads = 3\n");
    expect(settings.get("workers")?.value).toEqual({ kind: "dynamic" });
    expect(settings.get("backlog")?.value).toEqual({ kind: "dynamic" });
    expect(settings.get("threads")?.value).toEqual({ kind: "exact", value: 3 });
    expect(problems).toMatchObject([{ file: "g.py", range: { start: { line: 1 } } }]);
  });

  it("claims nothing of statements that the parser took out of their block", () => {
    const text = 'backlog = 2\nmatch 1 == 123456789012345678901234567890:\n    case "prod" | 1:\n        backlog |= 1\nthreads = 3\n';
    expect(valueIn(text, "backlog")).toEqual({ kind: "dynamic" });
    expect(valueIn(text, "threads")).toEqual({ kind: "exact", value: 3 });
  });

  it("keeps out of functions, classes and texts", () => {
    const text = 'backlog = 1\n"""\nbacklog = 2\n"""\ndef f():\n    backlog = 3\nclass C:\n    backlog = 4\n';
    expect(valueIn(text, "backlog")).toEqual({ kind: "exact", value: 1 });
  });

  it.each([
    ["workers = {{ workers }}", "workers"],
    ['bind = "{{ host }}:8000"', "bind"],
    ["backlog = <%= backlog %>", "backlog"],
    ["backlog = yield 3", "backlog"],
    ['backlog = "unterminated', "backlog"],
    ["backlog = 10 ** 10 ** 10", "backlog"],
    ["backlog = 010", "backlog"],
    ["backlog = [1]\nbacklog.append(2)", "backlog"],
    ["a = backlog = [1]\na += [2]", "backlog"],
    ["for backlog in (1, 2): pass\nelse: backlog = f()", "backlog"],
  ])("%j is not known", (text, name) => {
    const value = valueIn(text, name);
    const known = JSON.stringify(value);
    expect(known).toContain('"dynamic"');
    expect(known).not.toContain('"exact"');
  });

  it.each([
    ["for k, v in x:\n    locals()[k] = v", "locals()"],
    ["exec(open('x').read())", "exec()"],
    ["from base import *", "from base import *"],
    ["def f():\n    global workers\n    workers = 3\nf()", "global"],
    ["{% if x %}\nworkers = 2\n{% endif %}", "template"],
  ])("%j leaves the file open", (text, reason) => {
    expect(readGunicornConfig("g.py", text).open).toContain(reason);
  });

  it("is not open for locals() in a function", () => {
    expect(readGunicornConfig("g.py", "def f():\n    return locals()\nworkers = 2").open).toBeUndefined();
  });

  it("tells floats from ints", () => {
    expect(valueIn("workers = 4 / 2", "workers")).toEqual({ kind: "exact", value: { float: 2 } });
    expect(valueIn("workers = 4 // 2", "workers")).toEqual({ kind: "exact", value: 2 });
  });

  it.each([
    ["deep brackets", `x = ${"(".repeat(100_000)}1${")".repeat(100_000)}\nworkers = 2\n`],
    ["a long sum", `x = ${"1 + ".repeat(20_000)}1\nworkers = 2\n`],
    ["many conditionals", Array.from({ length: 3000 }, (_, i) => `if c${i}:\n    workers = ${i}\n    n${i} = 1\n`).join("")],
    ["many names", Array.from({ length: 20_000 }, (_, i) => `n${i} = ${i}\n`).join("")],
    ["doubling", `a = "xxxxxxxx"\n${"a = a + a\n".repeat(200)}workers = 2\n`],
    ["a long call chain", `workers = a${".b()".repeat(5000)}\n`],
    ["a long line of statements that are none", "elif ".repeat(100_000)],
    ["a long line of templates", "{{".repeat(50_000)],
    ["binary", "\u0000\uFFFD\u0001=\n".repeat(2000)],
  ])("stays quick with %s", (_, text) => {
    const begin = performance.now();
    readGunicornConfig("g.py", text);
    expect(performance.now() - begin).toBeLessThan(15_000);
  });
});

describe("looksLikeGunicornConfig", () => {
  it.each([
    ["gunicorn.conf.py", "", true],
    ["deploy/gunicorn_config.py", "workers = 2\n", true],
    ["config/prod_gunicorn.py", "bind = ':80'\n", true],
    ["conf/web.py", "bind = ':80'\nworkers = 3\n", true],
    ["conf/web.py", "worker_class = 'gevent'\nmax_requests = 3\n", true],
    ["gunicorn_helpers.py", "def start(): pass\n", false],
    ["app.py", "timeout = 3\nworkers = 2\n", false],
    ["app.py", "def f():\n    bind = 1\n    workers = 2\n", false],
    ["gunicorn.md", "workers = 2\n", false],
  ])("%s %j: %s", (path, text, answer) => {
    expect(looksLikeGunicornConfig(path, text)).toBe(answer);
  });
});
