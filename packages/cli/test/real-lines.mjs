// Starts real servers and clients in this process's own namespaces, brings them into trouble, and prints what they say as JSON:
// a list of lines for each trouble. Its one argument is an empty directory. All that it starts ends with it.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const directory = process.argv[2];
chmodSync(directory, 0o755);
const at = (name) => join(directory, name);
const said = {};
let port = 9000;

spawnSync("ip", ["link", "set", "lo", "up"]);
// A SYN that is never answered is given up after two seconds or so, instead of two minutes.
for (const [name, value] of [["tcp_syn_retries", "1"], ["tcp_syn_linear_timeouts", "0"]]) {
  if (existsSync(`/proc/sys/net/ipv4/${name}`)) writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
}

async function until(holds, what) {
  const end = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

// Listeners that nobody accepts from: Node would.
const listeners = `
import socket, sys, time
for kind, where, backlog in [a.split(",") for a in sys.argv[1:]]:
    s = socket.socket(socket.AF_UNIX if kind != "tcp" else socket.AF_INET)
    s.bind(where if kind != "tcp" else ("127.0.0.1", int(where)))
    if kind != "bound": s.listen(int(backlog))
    globals()[where] = s
print("ready", flush=True)
time.sleep(600)
`;
const [fullTcp, roomyTcp, closedTcp] = [(port += 1), (port += 1), (port += 1)];
const children = spawn("/usr/bin/python3", ["-c", listeners, `unix,${at("full.sock")},0`, `unix,${at("other.sock")},0`, `unix,${at("roomy.sock")},64`, `bound,${at("stale.sock")},0`, `tcp,${fullTcp},0`, `tcp,${roomyTcp},64`], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve) => children.stdout.once("data", resolve));
for (const name of ["full.sock", "other.sock", "stale.sock", "roomy.sock"]) chmodSync(at(name), 0o777);
const held = [net.connect(at("full.sock")), net.connect(at("other.sock")), net.connect(fullTcp, "127.0.0.1")];
await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));

const closing = net.createServer((socket) => socket.once("data", () => socket.end())).listen(at("closing.sock"));
const resetting = net.createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
const resettingPort = (port += 1);
resetting.listen(resettingPort, "127.0.0.1");
await until(() => closing.listening && resetting.listening, "servers in Node");
chmodSync(at("closing.sock"), 0o777);

function configuration(name, { events = "worker_connections 64;", main = "", http: inHttp = "", locations, listen }) {
  const place = at(name);
  mkdirSync(place);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${place}/${kind};`).join(" ");
  writeFileSync(
    join(place, "nginx.conf"),
    `daemon off; master_process on; user root; pid ${place}/pid; error_log ${place}/error.log info; ${main}
events { ${events} }
http { access_log off; ${paths} ${inHttp}
server { listen ${listen}; ${Object.entries(locations).map(([path, body]) => `location ${path} { ${body} }`).join("\n")} } }\n`,
  );
  closeSync(openSync(join(place, "error.log"), "w"));
  return { config: join(place, "nginx.conf"), log: () => readFileSync(join(place, "error.log"), "utf8").split("\n").filter((line) => line !== "") };
}

async function start(name, options) {
  const listen = (port += 1);
  const made = configuration(name, { ...options, listen: `127.0.0.1:${listen}` });
  spawn("nginx", ["-c", made.config], { stdio: ["ignore", "ignore", "inherit"] });
  const answers = () => new Promise((resolve) => {
    const socket = net.connect(listen, "127.0.0.1");
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => resolve(false));
  });
  await until(answers, name);
  return { ...made, listen };
}

/** The status of an answer, or the message of the error. */
const ask = (where, path = "/") => new Promise((resolve) => {
  const request = http.get({ ...where, path, agent: false }, (response) => { response.resume(); response.once("end", () => resolve(String(response.statusCode))); });
  request.once("error", (error) => resolve(String(error)));
});

const pass = (target, more = "") => `proxy_pass ${target}; proxy_connect_timeout 1s; proxy_read_timeout 1s; ${more}`;
const front = await start("front", {
  http: `upstream shop { server unix:${at("full.sock")}; server unix:${at("other.sock")}; } limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m;`,
  locations: {
    "/eagain": pass(`http://unix:${at("full.sock")}`),
    "/missing": pass(`http://unix:${at("missing.sock")}`),
    "/stale": pass(`http://unix:${at("stale.sock")}`),
    "/closed": pass(`http://127.0.0.1:${closedTcp}`),
    "/full": pass(`http://127.0.0.1:${fullTcp}`),
    "/roomy": pass(`http://127.0.0.1:${roomyTcp}`),
    "/roomyunix": pass(`http://unix:${at("roomy.sock")}`),
    "/closing": pass(`http://unix:${at("closing.sock")}`),
    "/resetting": pass(`http://127.0.0.1:${resettingPort}`),
    "/group": pass("http://shop"),
    "/slow": pass(`http://127.0.0.1:${fullTcp}`, "limit_req zone=slow;"),
  },
});
const statuses = {};
async function provoke(name, path) {
  const before = front.log().length;
  statuses[name] = await ask({ port: front.listen, host: "127.0.0.1" }, path);
  await until(() => front.log().length > before, `a line about ${path}`);
  await sleep(50);
  said[name] = front.log().slice(before).filter((line) => /\[(?:error|crit|alert|warn)\]/.test(line));
}
for (const name of ["eagain", "missing", "stale", "closed", "full", "roomy", "roomyunix", "closing", "resetting"]) await provoke(`nginx ${name}`, `/${name}`);
await ask({ port: front.listen, host: "127.0.0.1" }, "/group");
await provoke("nginx group", "/group");
await ask({ port: front.listen, host: "127.0.0.1" }, "/slow");
await provoke("nginx limit_req", "/slow");

// One worker with few connections. It closes clients that sent nothing yet, to have some for others; those that began to speak take them all.
const small = await start("small", { events: "worker_connections 6;", locations: { "/": pass(`http://unix:${at("roomy.sock")}`) } });
const idle = [];
for (const first of ["", "GET / HT"]) {
  for (let count = 0; count < 12; count += 1) {
    const socket = net.connect(small.listen, "127.0.0.1").on("error", () => {});
    socket.write(first);
    idle.push(socket);
    await sleep(5);
  }
}
await until(() => small.log().some((line) => /\[alert\].*worker_connections are not enough/.test(line)), "too few connections");
said["nginx connections"] = small.log().filter((line) => /\[alert\].*not enough/.test(line)).slice(0, 1);
said["nginx reusing"] = small.log().filter((line) => /reusing connections/.test(line)).slice(0, 1);
for (const socket of idle) socket.destroy();
await sleep(200);
// Four places are left beside the listener and the channel to the master: one who began to speak, one with an upstream, one without.
const before = small.log().length;
const speaking = net.connect(small.listen, "127.0.0.1").on("error", () => {});
speaking.write("GET / HT");
await sleep(100);
for (let tries = 0; tries < 2; tries += 1) void ask({ port: small.listen, host: "127.0.0.1" });
await until(() => small.log().slice(before).some((line) => /not enough while/.test(line)), "a client without an upstream");
said["nginx connections proxying"] = small.log().slice(before).filter((line) => /not enough while/.test(line)).slice(0, 1);

const files = await start("files", { main: "worker_rlimit_nofile 14;", locations: { "/": "return 200;" } });
const many = Array.from({ length: 20 }, () => net.connect(files.listen, "127.0.0.1").on("error", () => {}));
await until(() => files.log().some((line) => line.includes("failed (24:")), "too many open files");
said["nginx files"] = files.log().filter((line) => line.includes("failed (24:")).slice(0, 1);
for (const socket of many) socket.destroy();

const test = (name, options) => {
  const { config } = configuration(name, { ...options, listen: "127.0.0.1:9999", locations: { "/": "return 200;" } });
  return spawnSync("nginx", ["-t", "-c", config], { encoding: "utf8" }).stderr.split("\n");
};
said["nginx does not start"] = test("none", { events: "worker_connections 1;" }).filter((line) => line.includes("[emerg]"));
said["nginx exceeds files"] = spawnSync("sh", ["-c", `ulimit -n 64; nginx -t -c "$0"`, configuration("exceeds", { events: "worker_connections 4000;", listen: "127.0.0.1:9999", locations: { "/": "return 200;" } }).config], { encoding: "utf8" }).stderr.split("\n").filter((line) => line.includes("[warn]"));

// What clients say.
const nodeError = (...where) => new Promise((resolve) => net.connect(...where).once("error", (error) => resolve([String(error)])).once("connect", () => resolve(["connected"])));
said["node eagain"] = await nodeError(at("full.sock"));
said["node refused"] = await nodeError(closedTcp, "127.0.0.1");
said["node timeout"] = await nodeError(fullTcp, "127.0.0.1");
said["node reset"] = [await ask({ port: resettingPort, host: "127.0.0.1" })];
said["node hang up"] = [await ask({ socketPath: at("closing.sock") })];
const python = (text) => spawnSync("/usr/bin/python3", ["-c", `import socket, struct\n${text}`], { encoding: "utf8", timeout: 30_000 }).stderr.trim().split("\n").slice(-1);
const connect = (family, where) => `s = socket.socket(socket.${family}); s.settimeout(20); s.connect(${where})`;
said["python eagain"] = python(connect("AF_UNIX", JSON.stringify(at("full.sock"))));
said["python refused"] = python(connect("AF_INET", `("127.0.0.1", ${closedTcp})`));
said["python timeout"] = python(`s = socket.socket(); s.connect(("127.0.0.1", ${fullTcp}))`);
// The server in this process can't answer while Python runs synchronously: two sockets in Python.
said["python reset"] = python(`a = socket.socket(); a.bind(("127.0.0.1", 0)); a.listen(); b = socket.create_connection(a.getsockname()); c, _ = a.accept()
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close(); b.recv(1)`);
said["python files"] = python(`import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))\nx = [socket.socket() for _ in range(20)]`);

// A worker that sleeps through its time.
writeFileSync(at("sleeper.py"), "import time\ndef app(environ, start_response):\n    time.sleep(60)\n");
const log = at("gunicorn.log");
spawn("/usr/bin/gunicorn", ["--chdir", directory, "--bind", `unix:${at("sleeper.sock")}`, "--timeout", "1", "--log-file", log, "sleeper:app"], { stdio: "ignore" });
await until(() => existsSync(at("sleeper.sock")), "gunicorn");
void ask({ socketPath: at("sleeper.sock") });
await until(() => /WORKER TIMEOUT/.test(readFileSync(log, "utf8")), "a worker to be killed");
said["gunicorn timeout"] = readFileSync(log, "utf8").split("\n").filter((line) => line.includes("WORKER TIMEOUT"));

// What the kernel and its tools show, while the queues are full. ss without -H has a header, as users paste it.
const output = (command, ...args) => spawnSync(command, args, { encoding: "utf8" }).stdout.split("\n").filter((line) => line !== "");
const dropped = net.connect(fullTcp, "127.0.0.1").on("error", () => {});
await sleep(300);
said["ss tcp"] = output("ss", "-lnt");
said["ss unix"] = output("ss", "-xl");
said["ss both"] = output("ss", "-l", "-t", "-x", "-n");
said["nstat"] = output("nstat", "-az");
if (spawnSync("netstat", ["--version"]).error === undefined) {
  said["netstat -s"] = output("netstat", "-s");
  said["netstat -lnt"] = output("netstat", "-lnt");
}
dropped.destroy();

process.stdout.write(JSON.stringify({ said, statuses, ports: { fullTcp, closedTcp, roomyTcp, resettingPort }, directory }));
process.exit(0);
