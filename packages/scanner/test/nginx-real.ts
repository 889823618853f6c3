import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the real nginx does with a configuration. */
export interface RealRun {
  /** The first [emerg] of `nginx -t`; undefined where the configuration is fine to it. */
  readonly testFailure: string | undefined;
  /** The first [emerg] of a real start, where the test passed. */
  readonly startFailure: string | undefined;
  /** Every listening socket by its address as nginx prints it, with the backlog in force; sorted. */
  readonly sockets: readonly string[];
}

export const somaxconn = 1_000_000;

/** `undefined` where this user may make namespaces, else why not. */
export function namespacesMissing(): string | undefined {
  const run = spawnSync("unshare", [...unshareArguments, "true"], { encoding: "utf8" });
  return run.status === 0 ? undefined : run.stderr.trim() || String(run.error);
}

const unshareArguments = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Asks the real nginx about configurations; `DIR` in them stands for a directory of the configuration's own. */
export function askNginx(configurations: readonly string[]): RealRun[] {
  const root = mkdtempSync(join(tmpdir(), "audit-backlog-nginx-"));
  try {
    const directories = configurations.map((configuration, index) => {
      const directory = join(root, String(index).padStart(5, "0"));
      mkdirSync(directory);
      writeFileSync(join(directory, "nginx.conf"), configuration.replaceAll("DIR", directory));
      return directory;
    });
    const driver = join(import.meta.dirname, "nginx-driver.mjs");
    const run = spawnSync("unshare", [...unshareArguments, process.execPath, driver, root, String(somaxconn)], { encoding: "utf8", timeout: 280_000 });
    if (run.status !== 0) throw new Error(`the driver ended with ${String(run.status ?? run.signal)}: ${run.stderr}`);
    return directories.map((directory) => readRun(directory));
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The first [emerg] of `nginx -t` for each; no socket of it stays. */
export function testNginx(configurations: readonly string[]): (string | undefined)[] {
  const directory = mkdtempSync(join(tmpdir(), "audit-backlog-nginx-"));
  try {
    return configurations.map((configuration) => {
      writeFileSync(join(directory, "nginx.conf"), configuration.replaceAll("DIR", directory));
      const run = spawnSync("nginx", ["-t", "-e", "stderr", "-p", directory, "-c", "nginx.conf"], { encoding: "utf8", timeout: 20_000 });
      const said = emergency(run.stderr.replaceAll(directory, "DIR"));
      if ((run.status === 0) !== (said === undefined)) throw new Error(`nginx ended with ${String(run.status ?? run.signal)}: ${run.stderr}`);
      return said;
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function emergency(text: string): string | undefined {
  return /\[emerg\] (?:\d+#\d+: )?(.*)/.exec(text)?.[1];
}

interface Result {
  readonly state: "starting" | "serving" | "bind";
  readonly said: string;
  readonly sockets: string;
  readonly test: string;
}

function readRun(directory: string): RealRun {
  const result = JSON.parse(readFileSync(join(directory, "result.json"), "utf8").replaceAll(directory, "DIR")) as Result;
  const said = emergency(result.said);
  if ((result.state === "serving") !== (said === undefined)) throw new Error(`it neither serves nor says why: ${result.said}`);
  if (result.state === "bind" && !result.test.includes("test is successful")) throw new Error(`its own test did not pass: ${result.test}`);
  return {
    testFailure: result.state === "starting" ? said : undefined,
    startFailure: result.state === "bind" ? said : undefined,
    sockets: readSockets(result.sockets).sort(),
  };
}

/** Columns of `ss -lntxH`: family, state, queued, backlog, address. A dual-stack wildcard is `*` to ss. */
function readSockets(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [family = "", , , backlog = "", address = ""] = line.split(/\s+/);
      const name = family.startsWith("u_") ? `unix:${address}` : address.replace(/^\*:/, "[::]:");
      return `${name} ${backlog}`;
    });
}
