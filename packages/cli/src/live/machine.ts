import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "@audit-backlog/model";
import { UsageError } from "../option-values.ts";
import { countersOf, tcpListeners, unixListeners, type CounterName, type ProcRow } from "./proc-net.ts";
import { processesWith, type Process, type Processes } from "./processes.ts";
import { readSs } from "./ss.ts";

export interface LiveListener {
  readonly address: Address;
  readonly inode: string;
  /** Connections that wait for accept() now; absent where only ss could tell, and was not there. */
  readonly queue?: number;
  /** The backlog in force; absent where only ss could tell, and was not there. */
  readonly effective?: number;
  /** Those that may be seen. */
  readonly processes: readonly Process[];
}

/** What a machine tells of the listeners of one network namespace: this process's. */
export interface Machine {
  readonly kernel: string;
  readonly somaxconn: number;
  readonly listeners: readonly LiveListener[];
  readonly counters: ReadonlyMap<CounterName, number>;
  /** Why backlogs in force are not known. */
  readonly missing?: string;
  readonly hidden: number;
  readonly elsewhere: Processes["elsewhere"];
}

export interface Sources {
  readonly proc: string;
  readonly ss: typeof readSs;
}

/** Reads /proc and asks ss. Throws UsageError on a system that has no /proc/net. */
export function readMachine({ proc, ss }: Sources = { proc: "/proc", ss: readSs }): Machine {
  const read = (path: string): string => readFileSync(join(proc, path), "latin1");
  const optional = (path: string): string => {
    try {
      return read(path);
    } catch {
      return "";
    }
  };
  try {
    const rows: readonly ProcRow[] = [...tcpListeners(read("net/tcp")), ...tcpListeners(optional("net/tcp6")), ...unixListeners(optional("net/unix"))];
    const told = ss();
    const known = "missing" in told ? undefined : told;
    const { holders, hidden, elsewhere } = processesWith(new Set(rows.map(({ inode }) => inode)), proc);
    return {
      kernel: optional("sys/kernel/osrelease").trim(),
      somaxconn: Number(read("sys/net/core/somaxconn").trim()),
      listeners: rows.map((row) => listenerOf(row, known?.get(row.inode), holders.get(row.inode) ?? [])),
      counters: countersOf(optional("net/netstat")),
      ...("missing" in told ? { missing: told.missing } : {}),
      hidden,
      elsewhere,
    };
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new UsageError(`live reads what Linux shows in /proc, and this system does not: ${error.message}`);
  }
}

/** moby: cmd/docker-proxy; rootlesskit: cmd/rootlessport; podman: conmon; passt: pasta. */
const forwarders = new Set(["docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "pasta", "conmon"]);

/** Whether it only hands a port of the machine on to a container, whose own listener is in another namespace. */
export function isForwarder({ processes }: LiveListener): boolean {
  return processes.length > 0 && processes.every(({ name }) => forwarders.has(name));
}

function listenerOf(row: ProcRow, told: { readonly queue: number; readonly backlog?: number } | undefined, processes: readonly Process[]): LiveListener {
  const queue = told?.queue ?? row.queue;
  return {
    address: row.family === "tcp" ? { family: "tcp", host: row.host, port: row.port } : { family: "unix", path: utf8(row.path) },
    inode: row.inode,
    ...(queue === undefined ? {} : { queue }),
    ...(told?.backlog === undefined ? {} : { effective: told.backlog }),
    processes,
  };
}

/** Tables are read byte by byte, for a path may be no UTF-8 at all. */
function utf8(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
