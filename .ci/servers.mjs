// Installs the programs that tests compare against, where that is possible without asking:
// Debian as root. Elsewhere it says what is missing; the tests then list what they did not run.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const oracles = JSON.parse(
  readFileSync(new URL("../packages/test-support/src/oracles.json", import.meta.url), "utf8"),
);
const missing = new Set();
for (const { command, versionArguments, package: name } of Object.values(oracles)) {
  if (spawnSync(command, versionArguments, { stdio: "ignore" }).status !== 0) missing.add(name);
}
if (missing.size > 0) {
  const packages = [...missing].sort();
  const hasApt = spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0;
  if (process.getuid?.() === 0 && hasApt) {
    console.log(`Installing what the tests need with apt-get: ${packages.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env });
    const install = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], {
      stdio: ["ignore", "ignore", "inherit"],
      env,
    });
    if (install.status !== 0) console.error(`apt-get could not install ${packages.join(" ")}`);
  } else {
    console.error(`!! Not installed: ${packages.join(" ")}. Their tests will be listed as NOT RUN.`);
    console.error(`!! sudo apt-get install -y ${packages.join(" ")}`);
  }
}
