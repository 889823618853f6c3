import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GunicornService, Listener, NginxService } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { assembleChains } from "../src/assemble/chains.ts";
import { assembleGunicorn } from "../src/assemble/gunicorn.ts";
import { assembleNginx } from "../src/assemble/nginx.ts";
import { readCommands } from "../src/readers/commands/index.ts";
import { readGunicornConfig } from "../src/readers/gunicorn-config.ts";
import { readNginx } from "../src/readers/nginx.ts";
import { readSystemdSocket } from "../src/readers/systemd-socket.ts";
import { somaxconn } from "./gunicorn-commands.ts";

function assemble(files: Readonly<Record<string, string>>): ReturnType<typeof assembleGunicorn> {
  const all = Object.entries(files);
  return assembleGunicorn({
    commands: all.flatMap(([path, text]) => readCommands(path, text)?.commands ?? []),
    configs: new Map(all.filter(([path]) => path.endsWith(".py")).map(([path, text]) => [path, readGunicornConfig(path, text)])),
    sockets: all.filter(([path]) => /\.socket\b/.test(path)).flatMap(([path, text]) => readSystemdSocket(path, text).socket ?? []),
    lookup: (path) => files[path],
    somaxconn,
  });
}

function addresses({ listeners }: GunicornService): string[] {
  return listeners.map(({ id }) => id.slice(id.indexOf("#") + 1));
}

function listening(files: Readonly<Record<string, string>>): string[][] {
  return assemble(files).services.map(addresses);
}

function first({ listeners }: GunicornService): Listener {
  const [listener] = listeners;
  if (listener === undefined) throw new Error("no listener");
  return listener;
}

function started(options: string): string {
  return `[Service]\nType=notify\nExecStart=/usr/bin/gunicorn ${options} app.wsgi\n`;
}

const onUnix = "[Socket]\nListenStream=/run/gunicorn.sock\n";

describe("a gunicorn that systemd hands its sockets", () => {
  // The shape of the example in gunicorn's own guide to deployment.
  it("listens on the unit's addresses, where nginx finds it", () => {
    const { services, problems } = assemble({
      "deploy/gunicorn.socket": "[Unit]\nDescription=gunicorn socket\n[Socket]\nListenStream=/run/gunicorn.sock\nSocketUser=www-data\n[Install]\nWantedBy=sockets.target\n",
      "deploy/gunicorn.service": "[Unit]\nRequires=gunicorn.socket\nAfter=network.target\n[Service]\nType=notify\nNotifyAccess=main\nUser=someuser\nRuntimeDirectory=gunicorn\nWorkingDirectory=/home/someuser/applicationroot\nExecStart=/usr/bin/gunicorn applicationname.wsgi\nExecReload=/bin/kill -s HUP $MAINPID\nKillMode=mixed\nTimeoutStopSec=5\nPrivateTmp=true\n",
    });
    expect(problems).toEqual([]);
    const nginx = "events {}\nhttp { upstream app_server { server unix:/run/gunicorn.sock fail_timeout=0; }\nserver { listen 80; location / { proxy_pass http://app_server; } } }\n";
    const facts = new Map([["nginx.conf", readNginx("nginx.conf", nginx)]]);
    const proxies: readonly NginxService[] = assembleNginx(facts, { lookup: () => undefined, list: () => [], roots: new Map(), somaxconn }).services;
    const { chains, unresolved } = assembleChains([...proxies, ...services]);
    expect(unresolved).toEqual([]);
    expect(chains.map(({ hops }) => hops.flatMap(({ members }) => members.map(({ listener }) => listener.replace(/^.*#/, ""))))).toEqual([["*:80", "unix:/run/gunicorn.sock"]]);
    expect(services.map(first)).toMatchObject([{ origin: { file: "deploy/gunicorn.socket" }, backlog: { reading: "default", requested: { value: { value: 2048 } }, ignored: [] } }]);
  });

  it("has the backlog of its own settings, and ignores the unit's", () => {
    const { services } = assemble({ "gunicorn.socket": `${onUnix}ListenStream=8000\nBacklog=64\n`, "gunicorn.service": started("--backlog 300 -b unix:/run/other.sock") });
    expect(services.map(addresses)).toEqual([["unix:/run/gunicorn.sock", "[::]:8000"]]);
    const ignored = [{ reason: "systemd-socket", setting: { value: { kind: "exact", value: 64 }, origin: { file: "gunicorn.socket", range: { start: { line: 4, column: 9 } } } } }];
    expect(services[0]?.listeners).toMatchObject([{ backlog: { requested: { value: { value: 300 } }, ignored } }, { backlog: { ignored } }]);
  });

  it("takes the sockets of every unit that names it", () => {
    expect(listening({ "a/shop.socket": onUnix, "a/admin.socket": "[Socket]\nListenStream=9000\nService=shop.service\n", "a/shop.service": started("") })).toEqual([["unix:/run/gunicorn.sock", "[::]:9000"]]);
  });

  it("is found in another directory where it is the only one of its name", () => {
    expect(listening({ "sockets/shop.socket": onUnix, "services/shop.service": started("") })).toEqual([["unix:/run/gunicorn.sock"]]);
    expect(listening({ "a/shop.socket": onUnix, "b/shop.socket": "[Socket]\nListenStream=9000\n", "a/shop.service": started(""), "b/shop.service": started("") })).toEqual([["unix:/run/gunicorn.sock"], ["[::]:9000"]]);
  });

  const own = ["127.0.0.1:8000"];

  it.each([
    ["two services of the name", { "x/shop.socket": onUnix, "a/shop.service": started(""), "b/shop.service": started("") }, [own, own]],
    ["two socket units of the name", { "a/shop.socket": onUnix, "b/shop.socket": onUnix, "c/shop.service": started("") }, [own]],
    ["a unit and its template", { "a/shop.socket": onUnix, "a/shop.socket.j2": onUnix, "a/shop.service": started("") }, [own]],
    ["another name", { "a/web.socket": onUnix, "a/shop.service": started("") }, [own]],
    ["another service named", { "a/shop.socket": `${onUnix}Service=web.service\n`, "a/shop.service": started("") }, [own]],
    ["connections accepted by systemd", { "a/shop.socket": `${onUnix}Accept=yes\n`, "a/shop.service": started("") }, [own]],
    ["no stream sockets", { "a/shop.socket": "[Socket]\nListenDatagram=/run/x\n", "a/shop.service": started("") }, [own]],
    ["a command of another file", { "a/shop.socket": onUnix, "a/Procfile": "shop: gunicorn app.wsgi\n" }, [own]],
  ])("is not tied to a unit: %s", (_, files, expected) => {
    expect(listening(files)).toEqual(expected);
  });

  it.each([
    ["-D", "daemon"],
    ["--reuse-port", "up to version 23"],
  ])("opens its own sockets with %s, as far as we know, and says so", (option, words) => {
    const { services, problems } = assemble({ "a.socket": onUnix, "a.service": started(option) });
    expect(services.map(addresses)).toEqual([own]);
    expect(problems.map(({ reason }) => reason)).toEqual([expect.stringContaining(words)]);
  });

  it("is reached by the name of its compose service, elsewhere by none", () => {
    const { services } = assemble({ "compose.yml": "services:\n  web:\n    command: gunicorn app.wsgi\n", "a.service": started("") });
    expect(services.map(({ hostnames }) => hostnames)).toEqual([["web"], undefined]);
  });
});

/** Opens a unix socket as systemd does, and becomes gunicorn with it: the process keeps its id, so LISTEN_PID holds. */
const manager = `
import os, socket, sys
path, backlog, *command = sys.argv[1:]
one = socket.socket(socket.AF_UNIX)
one.bind(path)
one.listen(int(backlog))
if one.fileno() != 3:
    os.dup2(one.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(command[0], command)
`;

/** Path and backlog of every unix socket in LISTEN state below a directory. */
function socketsIn(directory: string): string[] {
  const lines = execFileSync("ss", ["-lxnH"], { encoding: "utf8", timeout: 10_000 }).split("\n");
  return lines.flatMap((line) => {
    const [, , , sendQueue = "", path = ""] = line.trim().split(/\s+/);
    return path.startsWith(`${directory}/`) ? [`${path} ${sendQueue}`] : [];
  });
}

async function until(what: () => boolean): Promise<boolean> {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    if (what()) return true;
    await sleep(50);
  }
  return false;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeWith(["gunicorn", "ss", "python3"], "a gunicorn with an inherited socket, against the kernel", () => {
  it.each([
    ["its default backlog", "", 5],
    ["a smaller one than the unit's", "--backlog 77", 300],
    ["threads", "--threads 4 --backlog 78", 5],
    ["a daemon, which opens its own", "--daemon --backlog 79", 5],
  ])("listens as we say, with %s", async (_, options, unitBacklog) => {
    const directory = mkdtempSync(join(tmpdir(), "activated-"));
    const [handed, own, pidFile] = ["handed.sock", "own.sock", "pid"].map((name) => join(directory, name)) as [string, string, string];
    const words = `-b unix:${own} ${options}`;
    const { services } = assemble({ "a.socket": `[Socket]\nListenStream=${handed}\nBacklog=${unitBacklog}\n`, "a.service": started(words) });
    const limit = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    const expected = services.flatMap(({ listeners }) => listeners).map((listener) => {
      const { value } = listener.backlog.requested;
      const backlog = value.kind === "exact" || value.kind === "assumed" ? Math.min(value.value, limit) : value.kind;
      return `${listener.id.replace(/^.*#unix:/, "")} ${backlog}`;
    });
    writeFileSync(join(directory, "app.py"), "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'']\n");
    let master: number | undefined;
    const child = spawn("/usr/bin/python3", ["-c", manager, handed, String(unitBacklog), "/usr/bin/gunicorn", "--chdir", directory, "-p", pidFile, ...words.split(" ").filter((word) => word !== ""), "app"], { stdio: "ignore", env: { PATH: process.env["PATH"] } });
    try {
      expect(await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"))).toBe(true);
      master = Number(readFileSync(pidFile, "utf8"));
      expect(await until(() => expected.every((socket) => socketsIn(directory).includes(socket)))).toBe(true);
      // What systemd would keep for a daemon that does not take it is the unit's own.
      const left = socketsIn(directory).filter((socket) => !expected.includes(socket));
      expect(left.filter((socket) => socket !== `${handed} ${unitBacklog}`)).toEqual([]);
      expect(existsSync(own)).toBe(expected.some((socket) => socket.startsWith(own)));
    } finally {
      const pids = [child.pid, master].filter((pid) => pid !== undefined);
      const stop = (signal: NodeJS.Signals): void => {
        for (const pid of pids) if (isRunning(pid)) process.kill(pid, signal);
      };
      stop("SIGTERM");
      if (!(await until(() => !pids.some(isRunning)))) stop("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    }
  }, 60_000);
});
