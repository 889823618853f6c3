import { endianness } from "node:os";

/** A row of /proc/net of a socket that listens. */
export type ProcRow = {
  readonly inode: string;
  /** Connections that wait for accept(); absent where several listeners share a path, for the table does not say whose they are. */
  readonly queue?: number;
} & ({ readonly family: "tcp"; readonly host: string; readonly port: number } | { readonly family: "unix"; readonly path: string });

/** TCP_LISTEN. linux: include/net/tcp_states.h. */
const listening = "0A";

/**
 * Listeners of /proc/net/tcp or tcp6, whose rx_queue is the length of the accept queue. Rows that are none are passed over.
 * linux: net/ipv4/tcp_ipv4.c get_tcp4_sock; net/ipv6/tcp_ipv6.c get_tcp6_sock; Documentation/networking/proc_net_tcp.rst.
 */
export function tcpListeners(text: string, order = endianness()): readonly ProcRow[] {
  return text.split("\n").flatMap((line): readonly ProcRow[] => {
    const [, address, queue, inode] = /^\s*\d+: ([0-9A-F]{8}:[0-9A-F]{4}|[0-9A-F]{32}:[0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8}) \S+ \S+ +\d+ +\d+ (\d+)/.exec(line) ?? [];
    if (address === undefined || queue === undefined || inode === undefined || !queue.startsWith(listening)) return [];
    const [host = "", port = ""] = address.split(":");
    return [{ family: "tcp", host: host.length === 8 ? ipv4(host, order) : ipv6(host, order), port: Number.parseInt(port, 16), queue: Number.parseInt(queue.slice(-8), 16), inode }];
  });
}

/** The kernel prints each 32 bit word of an address as a number, so its bytes are in the machine's order. */
function words(hex: string, order: "LE" | "BE"): readonly number[] {
  return (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const bytes = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return order === "LE" ? bytes.reverse() : bytes;
  });
}

function ipv4(hex: string, order: "LE" | "BE"): string {
  return words(hex, order).join(".");
}

/** As RFC 5952 writes it; an IPv4 address in it with dots. */
function ipv6(hex: string, order: "LE" | "BE"): string {
  const bytes = words(hex, order);
  if (bytes.slice(0, 12).join(" ") === "0 0 0 0 0 0 0 0 0 0 255 255") return `::ffff:${bytes.slice(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  // The URL of a host is written so, and Node knows how.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/**
 * Listeners of /proc/net/unix. Who waits has a row of its own: the listener's path, state 02 and no inode.
 * linux: net/unix/af_unix.c unix_seq_show.
 */
export function unixListeners(text: string): readonly ProcRow[] {
  const listeners: { readonly path: string; readonly inode: string }[] = [];
  const waiting = new Map<string, number>();
  const listen = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, flags, state, inode, path] = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} ([0-9A-F]{2}) +(\d+) (.+)$/.exec(line) ?? [];
    if (path === undefined || inode === undefined) continue;
    // __SO_ACCEPTCON. linux: include/uapi/linux/net.h.
    if (flags === "00010000") {
      listeners.push({ path, inode });
      listen.set(path, (listen.get(path) ?? 0) + 1);
    } else if (state === "02" && inode === "0") waiting.set(path, (waiting.get(path) ?? 0) + 1);
  }
  return listeners.map(({ path, inode }) => ({ family: "unix", path, inode, ...(listen.get(path) === 1 ? { queue: waiting.get(path) ?? 0 } : {}) }));
}

export const counterNames = ["ListenOverflows", "ListenDrops", "TCPReqQFullDoCookies", "TCPReqQFullDrop"] as const;
export type CounterName = (typeof counterNames)[number];

/** Counters of /proc/net/netstat, a line of names above a line of numbers; one that the kernel does not have is absent. */
export function countersOf(text: string): ReadonlyMap<CounterName, number> {
  const rows = text.split("\n").filter((line) => line.startsWith("TcpExt: "));
  const [names = [], values = []] = rows.map((line) => line.split(" "));
  return new Map(
    counterNames.flatMap((name) => {
      const value = values[names.indexOf(name)];
      return names.includes(name) && value !== undefined && /^\d+$/.test(value) ? [[name, Number(value)] as const] : [];
    }),
  );
}
