import { spawnSync } from "node:child_process";
import type { Environment } from "@audit-backlog/model";

export type Namespace = Environment["namespace"];

export interface Probed {
  readonly namespace: Namespace;
  /** Why a better one is not to be had. */
  readonly because: readonly string[];
}

/** New network, process and mount namespaces; whatever runs in them ends with their first process. */
const own = ["-n", "-p", "-f", "--kill-child", "--mount-proc"];
const ways: Readonly<Record<Exclude<Namespace, "host">, readonly string[]>> = {
  root: ["unshare", ...own],
  user: ["unshare", "-r", ...own],
};

/** The command line that starts a program in a namespace of that kind. */
export function wrap(namespace: Namespace, command: readonly string[]): readonly string[] {
  return namespace === "host" ? command : [...ways[namespace], ...command];
}

let probed: Probed | undefined;

/** The best environment that this machine lets us make, found by trying; the answer is kept. */
export function probe(): Probed {
  probed ??= probeAnew();
  return probed;
}

function probeAnew(): Probed {
  const because: string[] = [];
  for (const namespace of ["root", "user"] as const) {
    const [command = "", ...args] = wrap(namespace, ["true"]);
    const run = spawnSync(command, args, { encoding: "utf8", timeout: 10_000 });
    if (run.status === 0) return { namespace, because };
    because.push(`${namespace}: ${run.error?.message ?? run.stderr.trim()}`);
  }
  return { namespace: "host", because };
}

/** The environment of a measurement, with the reason why it is the host's, where nobody asked for that, and what to do about it. */
export function withReason(environment: Environment, asked: Namespace | undefined): Environment {
  if (asked !== undefined || environment.namespace !== "host") return environment;
  const reasons = [...new Set(probe().because.map((line) => line.replace(/^(?:root|user): /, "")))].join("; ");
  const because = `no network namespace could be made (${reasons}): run it as root with unshare (util-linux), or where user.max_user_namespaces and user.max_net_namespaces are not 0`;
  return { ...environment, instead: [...environment.instead, because] };
}
