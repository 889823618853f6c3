import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { evaluateFormula, type Address, type GunicornService, type Sourced } from "@audit-backlog/model";
import { expect, it } from "vitest";
import { assembleGunicorn } from "../src/assemble/gunicorn.ts";
import { readGunicornConfig } from "../src/readers/gunicorn-config.ts";
import { commandOf, somaxconn } from "./gunicorn-commands.ts";
import { Dice } from "./gunicorn-python-generator.ts";

const cpus = 5;

/** Lets gunicorn resolve its settings for many command lines, each in a child of its own that loads its modules anew: they read the environment. */
const driver = `
import argparse, json, os, sys, ssl, shlex, inspect, multiprocessing, importlib.machinery, importlib.util, tempfile, traceback, logging, socket, http, email, urllib.parse, ctypes, signal, select, errno, fcntl, pwd, grp, html, random, textwrap, warnings, pkgutil
os.cpu_count = multiprocessing.cpu_count = lambda: ${cpus}
import gunicorn.config, gunicorn.app.base, gunicorn.app.wsgiapp
root = sys.argv[1]
names = ["workers", "threads", "backlog", "worker_connections", "timeout", "graceful_timeout", "keepalive", "max_requests", "reuse_port", "preload_app", "worker_class"]
out = []
for case in json.load(sys.stdin):
    reading, writing = os.pipe()
    errors = os.path.join(root, "stderr")
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        error = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(error, 2); os.dup2(error, 1)
        work = os.path.join(root, "work")
        os.makedirs(work, exist_ok=True)
        for name in os.listdir(work): os.unlink(os.path.join(work, name))
        for name, text in case["files"].items():
            with open(os.path.join(work, name), "w") as f: f.write(text)
        os.chdir(work)
        sys.dont_write_bytecode = True
        os.environ.clear(); os.environ.update(case["environment"])
        sys.argv = ["gunicorn"] + case["argv"]
        try:
            for module in (gunicorn.config, gunicorn.app.base, gunicorn.app.wsgiapp): importlib.reload(module)
            app = gunicorn.app.wsgiapp.WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
            answer = {name: app.cfg.settings[name].get() for name in names}
            answer["class"] = app.cfg.worker_class_str
            answer["app"] = app.app_uri
            try: answer["address"] = app.cfg.address
            except Exception as e: answer["addressError"] = str(e)
            os.write(writing, json.dumps(answer).encode())
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as f: text = f.read()
    os.waitpid(pid, 0)
    with open(errors) as f: said = f.read()
    out.append({"settings": json.loads(text) if text else None, "said": said})
json.dump(out, sys.stdout)
`;

interface Case {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

interface Answer {
  readonly settings: (Readonly<Record<string, unknown>> & { readonly address?: readonly unknown[]; readonly addressError?: string }) | null;
  readonly said: string;
}

function ask(cases: readonly Case[]): readonly Answer[] {
  const root = mkdtempSync(join(tmpdir(), "gunicorn-oracle-"));
  try {
    const run = spawnSync("/usr/bin/python3", ["-W", "ignore", "-c", driver, root], { input: JSON.stringify(cases), encoding: "utf8", maxBuffer: 1 << 28 });
    if (run.status !== 0) throw new Error(run.stderr);
    return JSON.parse(run.stdout) as readonly Answer[];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function serviceOf({ argv, environment, files }: Case): GunicornService {
  const command = commandOf(["gunicorn", ...argv], { environment, directory: "" });
  const configs = new Map(Object.entries(files).map(([path, text]) => [path, readGunicornConfig(path, text)]));
  const { services } = assembleGunicorn({ commands: [command], configs, lookup: (path) => files[path], somaxconn });
  const service = services.find(({ origin }) => origin.kind === "file" && origin.file === command.file);
  if (service === undefined) throw new Error("no service");
  return service;
}

function known(sourced: Sourced<unknown>): unknown {
  const { value } = sourced;
  if (value.kind === "exact" || value.kind === "assumed") return value.value;
  return value.kind === "formula" ? evaluateFormula(value.formula, cpus) : value.kind;
}

/** As gunicorn's parse_address gives it; our words for "every address" translated back. */
function bound(address: Sourced<Address>): unknown {
  const { value } = address;
  if (value.kind !== "exact" && value.kind !== "assumed") return value.kind;
  if (value.value.family === "unix") return value.value.path;
  if (value.value.family === "inherited") return Number(value.value.text.slice("fd://".length));
  return [value.value.host === "*" ? "0.0.0.0" : value.value.host, value.value.port];
}

const integers = ["1", "2", "3", "0", "17", "64", "2048", " 8 ", "1_0", "+4"];
const binds = [":8000", "0.0.0.0:80", "127.0.0.1", "[::1]:9000", "[::]", "unix:/run/a.sock", "unix:///run/b.sock", "unix:rel.sock", "fd://3", "tcp://0.0.0.0:81", "LOCALHOST:5000", "0.0.0.0:", "example.org"];

function argumentsOf(dice: Dice): string[] {
  const integer = (): string => (dice.chance(6) ? dice.pick(["0x40", "x", "", "2.5", "-1", "-0"]) : dice.pick(integers));
  const words: string[] = [];
  const count = dice.below(6);
  for (let i = 0; i < count; i += 1) {
    words.push(
      ...dice.pick([
        () => ["-w", integer()],
        () => [`-w${dice.pick(["3", "=4", "12"])}`],
        () => [`--workers=${integer()}`],
        () => [dice.pick(["--worker", "--workers", "--worker-co", "--worker-cl", "--threa", "--thr", "--backl", "--timeo", "--time", "--grace", "--keep", "--max-requests", "--max"]), integer()],
        () => ["--backlog", integer()],
        () => ["--threads", integer()],
        () => ["-k", dice.pick(["gevent", "sync", "gthread", "tornado", "eventlet", "gunicorn.workers.sync.SyncWorker", "my.Worker"])],
        () => ["-b", dice.pick(binds)],
        () => [`--bind=${dice.pick(binds)}`],
        () => [`-b${dice.pick(binds)}`],
        () => ["-t", integer()],
        () => ["--graceful-timeout", integer()],
        () => [dice.pick(["--keep-alive", "--max-requests", "--worker-connections"]), integer()],
        () => [dice.pick(["--preload", "--reuse-port", "--reus", "-D", "-R", "--no-sendfile", "-Dw3", "-DRt7", "--capture-output", "--reload"])],
        () => dice.pick([["--access-logfile", "-"], ["--log-level=debug"], ["--log-file", "-"], ["--error-logfile=-"], ["-n", "shop"], ["-e", "A=1"], ["--worker-tmp-dir", "/dev/shm"], ["--forwarded-allow-ips", "*"], ["--access-logformat", "%(h)s -w 3"], ["--limit-request-field_size", "3"]]),
        () => dice.pick([["-c", "other.py"], ["--config=file:other.py"], ["-c", ""], ["--conf", "./other.py"], ["-c", "python:other"]]),
        () => (dice.chance(15) ? dice.pick([["--nonsense"], ["--work=3"], ["-w"], ["stray"], ["--preload=1"]]) : []),
      ])(),
    );
  }
  if (dice.chance(90)) words.splice(dice.chance(50) ? words.length : 0, 0, dice.pick(["shop.wsgi:app", "app", "shop:create_app()"]));
  return words;
}

function configOf(dice: Dice): string {
  const lines = ["import os, multiprocessing"];
  const integer = (): string => dice.pick(["1", "4", "0", "64", "True", '"77"', '"0x4d"', "multiprocessing.cpu_count() * 2 + 1", 'os.environ.get("BACKLOG", "33")', 'int(os.environ.get("THREADS", 2))', "min(4, multiprocessing.cpu_count())"].concat(dice.chance(8) ? ["-1", "77.9", "None", '"010"', "[]", "multiprocessing.cpu_count() / 2"] : []));
  for (const name of ["workers", "threads", "backlog", "timeout", "keepalive", "max_requests", "graceful_timeout", "worker_connections"]) {
    if (dice.chance(25)) lines.push(`${name} = ${integer()}`);
  }
  if (dice.chance(15)) lines.push("BACKLOG = 77");
  if (dice.chance(40)) lines.push(`bind = ${dice.pick(binds.map((bind) => `"${bind}"`).concat(['["127.0.0.1:1", "[::1]:2"]', '" :8001 "', '("unix:/a", "unix:/b")', 'f"0.0.0.0:{os.environ.get(\'PORT\', 9999)}"', "[]", "None"]))}`);
  if (dice.chance(30)) lines.push(`worker_class = ${dice.pick(['"gthread"', '"sync"', '" gevent "', '"my.SyncWorker"'])}`);
  if (dice.chance(20)) lines.push(`reuse_port = ${dice.pick(["True", "False", '"true"', "None"])}`);
  if (dice.chance(20)) lines.push(`preload_app = ${dice.pick(["True", '" FALSE "'])}`);
  if (dice.chance(20)) lines.push('wsgi_app = "conf.app:application"');
  return `${lines.join("\n")}\n`;
}

function caseOf(seed: number): Case {
  const dice = new Dice(seed);
  const argv = argumentsOf(dice);
  const files: Record<string, string> = { "other.py": configOf(dice) };
  if (dice.chance(50)) files["gunicorn.conf.py"] = configOf(dice);
  const environment: Record<string, string> = {};
  if (dice.chance(20)) environment["WEB_CONCURRENCY"] = dice.pick(["3", " 4 ", "auto", "", "-1", "0"]);
  if (dice.chance(20)) environment["PORT"] = dice.pick(["5000", "81"]);
  if (dice.chance(20)) environment["BACKLOG"] = dice.pick(["5", "x", "0x10"]);
  if (dice.chance(20)) environment["GUNICORN_CMD_ARGS"] = dice.pick(["--backlog 99", "-w 9 --bind '0.0.0.0:7' -b \"[::1]:8\"", "--threads=3 -c other.py", "-k gevent ignored:app", "--timeout -1", "--nonsense"]);
  return { argv, environment, files };
}

function compare(wanted: Case, answer: Answer): string | undefined {
  const service = serviceOf(wanted);
  const messages = service.startFailures.map(({ message }) => message);
  const { settings } = answer;
  if (settings === null) {
    // We don't claim this one: whoever runs an image may add the application. It hides what would come later.
    if (answer.said.includes("No application module specified")) return undefined;
    if (messages.length === 0) return answer.said.includes("unrecognized arguments: --nonsense") ? undefined : `gunicorn refuses: ${answer.said.slice(0, 300)}`;
    return messages.some((message) => answer.said.includes(message)) ? undefined : `gunicorn says ${answer.said.slice(0, 300)}, we say ${messages.join("; ")}`;
  }
  if (settings.addressError !== undefined) return messages.includes(settings.addressError) ? undefined : `gunicorn says ${settings.addressError}, we say ${messages.join("; ")}`;
  if (messages.length > 0) return `gunicorn starts, we say ${messages.join("; ")}`;
  for (const [name, sourced] of Object.entries(service.settings)) {
    const expected = settings[name] ?? false;
    if (known(sourced) !== expected) return `${name}: gunicorn ${JSON.stringify(expected)}, we ${JSON.stringify(sourced.value)}`;
  }
  const [listener] = service.listeners;
  if (listener !== undefined && known(listener.backlog.requested) !== settings["backlog"]) return `backlog: gunicorn ${JSON.stringify(settings["backlog"])}, we ${JSON.stringify(listener.backlog)}`;
  const { value } = service.effectiveClass;
  const runs = value.kind === "oneOf" && value.options.length === 2 && service.settings.threads.value.kind === "formula" ? "gthread" : known(service.effectiveClass);
  const named = settings["class"] === "threads" ? "gthread" : settings["class"];
  const expected = named === "my.Worker" || named === "my.SyncWorker" ? "dynamic" : named === "gunicorn.workers.sync.SyncWorker" ? "sync" : named;
  if (runs !== expected) return `class: gunicorn ${String(named)}, we ${String(runs)}`;
  const addresses = JSON.stringify(service.listeners.map(({ address }) => bound(address)));
  // An empty host is every IPv4 address as well.
  const theirs = JSON.stringify(settings.address).replaceAll('["",', '["0.0.0.0",');
  if (addresses !== theirs) return `address: gunicorn ${theirs}, we ${addresses}`;
  const app = settings["app"];
  return typeof app === "string" && service.name === `gunicorn ${app.replace(/:.*/, "")}` ? undefined : `app: gunicorn ${String(app)}, we ${service.name}`;
}

describeWith(["gunicorn", "python3"], "command lines and configuration files, against gunicorn itself", () => {
  it("resolves 400 generated command lines, environments and files to the same settings", () => {
    const cases = Array.from({ length: 400 }, (_, seed) => caseOf(seed + 1));
    const answers = ask(cases);
    const started = answers.filter(({ settings }) => settings !== null).length;
    const failures = cases.flatMap((wanted, i) => {
      const answer = answers[i];
      const wrong = answer === undefined ? "no answer" : compare(wanted, answer);
      return wrong === undefined ? [] : [`${wrong}\n  ${JSON.stringify(wanted)}`];
    });
    expect(failures.slice(0, 5).join("\n\n")).toBe("");
    expect(started).toBeGreaterThan(150);
    expect(answers.length - started).toBeGreaterThan(30);
  }, 300_000);
});
