import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export interface Process {
  readonly pid: number;
  /** As the process calls itself; it may hold anything. */
  readonly name: string;
}

export interface Processes {
  /** Who holds a socket, by its inode; in the order of their ids. */
  readonly holders: ReadonlyMap<string, readonly Process[]>;
  /** Processes whose open files may not be seen. */
  readonly hidden: number;
  /** A process of each other network namespace that was seen, and how many share it. */
  readonly elsewhere: readonly (Process & { readonly processes: number })[];
}

/** Looks through the open files of every process for the given sockets. What ends or is forbidden meanwhile is passed over. */
export function processesWith(inodes: ReadonlySet<string>, proc = "/proc"): Processes {
  const holders = new Map<string, Process[]>();
  const elsewhere = new Map<string, Process & { readonly processes: number }>();
  const here = attempt(() => readlinkSync(join(proc, "self/ns/net")));
  let hidden = 0;
  const ids = readdirSync(proc).filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
  for (const pid of ids) {
    const own = join(proc, String(pid));
    const name = (): string => attempt(() => readFileSync(join(own, "comm"), "utf8").trimEnd()) ?? "?";
    const namespace = attempt(() => readlinkSync(join(own, "ns/net")));
    if (namespace !== undefined && namespace !== here) {
      const known = elsewhere.get(namespace);
      elsewhere.set(namespace, known === undefined ? { pid, name: name(), processes: 1 } : { ...known, processes: known.processes + 1 });
    }
    const files = filesOf(own);
    if (files === "forbidden") hidden += 1;
    const held = new Set((files === "forbidden" ? [] : files).flatMap((file) => /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(join(own, "fd", file))) ?? "")?.[1] ?? []));
    for (const inode of held) {
      if (!inodes.has(inode)) continue;
      const known = holders.get(inode) ?? [];
      holders.set(inode, [...known, { pid, name: name() }]);
    }
  }
  return { holders, hidden, elsewhere: [...elsewhere.values()] };
}

function filesOf(own: string): readonly string[] | "forbidden" {
  try {
    return readdirSync(join(own, "fd"));
  } catch (error) {
    return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM") ? "forbidden" : [];
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
