import { readFileSync } from "node:fs";

/** Where a server listens. */
export type Address = { readonly family: "tcp"; readonly port: number } | { readonly family: "unix"; readonly path: string };

/** States of a socket in /proc/net/tcp. Source: linux: include/net/tcp_states.h. */
const established = "01";
const synSent = "02";
const closeWait = "08";
const listening = "0A";

/** What the kernel shows of one address. */
export interface AddressCounts {
  /** A length for each accept queue. */
  readonly queues: readonly number[];
  /** Connections that a process took out of the queue and that it has not closed. */
  readonly accepted: number;
  /** Clients whose SYN nobody answered yet. */
  readonly unanswered: number;
}

/** Counts of one address in this network namespace. */
export function countsOf(address: Address): AddressCounts {
  return address.family === "tcp" ? tcpCounts(address.port) : unixCounts(address.path);
}

/**
 * The rx_queue of a LISTEN row is its accept queue's length; an established row without an inode is no process's yet.
 * Source: linux: net/ipv4/tcp_ipv4.c get_tcp4_sock.
 */
function tcpCounts(port: number): AddressCounts {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const queues: number[] = [];
  let accepted = 0;
  let unanswered = 0;
  for (const line of readFileSync("/proc/self/net/tcp", "latin1").split("\n").slice(1)) {
    const [, local = "", remote = "", state, lengths = "", , , , , inode] = line.trim().split(/ +/, 10);
    if (local.endsWith(suffix)) {
      if (state === listening) queues.push(Number.parseInt(lengths.slice(lengths.indexOf(":") + 1), 16));
      else if ((state === established || state === closeWait) && inode !== "0") accepted += 1;
    } else if (state === synSent && remote.endsWith(suffix)) unanswered += 1;
  }
  return { queues, accepted, unanswered };
}

/**
 * A connection that waits for accept() has the listener's path, state 02 and no inode; an accepted one 03 and an inode.
 * Source: linux: net/unix/af_unix.c unix_seq_show.
 */
function unixCounts(path: string): AddressCounts {
  // Node's cluster binds the shortest path there is, which is the one relative to its working directory, here the root.
  const relative = path.slice(1);
  let listens = 0;
  let waiting = 0;
  let accepted = 0;
  for (const line of readFileSync("/proc/self/net/unix", "latin1").split("\n").slice(1)) {
    const [, , , flags, , state, inode, bound] = line.split(/ +/, 8);
    if (bound !== path && bound !== relative) continue;
    if (flags === "00010000") listens += 1;
    else if (state === "02" && inode === "0") waiting += 1;
    else if (state === "03" && inode !== "0") accepted += 1;
  }
  return { queues: listens === 0 ? [] : [waiting], accepted, unanswered: 0 };
}

export const counterNames = ["ListenOverflows", "ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies"] as const;
export type Counters = Readonly<Record<(typeof counterNames)[number], number>>;

/** The TcpExt counters of this network namespace that tell of full queues. */
export function counters(): Counters {
  const [names = "", values = ""] = readFileSync("/proc/self/net/netstat", "latin1").split("\n");
  const at = names.split(" ");
  const numbers = values.split(" ");
  const counter = (name: string): number => Number(numbers[at.indexOf(name)] ?? 0);
  return {
    ListenOverflows: counter("ListenOverflows"),
    ListenDrops: counter("ListenDrops"),
    TCPReqQFullDrop: counter("TCPReqQFullDrop"),
    TCPReqQFullDoCookies: counter("TCPReqQFullDoCookies"),
  };
}

/** How much each counter grew. */
export function growth(before: Counters, after: Counters): Counters {
  return {
    ListenOverflows: after.ListenOverflows - before.ListenOverflows,
    ListenDrops: after.ListenDrops - before.ListenDrops,
    TCPReqQFullDrop: after.TCPReqQFullDrop - before.TCPReqQFullDrop,
    TCPReqQFullDoCookies: after.TCPReqQFullDoCookies - before.TCPReqQFullDoCookies,
  };
}
