// Runs nginx on one configuration after the other, and writes what it says and which sockets it opens. Started as the
// first process of a private network and process namespace: whatever goes wrong, all of it ends with this one.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [root, somaxconn] = process.argv.slice(2);
const up = spawnSync("ip", ["link", "set", "lo", "up"], { encoding: "utf8" });
if (up.status !== 0) throw new Error(`no loopback: ${up.stderr}`);
writeFileSync("/proc/sys/net/core/somaxconn", somaxconn);

const nginxArguments = ["-e", "stderr", "-p", ".", "-c", "nginx.conf"];

/** Ends when nginx serves, has given up, or can't bind: then it would go on trying for 2.5 s. */
function start(directory) {
  const nginx = spawn("nginx", [...nginxArguments, "-g", "daemon off;"], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  const limit = setTimeout(() => nginx.kill("SIGKILL"), 20_000);
  return new Promise((resolve, reject) => {
    let said = "";
    let sockets = "";
    let state = "starting";
    nginx.on("error", reject);
    nginx.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      if (state !== "starting") return;
      if (said.includes("] bind()") || said.includes(": bind()")) {
        state = "bind";
        nginx.kill("SIGKILL");
      } else if (said.includes("start worker processes")) {
        state = "serving";
        sockets = spawnSync("ss", ["-lntxH"], { encoding: "utf8" }).stdout;
        nginx.kill("SIGTERM");
      }
    });
    nginx.on("close", () => {
      clearTimeout(limit);
      resolve({ state, said, sockets });
    });
  });
}

for (const name of readdirSync(root).sort()) {
  const directory = join(root, name);
  const result = await start(directory);
  // A configuration that can't be bound must have passed the test; the others were read in the same way.
  const test = result.state === "bind" ? spawnSync("nginx", ["-t", ...nginxArguments], { cwd: directory, encoding: "utf8" }).stderr : "";
  writeFileSync(join(directory, "result.json"), JSON.stringify({ ...result, test }));
}
