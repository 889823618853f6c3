import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** What ss knows of listeners, by their inodes. The backlog is absent where the kernel did not tell it. */
export type SsRows = ReadonlyMap<string, { readonly queue: number; readonly backlog?: number }>;

/** Where distributions put it. PATH is not asked: this may run as root. */
const places = ["/usr/bin/ss", "/usr/sbin/ss", "/bin/ss", "/sbin/ss", "/run/current-system/sw/bin/ss"];

/** Asks ss for all listeners of this network namespace; in words, why it can't be asked. */
export function readSs(): SsRows | { readonly missing: string } {
  const program = places.find((place) => existsSync(place));
  if (program === undefined) return { missing: "ss is not installed (Debian, Ubuntu, Alpine: iproute2; Fedora, RHEL: iproute)" };
  const texts: string[] = [];
  for (const options of ["-lnte", "-xle"]) {
    // Its environment could name files to read instead of asking the kernel.
    const run = spawnSync(program, [options], { cwd: "/", env: { LC_ALL: "C" }, encoding: "latin1", stdio: ["ignore", "pipe", "pipe"], timeout: 20_000, maxBuffer: 256 * 1024 * 1024 });
    if (run.status !== 0) return { missing: `${program} ${options} failed: ${run.error?.message ?? run.stderr.trim().slice(0, 200)}` };
    texts.push(run.stdout);
  }
  return ssRows(texts.join("\n"));
}

/**
 * Rows of `ss -lnte` and `ss -xle`. Of a listener, Recv-Q is the length of the accept queue and Send-Q the backlog in force. Where the
 * kernel has no sock_diag, ss reads /proc, prints 0 for every Send-Q, and leaves out the marks of shutdown ("<->").
 * iproute2: misc/ss.c; linux: net/ipv4/tcp_diag.c tcp_diag_get_info, net/unix/diag.c sk_diag_show_rqlen.
 */
export function ssRows(text: string): SsRows {
  const rows = new Map<string, { readonly queue: number; readonly backlog?: number }>();
  const twice = new Set<string>();
  for (const line of text.split("\n")) {
    const [, queue, backlog, rest = ""] = /^(?:\w+ +)?LISTEN +(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
    const inode = /^.* ino:(\d+) sk:/.exec(rest)?.[1] ?? /^.* (\d+) +\* 0(?: |$)/.exec(rest)?.[1];
    if (queue === undefined || backlog === undefined || inode === undefined) continue;
    // A path may hold a line that looks like another socket's: an inode that occurs twice is not believed.
    if (rows.has(inode)) twice.add(inode);
    const told = Number(backlog) > 0 || / [<-]-[>-](?: |$)/.test(rest);
    rows.set(inode, { queue: Number(queue), ...(told ? { backlog: Number(backlog) } : {}) });
  }
  for (const inode of twice) rows.delete(inode);
  return rows;
}
