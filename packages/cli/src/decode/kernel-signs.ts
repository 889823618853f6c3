import { about, addressOf, overflowCounters, queueOf, somaxconnThere, tcpQueue, type Meaning, type Sign } from "./sign.ts";

/**
 * A counter as nstat ("TcpExtListenOverflows   5   0.0"), netstat -s ("TCPReqQFullDrop: 5") and node_exporter
 * ("node_netstat_TcpExt_ListenOverflows 5") print it; the number of which may be 1.2e+06.
 */
const counter = (name: string): string => String.raw`(?<![A-Za-z0-9])(?:TcpExt)?${name}(?:\{[^}]{0,500}\})?"?[ \t]{0,80}[:=]?[ \t]{0,80}(\d[\d.e+]{0,25})`;

/** Not all that 0 says is that nothing happened. */
function told(count: string | undefined): string {
  const number = Number(count);
  if (number === 0) return "It is 0. As a total (nstat -az) that means: never in this network namespace. A container has counters of its own, and unix sockets are in none of them. ";
  return `It counts since this network namespace was made (nstat without -a: since it was last asked): whether ${Number.isFinite(number) ? String(number) : "that"} is much depends on how fast it grows. `;
}

/** What the kernel logs and counts, and ss shows of it. */
export const kernelSigns: readonly Sign[] = [
  {
    id: "kernel-syn-flooding",
    source: "linux: net/ipv4/tcp_input.c tcp_syn_flood_action",
    pattern: /[Pp]ossible SYN flooding on port ([^\s]{1,60})\. {1,4}(Sending cookies|Dropping request)/,
    meaning: ([, where = "", action]) => {
      const address = addressOf(/^\d+$/.test(where) ? `*:${where}` : where);
      return {
        is: `More handshakes were under way on port ${where} than its listener's backlog, which limits the SYN queue, too. ${action === "Sending cookies" ? "The kernel went on with SYN cookies: connect() succeeds even for clients that find no place in the accept queue, and their first answer is late or never comes." : "The kernel drops further SYNs, for tcp_syncookies is 0."} It is logged once for each listener, not each time.`,
        not: ["an attack, in most cases: a burst on a small backlog is enough", "mended by tcp_max_syn_backlog: that is not looked at while cookies are on"],
        next: [queueOf(address), { command: "nstat -az TcpExtTCPReqQFullDoCookies TcpExtTCPReqQFullDrop", shows: "how often" }],
        rule: "small-backlog",
        settings: ["backlog", "workers"],
        ...about(address),
      };
    },
  },
  {
    id: "listen-overflows",
    source: "linux: net/ipv4/tcp_input.c tcp_conn_request; net/ipv4/proc.c",
    pattern: new RegExp(String.raw`${counter("ListenOverflows")}|(\d{1,20}) times the listen queue of a socket overflowed`),
    meaning: ([, count, words]) => ({
      is: `How often TCP clients found an accept queue full; each repeated SYN counts again. It is the sum over all listeners of the namespace. ${told(count ?? words)}`.trim(),
      not: ["about unix sockets: their full queues are in no counter", "the SYN queue: that has counters of its own (TCPReqQFull…)", "a number of failed clients: most get in with a later SYN, a second or more late"],
      next: [tcpQueue(), { command: "nstat -n; sleep 10; nstat -z TcpExtListenOverflows", shows: "how much it grows in ten seconds" }],
      rule: "small-backlog",
      settings: ["backlog"],
    }),
  },
  {
    id: "listen-drops",
    source: "linux: net/ipv4/tcp_ipv4.c tcp_v4_syn_recv_sock; net/ipv4/proc.c",
    pattern: new RegExp(String.raw`${counter("ListenDrops")}|(\d{1,20}) SYNs to LISTEN sockets (?:dropped|ignored)`),
    meaning: ([, count, words]) => ({
      is: `How many connection attempts the listeners lost, for whatever reason; it is never less than ListenOverflows, the full accept queues among them. What it has beyond those are full SYN queues (where cookies are off) and lack of memory. ${told(count ?? words)}`.trim(),
      not: ["only SYNs, whatever netstat calls it: the last step of a handshake counts, too", "a number of failed clients: most try again"],
      next: [overflowCounters],
      settings: ["backlog"],
    }),
  },
  {
    id: "syn-queue-full",
    source: "linux: net/ipv4/tcp_input.c tcp_syn_flood_action; net/ipv4/proc.c",
    pattern: new RegExp(String.raw`${counter("TCPReqQFull(?:DoCookies|Drop)")}|(\d{1,20}) SYN cookies sent|${counter("SyncookiesSent")}`),
    meaning: ([, count, words, cookies]) => ({
      is: `How often the SYN queue of a listener was full. Its limit is the listener's backlog: with cookies on (the default) connect() succeeds all the same, also for clients that find no place in the accept queue. ${told(count ?? words ?? cookies)}`.trim(),
      not: ["a matter of tcp_max_syn_backlog, as long as tcp_syncookies is not 0", "about unix sockets"],
      next: [tcpQueue(), { command: "sysctl net.ipv4.tcp_syncookies", shows: "1: cookies when the queue is full; 2: always; 0: SYNs are dropped" }],
      rule: "small-backlog",
      settings: ["backlog"],
    }),
  },
  {
    id: "ss-listen",
    source: "iproute2: misc/ss.c; linux: net/ipv4/tcp_diag.c tcp_diag_get_info, net/unix/diag.c",
    pattern: /^\s*(?:(?:tcp|u_str|u_seq|mptcp)\s+)?LISTEN\s+(\d{1,10})\s+(\d{1,10})\s+(\S{1,200})/,
    meaning: ([, queue, backlog, where]) => ssMeaning(Number(queue), Number(backlog), where ?? ""),
  },
  {
    id: "netstat-listen",
    source: "net-tools: netstat.c tcp_do_one",
    pattern: /^\s*tcp6?\s+(\d{1,10})\s+\d{1,10}\s+(\S{1,200})\s+\S{1,200}\s+LISTEN/,
    meaning: ([, queue, where]) => ({
      is: `${String(where)}: ${waiting(Number(queue))}. netstat shows the queue's length and not its limit: its Send-Q is 0 for every listener.`,
      not: ["a backlog of 0"],
      next: [queueOf(addressOf(where))],
      settings: ["backlog"],
      ...about(addressOf(where)),
    }),
  },
];

function waiting(length: number): string {
  return length === 0 ? "nobody waits in the queue now" : `${String(length)} ${length === 1 ? "waits" : "wait"} in the queue now`;
}

function ssMeaning(length: number, limit: number, where: string): Meaning {
  const address = addressOf(where);
  const port = address?.family === "tcp" ? address.port : undefined;
  return {
    is: `${where}: the backlog in force is ${String(limit)}, so the queue holds ${String(limit + 1)}; ${length > limit ? "it is full now, and whoever comes is turned away or has to try again" : waiting(length)}.`,
    not: ["the backlog that was asked for: this is what net.core.somaxconn left of it when the server called listen()", ...(length === 0 ? ["a sign that nobody waits: gthread, gevent and event loops take clients out of the queue long before they serve them"] : [])],
    next: [{ command: port === undefined ? "watch -n1 'ss -xl'" : `watch -n1 "ss -lnt 'sport = :${String(port)}'"`, shows: "whether Recv-Q passes Send-Q in a burst" }, somaxconnThere],
    rule: "backlog-clamped",
    settings: ["backlog"],
    ...about(address),
  };
}
