import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostLimits } from "@audit-backlog/model";

/** ioctl SIOCSIFFLAGS (0x8914) with IFF_UP | IFF_LOOPBACK | IFF_RUNNING. Source: netdevice(7). */
const perl = `socket(my $s, 2, 2, 0) or die $!; ioctl($s, 0x8914, pack("a16 s x22", "lo", 0x49)) or die $!`;
const python = `import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x49))`;

/** Brings the loopback interface of a fresh network namespace up, with the first tool that there is. Throws when none does. */
export function bringLoopbackUp(): void {
  const ways = [["ip", "link", "set", "lo", "up"], ["perl", "-e", perl], ["python3", "-c", python]] as const;
  const failures: string[] = [];
  for (const [command, ...args] of ways) {
    const run = spawnSync(command, args, { encoding: "utf8", timeout: 10_000 });
    if (run.status === 0) return;
    failures.push(`${command}: ${run.error?.message ?? run.stderr.trim()}`);
  }
  throw new Error(`the loopback interface stays down: ${failures.join("; ")}`);
}

const sysctlPaths: Readonly<Record<keyof HostLimits, string>> = {
  somaxconn: "net/core/somaxconn",
  tcp_max_syn_backlog: "net/ipv4/tcp_max_syn_backlog",
  tcp_syncookies: "net/ipv4/tcp_syncookies",
  tcp_abort_on_overflow: "net/ipv4/tcp_abort_on_overflow",
  tcp_syn_linear_timeouts: "net/ipv4/tcp_syn_linear_timeouts",
};

function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Writes the limits that a scenario states, unless it is the host's own namespace, and reads all of them back. */
export function applyLimits(limits: HostLimits, writable: boolean): Readonly<Record<string, string>> {
  const readBack: Record<string, string> = {};
  for (const [name, path] of Object.entries(sysctlPaths)) {
    const wanted = limits[name as keyof HostLimits];
    if (writable && wanted !== undefined) {
      try {
        writeFileSync(`/proc/sys/${path}`, String(wanted));
      } catch {
        // What counts is what is read back.
      }
    }
    const value = readSysctl(path);
    if (value !== undefined) readBack[path.replaceAll("/", ".")] = value;
  }
  return readBack;
}

/**
 * A directory for sockets and generated configurations. In a mount namespace of our own it is a file system in memory, which
 * vanishes with the namespace, however the run ends.
 */
export function makeDirectory(isPrivate: boolean): { readonly path: string; readonly remove: () => void } {
  if (isPrivate) {
    for (const path of ["/mnt", "/media", "/srv", "/opt"]) {
      if (!existsSync(path)) continue;
      if (spawnSync("mount", ["-t", "tmpfs", "audit-backlog", path], { timeout: 10_000 }).status === 0) return { path, remove: () => undefined };
    }
  }
  const path = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  process.once("exit", remove);
  return { path, remove };
}

/** A TCP port that nobody listened on a moment ago, for the host's own namespace. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
      });
    });
  });
}
