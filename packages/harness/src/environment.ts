import { spawnSync } from "node:child_process";
import { cpus, release } from "node:os";
import type { Environment } from "@audit-backlog/model";
import type { Address } from "./kernel.ts";
import type { Versions } from "./servers/running.ts";

/** What was measured, and on what. */
export function describeEnvironment(namespace: Environment["namespace"], sysctls: Environment["sysctls"], versions: Versions, instead: readonly string[]): Environment {
  return {
    namespace,
    kernel: release(),
    node: process.versions.node,
    libuv: process.versions.uv,
    ...versions,
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
