import { spawnSync } from "node:child_process";
import { cpus, release } from "node:os";
import type { Environment, Scenario } from "@audit-backlog/model";
import type { Address } from "./kernel.ts";

function versionIn(command: string, args: readonly string[], pattern: RegExp): string | undefined {
  const run = spawnSync(command, args, { encoding: "utf8", timeout: 10_000 });
  return run.error === undefined ? pattern.exec(run.stdout + run.stderr)?.[1] : undefined;
}

/** What was measured, and on what. Versions only of the programs that the scenario has. */
export function describeEnvironment(namespace: Environment["namespace"], sysctls: Environment["sysctls"], scenario: Scenario, instead: readonly string[]): Environment {
  const servers = scenario.hops.flatMap((hop) => hop.servers);
  const nginx = servers.some(({ kind }) => kind === "nginx") ? versionIn("nginx", ["-v"], /nginx\/(\S+)/) : undefined;
  const gunicorn = servers.some(({ kind }) => kind === "gunicorn") ? versionIn("gunicorn", ["--version"], /version (\S+?)\)/) : undefined;
  return {
    namespace,
    kernel: release(),
    node: process.versions.node,
    libuv: process.versions.uv,
    ...(nginx === undefined ? {} : { nginx }),
    ...(gunicorn === undefined ? {} : { gunicorn }),
    cpus: cpus().length,
    sysctls,
    instead,
    time: new Date().toISOString(),
  };
}

/** Send-Q of LISTEN sockets, which is the effective backlog; nothing where iproute2 is missing. */
export function backlogsShown(address: Address): readonly number[] {
  const args = address.family === "tcp" ? ["-lntH", `sport = :${address.port}`] : ["-xlH", `src ${address.path}`];
  const run = spawnSync("ss", args, { encoding: "utf8", timeout: 10_000 });
  if (run.status !== 0) return [];
  return run.stdout
    .split("\n")
    .map((line) => line.trim().split(/ +/))
    .filter((fields) => fields.includes("LISTEN"))
    .map((fields) => Number(fields[fields.indexOf("LISTEN") + 2]));
}
