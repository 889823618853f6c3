// Runs listen() with every argument list given on stdin (a JSON array of sources) and prints, for each, the backlog
// that the kernel keeps for the socket, or why there is none. Runs in its own process, in its own network
// namespace where the caller could make one.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const input = readFileSync(0, "utf8");
const sources = JSON.parse(input);
const FIRST_INHERITED = 3;

// A descriptor of this process is in its event loop already: the lists that listen on one run in a child that inherits it.
const needed = sources.filter((source) => source.includes("FD")).length;
if (needed > 0 && process.argv[2] !== "second") {
  const firsts = Array.from({ length: needed }, () => net.createServer());
  for (const server of firsts) await started(server, () => server.listen({ port: 0, host: "127.0.0.1", backlog: 5 }));
  const { status } = spawnSync(process.execPath, [process.argv[1], "second"], { input, stdio: ["pipe", "inherit", "inherit", ...firsts.map((server) => server._handle.fd)] });
  process.exit(status ?? 1);
}

const directory = mkdtempSync(join(tmpdir(), "kernel-backlogs-"));
const open = [];

function started(server, listen) {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve({ error: error.code ?? error.name }));
    server.once("listening", () => resolve({ address: server.address() }));
    try {
      listen();
    } catch (error) {
      resolve({ throws: error.code ?? error.name });
    }
  });
}

const outcomes = [];
let inherited = FIRST_INHERITED;
for (const [at, source] of sources.entries()) {
  const server = net.createServer();
  open.push(server);
  const path = join(directory, `${at}.sock`);
  const fd = source.includes("FD") ? inherited++ : -1;
  const listen = new Function("server", "PATH", "FD", "cb", `return server.listen(${source})`);
  outcomes.push({ path, ...(await started(server, () => listen(server, path, fd, () => {}))) });
}

const rows = [...execFileSync("ss", ["-ltnH"], { encoding: "utf8", maxBuffer: 1e8 }).split("\n"), ...execFileSync("ss", ["-lxnH"], { encoding: "utf8", maxBuffer: 1e8 }).split("\n")];
const backlogs = new Map();
for (const row of rows) {
  const words = row.trim().split(/\s+/);
  const tcp = words[0] === "LISTEN";
  const [queue, local] = tcp ? [words[2], words[3]] : [words[3], words[4]];
  if (local !== undefined) backlogs.set(tcp ? local.slice(local.lastIndexOf(":") + 1) : local, Number(queue));
}
const results = outcomes.map(({ path, address, error, throws }) => {
  if (throws !== undefined) return { throws };
  if (error !== undefined) return { error };
  return { backlog: backlogs.get(typeof address === "object" ? String(address.port) : path) };
});
const somaxconn = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
for (const server of open) if (server.listening) server.close();
rmSync(directory, { recursive: true, force: true });
console.log(JSON.stringify({ node: process.version, somaxconn, results }));
