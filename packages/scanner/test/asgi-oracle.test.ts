import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Oracle } from "@audit-backlog/test-support";
import { describeWith } from "@audit-backlog/test-support";
import { expect, it } from "vitest";
import { assembleAsgi } from "../src/assemble/asgi.ts";
import { commandOf, somaxconn } from "./gunicorn-commands.ts";

const application = `
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
`;

interface Case {
  readonly words: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** What we expect in LISTEN state: "127.0.0.1:8000 2048", "@/a.sock 50". */
function expected({ words, environment = {}, files = {} }: Case, limit: number): string[] {
  const { services, problems } = assembleAsgi({ commands: [commandOf(words.split(" "), { environment, directory: "" })], lookup: (path) => files[path], somaxconn });
  expect(problems).toEqual([]);
  expect(services).toHaveLength(1);
  return services.flatMap(({ listeners }) => listeners).map(({ address: { value }, backlog: { requested } }) => {
    if (!("value" in value) || !("value" in requested.value)) return "unknown";
    const { family } = value.value;
    const host = value.value.family === "tcp" ? (value.value.host.includes(":") ? `[${value.value.host}]` : value.value.host.replace("*", "0.0.0.0")) : "";
    const place = value.value.family === "tcp" ? `${host}:${value.value.port}` : value.value.family === "unix" ? value.value.path : family;
    return `${place} ${Math.min(requested.value.value, limit)}`;
  }).sort();
}

/** Sockets in LISTEN state in the network namespace of a process. */
function listening(pid: number): string[] {
  const { stdout } = spawnSync("nsenter", ["-t", String(pid), "-U", "--preserve-credentials", "-n", "ss", "-lntxH"], { encoding: "utf8", timeout: 10_000 });
  return stdout.split("\n").filter((line) => line !== "").map((line) => {
    const [, , , sendQueue = "", address = ""] = line.trim().split(/\s+/);
    return `${address} ${sendQueue}`;
  }).sort();
}

async function heard(pid: number, wanted: readonly string[]): Promise<string[]> {
  let found: string[] = [];
  const end = Date.now() + 20_000;
  do {
    await sleep(100);
    found = listening(pid);
  } while (JSON.stringify(found) !== JSON.stringify(wanted) && Date.now() < end);
  return found;
}

async function compare(one: Case): Promise<void> {
  const limit = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
  const directory = mkdtempSync(join(tmpdir(), "asgi-"));
  writeFileSync(join(directory, "shop.py"), application);
  for (const [name, text] of Object.entries(one.files ?? {})) writeFileSync(join(directory, name), text);
  const script = 'ip link set lo up && cd "$1" && shift && exec "$@"';
  const child = spawn("unshare", ["-rn", "sh", "-c", script, "sh", directory, ...one.words.split(" ")], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", PYTHONDONTWRITEBYTECODE: "1", ...one.environment },
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  try {
    const wanted = expected(one, limit);
    expect(await heard(child.pid ?? 0, wanted), said).toEqual(wanted);
  } finally {
    // The whole group that was started here.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

const needed = (name: Oracle): readonly Oracle[] => [name, "ss", "python3"];

describeWith(needed("uvicorn"), "uvicorn against the kernel", () => {
  it.each<Case>([
    { words: "uvicorn shop:app" },
    { words: "uvicorn shop:app --host 0.0.0.0 --port 8001 --backlog 64" },
    { words: "uvicorn --backlog=7 --port=9 --port 8002 shop:app" },
    { words: "uvicorn shop:app --workers 3 --backlog 70" },
    { words: "uvicorn shop:app --backlog 0" },
    { words: "uvicorn shop:app --uds a.sock --port 80 --backlog 71" },
    { words: "uvicorn shop:app --host ::1" },
    { words: "python3 -m uvicorn shop:app --backlog 4000" },
    { words: "uvicorn shop:app", environment: { UVICORN_BACKLOG: "72", UVICORN_PORT: "8003", UVICORN_HOST: "127.0.0.2" } },
    { words: "uvicorn shop:app --backlog 73", environment: { UVICORN_BACKLOG: "72", WEB_CONCURRENCY: "2" } },
  ])("$words $environment", compare, 60_000);
});

/** Opens many connections at once, asks on each, and says how many got which answer. */
const crowd = `
import socket, sys, collections, time
count, path = int(sys.argv[1]), sys.argv[2]
for _ in range(100):
    try:
        socket.socket(socket.AF_UNIX).connect(path); break
    except OSError: time.sleep(0.1)
time.sleep(0.5)
ends = [socket.socket(socket.AF_UNIX) for _ in range(count)]
for end in ends: end.connect(path)
time.sleep(0.5)
for end in ends: end.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
print(sorted(collections.Counter(end.recv(4096).split(b" ")[1].decode() for end in ends).items()))
`;

const slow = `
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError
    await asyncio.sleep(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
`;

describeWith(needed("uvicorn"), "uvicorn with a limit of its own", () => {
  it.each([[5], [2]])("serves one fewer than %i where it answers once as many are open", async (limit) => {
    const directory = mkdtempSync(join(tmpdir(), "asgi-"));
    writeFileSync(join(directory, "shop.py"), slow);
    const path = join(directory, "a.sock");
    const child = spawn("uvicorn", ["shop:app", "--uds", path, "--limit-concurrency", String(limit)], { cwd: directory, stdio: "ignore", env: { PATH: "/usr/bin:/bin", PYTHONDONTWRITEBYTECODE: "1" } });
    try {
      const serve = (count: number): Promise<string> =>
        new Promise((resolve) => {
          let text = "";
          const clients = spawn("/usr/bin/python3", ["-c", crowd, String(count), path], { stdio: ["ignore", "pipe", "inherit"] });
          clients.stdout.on("data", (data: Buffer) => {
            text += data.toString();
          });
          clients.on("close", () => {
            resolve(text.trim());
          });
        });
      expect(await serve(limit - 1)).toBe(`[('200', ${limit - 1})]`);
      expect(await serve(limit)).toMatch(/'503'/);
    } finally {
      child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    }
  }, 60_000);
});

describeWith(needed("hypercorn"), "hypercorn against the kernel", () => {
  it.each<Case>([
    { words: "hypercorn shop:app" },
    { words: "hypercorn shop:app -b 0.0.0.0:8001 --backlog 64" },
    { words: "hypercorn -b 127.0.0.1:8002 --bind unix:a.sock shop:app --back 65" },
    { words: "hypercorn shop:app -w 3 --backlog 66" },
    { words: "hypercorn shop:app --bind 127.0.0.2" },
    { words: "hypercorn shop:app -b [::1]:8003 --backlog 0" },
    { words: "hypercorn -c h.toml shop:app", files: { "h.toml": '# a comment\nbind = ["127.0.0.1:8004", "unix:b.sock"] # two\nbacklog = 1_67\nworkers = 2\n' } },
    { words: "hypercorn --config h.toml --backlog 68 shop:app", files: { "h.toml": "bind = '127.0.0.1:8005'\nbacklog = 67\n" } },
  ])("$words", compare, 60_000);
});

describeWith(needed("daphne"), "daphne against the kernel", () => {
  it.each<Case>([
    { words: "daphne shop:app" },
    { words: "daphne -b 0.0.0.0 -p 8001 shop:app" },
    { words: "daphne -p 8002 shop:app" },
    { words: "daphne -u ./a.sock shop:app" },
    { words: "daphne --unix-socket=./a.sock --port 8003 shop:app" },
    { words: "daphne -e tcp:port=8004:interface=127.0.0.1:backlog=64 shop:app" },
    { words: "daphne -e tcp:8005 -b 127.0.0.2 shop:app" },
    { words: "daphne -e unix:./b.sock:backlog=65 -e tcp:8006:backlog=66 shop:app" },
  ])("$words", compare, 60_000);
});
