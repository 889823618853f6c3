import { describe, expect, it } from "vitest";
import type { GunicornService } from "@audit-backlog/model";
import { assembleGunicorn } from "../src/assemble/gunicorn.ts";
import { parseAddress } from "../src/assemble/gunicorn-listeners.ts";
import type { CommandLine } from "../src/facts.ts";
import { parseGunicornCommand, shellWords } from "../src/readers/gunicorn-command.ts";
import { readGunicornConfig } from "../src/readers/gunicorn-config.ts";
import { commandOf, somaxconn } from "./gunicorn-commands.ts";

function assemble(commands: readonly CommandLine[], files: Readonly<Record<string, string>> = {}): ReturnType<typeof assembleGunicorn> {
  const configs = new Map(Object.entries(files).map(([path, text]) => [path, readGunicornConfig(path, text)]));
  return assembleGunicorn({ commands, configs, lookup: (path) => files[path], somaxconn });
}

function only(commands: readonly CommandLine[], files: Readonly<Record<string, string>> = {}): GunicornService {
  const [service] = assemble(commands, files).services;
  if (service === undefined) throw new Error("no service");
  return service;
}

function run(...words: Parameters<typeof commandOf>[0]): GunicornService {
  return only([commandOf(words)]);
}

describe("parseGunicornCommand", () => {
  it.each([
    ["exec gunicorn app:app"],
    ["env A=1 B=2 gunicorn app:app"],
    ["python3 -m gunicorn app:app"],
    ["python -u -m gunicorn.app.wsgiapp app:app"],
    ["poetry run gunicorn app:app"],
    ["uv run gunicorn app:app"],
    ["pipenv run gunicorn app:app"],
    ["newrelic-admin run-program gunicorn app:app"],
    ["ddtrace-run gunicorn app:app"],
    ["opentelemetry-instrument gunicorn app:app"],
    ["dumb-init gunicorn app:app"],
    ["tini -- gunicorn app:app"],
    ["nice -n 5 /opt/venv/bin/gunicorn app:app"],
    ["gunicorn3 app:app"],
  ])("finds gunicorn in: %s", (line) => {
    const words = line.split(" ");
    expect(parseGunicornCommand(commandOf(words))?.app?.value).toEqual({ kind: "exact", value: "app:app" });
  });

  it.each([["pip install gunicorn"], ["echo gunicorn app:app"], ["gunicorn --version"], ["gunicorn --check-config app:app"], ["uvicorn app:app"], ["pkill gunicorn"]])("does not take for a server: %s", (line) => {
    expect(parseGunicornCommand(commandOf(line.split(" ")))).toBeUndefined();
  });

  it("keeps what is only known at run time to the option that it belongs to", () => {
    const service = run("gunicorn", "-w", { value: { kind: "dynamic", variable: "W" }, text: "$W" }, { value: { kind: "dynamic", variable: "T" }, text: "--threads=$T" }, { value: { kind: "assumed", value: "--backlog=64", variable: "B" }, text: "--backlog=${B:-64}" }, "app");
    expect(service.settings.workers.value).toEqual({ kind: "dynamic", variable: "W" });
    expect(service.settings.threads.value).toEqual({ kind: "dynamic", variable: "T" });
    expect(service.listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 64, variable: "B" });
    expect(service.name).toBe("gunicorn app");
    expect(service.effectiveClass.value).toMatchObject({ kind: "oneOf", options: [{ value: { value: "sync" } }, { value: { value: "gthread" } }] });
  });

  it("takes nothing for certain beside a word that may hold any option", () => {
    const service = run("gunicorn", "-w", "4", { value: { kind: "dynamic", variable: "OPTS" }, text: "$OPTS" }, "app:app");
    expect(service.settings.workers.value).toEqual({ kind: "assumed", value: 4 });
    expect(service.name).toBe("gunicorn app");
    expect(service.listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 2048 });
  });

  it.each([
    ["options that the script puts together", ["app:app", { value: { kind: "dynamic" }, text: "$ARGS" }]],
    ["what a script is called with behind a variable", [{ value: { kind: "dynamic", variable: "OPTS" }, text: "$OPTS" }, { value: { kind: "dynamic" }, text: '"$@"' }]],
    ["nothing but what a script is called with", [{ value: { kind: "dynamic" }, text: '"$@"' }]],
  ] satisfies [string, Parameters<typeof commandOf>[0]][])("takes no default for granted beside %s", (_, words) => {
    const service = run("gunicorn", "-w", "4", ...words);
    expect(service.settings.workers.value).toEqual({ kind: "assumed", value: 4 });
    expect(service.settings.threads.value).toEqual({ kind: "dynamic" });
    expect(service.listeners).toMatchObject([{ address: { value: { kind: "dynamic" } }, backlog: { requested: { value: { kind: "dynamic" } } } }]);
  });

  it("takes defaults beside what a script is called with where the application is named", () => {
    const service = run("gunicorn", "app:app", { value: { kind: "dynamic" }, text: '"$@"' });
    expect(service.listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 2048 });
  });

  it.each([
    ["$NAME.wsgi:application", { kind: "dynamic", variable: "NAME" }],
    ["{{ project }}.wsgi", { kind: "dynamic" }],
    ["$MODULE", { kind: "oneOf", options: [{ value: { kind: "exact", value: "main:app" }, when: "if" }, { value: { kind: "exact", value: "app.main:app" }, when: "else" }] }],
  ] as const)("takes %s for an application, not for options", (text, value) => {
    const service = run("gunicorn", "-w", "4", { text, value });
    expect(service.settings.workers.value).toEqual({ kind: "exact", value: 4 });
    expect(service.name).toBe(`gunicorn ${text}`);
  });

  it("points at the value of a glued option", () => {
    const { origin } = run("gunicorn", "--backlog=64", "app").listeners[0]?.backlog.requested ?? {};
    expect(origin).toMatchObject({ kind: "file", range: { start: { offset: 19, column: 20 }, end: { offset: 21 } } });
  });

  it("reports options that nobody knows, and reads on", () => {
    const { services, problems } = assemble([commandOf(["gunicorn", "--no-such", "-w", "3", "app"])]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toContain("--no-such");
    expect(services[0]?.settings.workers.value).toEqual({ kind: "exact", value: 3 });
  });

  it("knows options of later versions, so that their values are not taken for the application", () => {
    expect(run("gunicorn", "--dirty-workers", "2", "--control-socket", "/tmp/c", "--proxy-protocol", "app:app").name).toBe("gunicorn app");
    expect(run("gunicorn", "--proxy-protocol", "v2", "app:app").name).toBe("gunicorn app");
  });

  it("splits GUNICORN_CMD_ARGS as Python's shlex does", () => {
    expect(shellWords(`-b 'a b' "c \\"d\\" \\n" e\\ f ''`)).toEqual(["-b", "a b", 'c "d" \\n', "e f", ""]);
  });
});

describe("assembleGunicorn", () => {
  it("names the source of every default", () => {
    const service = run("gunicorn", "shop.wsgi:application");
    expect(service).toMatchObject({ kind: "gunicorn", name: "gunicorn shop.wsgi", id: "gunicorn:Procfile:web", startFailures: [] });
    expect(service.settings.workers).toEqual({ value: { kind: "assumed", value: 1, variable: "WEB_CONCURRENCY" }, origin: { kind: "default", of: "gunicorn", source: "gunicorn/config.py class Workers" } });
    const [listener] = service.listeners;
    expect(listener).toMatchObject({
      id: "gunicorn:Procfile:web#127.0.0.1:8000",
      address: { value: { kind: "assumed", value: { family: "tcp", host: "127.0.0.1", port: 8000 }, variable: "PORT" } },
      backlog: { requested: { value: { kind: "assumed", value: 2048 }, origin: { source: "gunicorn/config.py class Backlog" } }, reading: "default", serverDefault: 2048, ignored: [] },
      queuePerWorker: { value: { kind: "assumed", value: false } },
      somaxconn,
    });
  });

  it("refuses what gunicorn refuses, in its words", () => {
    expect(run("gunicorn", "--backlog", "-1", "a").startFailures).toMatchObject([{ kind: "invalid-backlog", message: "Value must be positive: -1" }]);
    expect(run("gunicorn", "--backlog", "0x40", "a").startFailures).toMatchObject([{ kind: "invalid-backlog", message: "argument --backlog: invalid int value: '0x40'" }]);
    const refused = only([commandOf(["gunicorn", "a"])], { "gunicorn.conf.py": "backlog = -5\n" });
    expect(refused.startFailures).toMatchObject([{ kind: "invalid-backlog", message: "Value must be positive: -5", origin: { file: "gunicorn.conf.py", range: { start: { line: 1, column: 11 } } } }]);
    expect(refused.listeners[0]?.backlog).toMatchObject({ reading: "refused", requested: { value: { kind: "assumed", value: 2048 } }, written: { value: { value: "-5" } } });
    const zero = run("gunicorn", "--backlog", "0", "a");
    expect(zero.startFailures).toEqual([]);
    expect(zero.listeners[0]?.backlog).toMatchObject({ reading: "explicit", requested: { value: { kind: "exact", value: 0 } } });
  });

  it("says that True and texts are converted", () => {
    expect(only([commandOf(["gunicorn", "a"])], { "gunicorn.conf.py": "backlog = True\n" }).listeners[0]?.backlog).toMatchObject({ reading: "coerced", requested: { value: { kind: "exact", value: 1 } }, written: { value: { value: "True" } } });
  });

  it.each([
    [["-k", "gevent"], "exact", "gevent"],
    [["--threads", "8"], "assumed", "gthread"],
    [["-k", "sync", "--threads", "8"], "exact", "gthread"],
    [["-k", "gunicorn.workers.sync.SyncWorker", "--threads", "1"], "exact", "sync"],
    [["-k", "egg:gunicorn#gevent"], "exact", "gevent"],
    [["-k", "uvicorn.workers.UvicornH11Worker"], "exact", "uvicorn"],
    [["-k", "uvicorn_worker.UvicornWorker"], "exact", "uvicorn"],
    [["-k", "gevent_pywsgi"], "exact", "gevent"],
    [["-k", "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"], "exact", "gevent"],
  ])("%j runs %s %s", (options, kind, name) => {
    expect(run("gunicorn", ...options, "a").effectiveClass.value).toEqual({ kind, value: name });
  });

  it("does not know the classes of others", () => {
    expect(run("gunicorn", "-k", "shop.workers.Worker", "a").effectiveClass.value).toEqual({ kind: "dynamic" });
  });

  // As ss shows with gunicorn 26.2 and aiohttp 3.14.
  it.each([
    ["asgi", 100, "the asgi worker calls listen() again with asyncio's default of 100"],
    ["aiohttp.GunicornWebWorker", 128, "the aiohttp worker calls listen() again with aiohttp's default of 128"],
    ["aiohttp.worker.GunicornUVLoopWebWorker", 128, "the aiohttp worker calls listen() again with aiohttp's default of 128"],
  ])("knows that %s listens with %i, whatever is asked", (name, backlog, because) => {
    expect(run("gunicorn", "-k", name, "--backlog", "1500", "a").listeners[0]?.backlog).toMatchObject({
      requested: { value: { kind: "exact", value: backlog } },
      reading: "default",
      ignored: [{ reason: "gunicorn-worker", because, setting: { value: { kind: "exact", value: 1500 } } }],
    });
    expect(run("gunicorn", "-k", name, "a").listeners[0]?.backlog.ignored).toEqual([]);
  });

  // gunicorn starts with 2147483647; with one more, listen() raises an OverflowError.
  it("refuses a backlog that does not fit a C int, wherever it stands", () => {
    const failure = { kind: "invalid-backlog", message: "signed integer is greater than maximum", passesConfigTest: true };
    expect(run("gunicorn", "--backlog", "2147483647", "a").startFailures).toEqual([]);
    expect(run("gunicorn", "--backlog", "2147483648", "a")).toMatchObject({ startFailures: [failure], listeners: [{ backlog: { reading: "refused" } }] });
    const files = { "gunicorn.conf.py": "backlog = 2 ** 31\n" };
    expect(only([commandOf(["gunicorn", "a"])], files).startFailures).toMatchObject([{ ...failure, origin: { file: "gunicorn.conf.py" } }]);
    expect(only([commandOf(["gunicorn", "--backlog", "64", "a"])], files).startFailures).toEqual([]);
  });

  it("binds every address for an empty one of the command line, none for one of a file", () => {
    expect(run("gunicorn", "-b", "", "a").listeners).toMatchObject([{ address: { value: { kind: "exact", value: { host: "*", port: 8000 } } } }]);
    expect(only([commandOf(["gunicorn", "a"])], { "gunicorn.conf.py": 'bind = ""\n' }).listeners).toEqual([]);
  });

  it("knows that uvicorn's worker makes 2048 of 0", () => {
    expect(run("gunicorn", "-k", "uvicorn.workers.UvicornWorker", "--backlog", "0", "a").listeners[0]?.backlog).toMatchObject({ requested: { value: { kind: "exact", value: 2048 } }, reading: "fallback", written: { value: { value: "0" } } });
  });

  it("lets the version decide about reuse_port, but not on unix sockets", () => {
    const service = run("gunicorn", "--reuse-port", "-b", ":80", "-b", "unix:/run/a.sock", "a");
    expect(service.listeners.map(({ queuePerWorker }) => queuePerWorker.value)).toMatchObject([
      { kind: "oneOf", options: [{ value: { value: true }, when: "with gunicorn 24 or newer" }, { value: { value: false }, when: "with gunicorn up to 23" }] },
      { kind: "exact", value: false },
    ]);
  });

  it("follows gunicorn's precedence", () => {
    const files = { "gunicorn.conf.py": "workers = 2\nthreads = 2\nbacklog = 2\ntimeout = 2\n" };
    const service = only([commandOf(["gunicorn", "--backlog", "4", "a"], { environment: { WEB_CONCURRENCY: "9", GUNICORN_CMD_ARGS: "--backlog 3 --threads 3" } })], files);
    expect(service.listeners[0]?.backlog.requested.value).toEqual({ kind: "exact", value: 4 });
    expect(service.settings.threads.value).toEqual({ kind: "exact", value: 3 });
    expect(service.settings.workers.value).toEqual({ kind: "exact", value: 2 });
    expect(service.settings.timeout.value).toEqual({ kind: "exact", value: 2 });
  });

  it("reads the configuration in the command's environment", () => {
    const files = { "gunicorn.conf.py": 'import os\nworkers = int(os.environ.get("WEB_CONCURRENCY", 2)) * 2\n' };
    expect(only([commandOf(["gunicorn", "a"], { environment: { WEB_CONCURRENCY: "4" } })], files).settings.workers.value).toEqual({ kind: "exact", value: 8 });
    expect(only([commandOf(["gunicorn", "a"])], files).settings.workers.value).toEqual({ kind: "assumed", value: 4, variable: "WEB_CONCURRENCY" });
  });

  it("puts the default where a branch of the file leaves a setting unset", () => {
    const files = { "gunicorn.conf.py": "if X:\n    backlog = 64\n" };
    expect(only([commandOf(["gunicorn", "a"])], files).listeners[0]?.backlog.requested.value).toEqual({ kind: "oneOf", options: [
      { value: { kind: "exact", value: 64 }, when: "if X" },
      { value: { kind: "assumed", value: 2048 }, when: "otherwise" },
    ] });
  });

  it("takes nothing of an open file for certain", () => {
    const files = { "gunicorn.conf.py": "backlog = 64\nfor k, v in x:\n    locals()[k] = v\n" };
    expect(only([commandOf(["gunicorn", "a"])], files).listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 64 });
  });

  describe("finds the configuration file", () => {
    const image = { directory: undefined, file: "backend/Dockerfile", kind: "dockerfile" } as const;

    it("that -c names, relative to the start directory", () => {
      const service = only([commandOf(["gunicorn", "-c", "conf/g.py", "a"], { directory: "backend" })], { "backend/conf/g.py": "workers = 7\n" });
      expect(service.settings.workers.value).toEqual({ kind: "exact", value: 7 });
    });

    it("of a module", () => {
      const service = only([commandOf(["gunicorn", "-c", "python:conf.g", "a"], { directory: "backend" })], { "backend/conf/g.py": "workers = 7\n" });
      expect(service.settings.workers.value).toEqual({ kind: "exact", value: 7 });
    });

    it("behind a path of an image, where one file fits", () => {
      const service = only([commandOf(["gunicorn", "-c", "/app/conf/g.py", "a"], image)], { "backend/conf/g.py": "workers = 7\n" });
      expect(service.settings.workers.value).toEqual({ kind: "exact", value: 7 });
    });

    it("but never guesses between two", () => {
      const { services, problems } = assemble([commandOf(["gunicorn", "-w", "3", "-c", "/app/g.py", "a"], image)], { "backend/g.py": "workers = 7\n", "g.py": "workers = 8\n" });
      expect(services[0]?.settings.workers.value).toEqual({ kind: "exact", value: 3 });
      expect(services[0]?.settings.threads.value).toEqual({ kind: "dynamic" });
      expect(problems[0]?.reason).toContain("backend/g.py or g.py");
    });

    it("or says that it is missing", () => {
      const { services, problems } = assemble([commandOf(["gunicorn", "-c", "/etc/g.py", "a"], image)]);
      expect(services[0]?.listeners[0]?.backlog.requested.value).toEqual({ kind: "dynamic" });
      expect(problems[0]?.reason).toContain("/etc/g.py could not be tied to a file");
    });

    it("that loads by itself in an image, as an assumption", () => {
      const service = only([commandOf(["gunicorn", "a"], image)], { "backend/gunicorn.conf.py": "workers = 7\n" });
      expect(service.settings.workers.value).toEqual({ kind: "assumed", value: 7 });
    });
  });

  it("makes a service of a file that no command reads", () => {
    const { services } = assemble([commandOf(["gunicorn", "-c", "a.py", "x"])], { "a.py": "workers = 2\n", "deploy/gunicorn.conf.py": "backlog = 64\n" });
    expect(services.map(({ id }) => id)).toEqual(["gunicorn:Procfile:web", "gunicorn:deploy/gunicorn.conf.py"]);
    expect(services[1]?.name).toBe("gunicorn (deploy/gunicorn.conf.py, started by no command found here)");
    expect(services[1]?.listeners[0]?.backlog.requested.value).toEqual({ kind: "exact", value: 64 });
  });

  it("keeps holders apart, and takes the very same command once", () => {
    const web = commandOf(["gunicorn", "a"]);
    const { services } = assemble([web, web, commandOf(["gunicorn", "a"], { name: "api" })]);
    expect(services.map(({ id }) => id)).toEqual(["gunicorn:Procfile:web", "gunicorn:Procfile:api"]);
  });

  it("takes Heroku's port", () => {
    const service = only([commandOf(["gunicorn", "a"], { environment: { PORT: "5000" } })]);
    expect(service.listeners[0]?.address.value).toEqual({ kind: "exact", value: { family: "tcp", host: "*", port: 5000 } });
    const dynamic = run("gunicorn", "-b", { value: { kind: "dynamic", variable: "PORT" }, text: "0.0.0.0:$PORT" }, "a");
    expect(dynamic.listeners).toMatchObject([{ address: { value: { kind: "dynamic", variable: "PORT" }, text: "0.0.0.0:$PORT" } }]);
  });

  it("keeps addresses that hang on a condition in one listener", () => {
    const service = only([commandOf(["gunicorn", "a"])], { "gunicorn.conf.py": 'bind = "unix:/a" if X else ":80"\n' });
    expect(service.listeners.map(({ address }) => address.value)).toMatchObject([{ kind: "oneOf", options: [{ value: { value: { family: "unix", path: "/a" } }, when: "if X" }, { value: { value: { host: "*", port: 80 } }, when: "else" }] }]);
  });
});

describe("parseAddress", () => {
  it.each([
    ["[::]:80", { family: "tcp", host: "::", port: 80 }],
    ["fd://3", { family: "inherited", text: "fd://3" }],
    ["unix:///run/a", { family: "unix", path: "/run/a" }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });
});
