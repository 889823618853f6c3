// In this process's own namespaces: starts real servers as the files of a repository say, lets queues fill, and prints what the program and ss
// say of them as JSON. Arguments: the program, the repository, an empty directory. All that it starts ends with it.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [, , program, repository, directory] = process.argv;
chmodSync(directory, 0o755);
spawnSync("ip", ["link", "set", "lo", "up"]);
writeFileSync("/proc/sys/net/core/somaxconn", "200");

const listening = () => ["-lntH", "-xlH"].flatMap((options) => spawnSync("ss", [options], { encoding: "utf8" }).stdout.split("\n").filter((line) => line !== ""));
async function until(count) {
  const end = Date.now() + 15_000;
  while (listening().length < count) {
    if (Date.now() > end) throw new Error(`only ${listening().length} of ${count} listen:\n${listening().join("\n")}`);
    await sleep(30);
  }
}

// A Node server asks for 77, and renames its process to something that clears the screen.
spawn(process.execPath, [join(repository, "server.js")], { stdio: "inherit" });
// gunicorn asks for 300, above somaxconn; nginx for 55 on one address and 66, with a queue for each of two workers, on another.
spawn("/usr/bin/gunicorn", ["-c", join(repository, "gunicorn.conf.py"), "app:app"], { cwd: repository, stdio: "ignore" });
const logs = join(directory, "nginx");
mkdirSync(logs);
spawn("nginx", ["-c", join(repository, "nginx.conf"), "-g", `daemon off; user root; pid ${logs}/pid; error_log ${logs}/error.log;`], { stdio: "inherit" });
// The file that says 50 was edited after this one started: it listens with 20.
const idle = `
import socket, time, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 8005)); s.listen(20)
u = socket.socket(socket.AF_UNIX); u.bind("${directory}/full\\x1b]0;x\\x07.sock"); u.listen(1)
a = socket.socket(socket.AF_UNIX); a.bind("\\0abstract"); a.listen(3)
v6 = socket.socket(socket.AF_INET6); v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1); v6.bind(("::1", 8005)); v6.listen(21)
c = [socket.socket(socket.AF_UNIX) for _ in range(2)]
for one in c: one.connect(u.getsockname())
t = [socket.create_connection(("127.0.0.1", 8005)) for _ in range(4)]
print("ready", flush=True)
time.sleep(600)
`;
const holder = spawn("/usr/bin/python3", ["-c", idle], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve) => holder.stdout.once("data", resolve));
// Two of nginx's reuseport; Node's two; gunicorn's; nginx's other; the four above.
await until(10);
// Another network namespace, with a listener that is not seen from here.
const elsewhere = spawn("unshare", ["-n", "sleep", "60"], { stdio: "ignore" });
await sleep(300);

const run = (...args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8", cwd: directory });
  return { status, stdout, stderr };
};
const result = {
  ss: listening(),
  json: run("live", "--format", "json"),
  text: run("live"),
  compared: run("live", "--format", "json", "--in", repository),
  comparedText: run("live", "--in", repository),
  elsewhere: elsewhere.pid,
};
// Without root's rights: other users' processes can't be looked into.
result.asNobody = spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, program, "live"], { encoding: "utf8", cwd: "/" }).stdout;
net.connect(8005, "127.0.0.1").destroy();
process.stdout.write(JSON.stringify(result));
process.exit(0);
