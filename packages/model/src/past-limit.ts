/** How a client reaches a listener whose accept queue is full. */
export type Approach =
  | { readonly family: "unix"; readonly connect: "blocking" | "non-blocking" }
  | {
      readonly family: "tcp";
      /** `zero`: loopback and veth, where a handshake is over before the next begins. `real`: everything else. */
      readonly roundTrip: "zero" | "real";
      /** Who sends the first byte: the client in HTTP, the server in SMTP, SSH or MySQL. */
      readonly speaksFirst: "client" | "server";
      /** net.ipv4.tcp_syncookies is 1 (the default) or 2. */
      readonly syncookies: boolean;
      /** net.ipv4.tcp_abort_on_overflow. */
      readonly abortOnOverflow: boolean;
    };

/** What a client sees past the limit. Nothing here is a refusal: Linux refuses no connection to a listening TCP socket for its full queue. */
export interface PastLimit {
  /** How its connect() ends at first. */
  readonly connect: "fails at once" | "waits for room" | "retries" | "succeeds";
  readonly error?: "EAGAIN" | "ECONNRESET";
  /** Who gets `error`, where it is not everyone past the limit. */
  readonly errorFor?: "handshakes under way";
  /** Whether it is served without connecting anew once there is room. */
  readonly recovers: boolean;
  /** One sentence for a report. */
  readonly sees: string;
  /** The kernel's counters that show it. */
  readonly counters: readonly ("ListenOverflows" | "ListenDrops" | "TCPReqQFullDrop" | "TCPReqQFullDoCookies")[];
  readonly source: string;
}

const unixSource = "linux: net/unix/af_unix.c unix_stream_connect";

/** What a client past the limit sees on Linux. With a real round-trip time it depends on the server's sysctls; without one it doesn't. */
export function pastLimit(approach: Approach): PastLimit {
  if (approach.family === "unix") {
    return approach.connect === "blocking"
      ? { connect: "waits for room", recovers: true, sees: "connect() waits until there is room", counters: [], source: unixSource }
      : { connect: "fails at once", error: "EAGAIN", recovers: false, sees: "connect() fails at once with EAGAIN", counters: [], source: unixSource };
  }
  if (approach.roundTrip === "zero") return dropped;
  const reset = approach.abortOnOverflow ? ({ error: "ECONNRESET", errorFor: "handshakes under way" } as const) : {};
  if (!approach.syncookies) return { ...dropped, ...reset, counters: ["ListenOverflows", "ListenDrops", "TCPReqQFullDrop"] };
  const counters = ["ListenOverflows", "ListenDrops", "TCPReqQFullDoCookies"] as const;
  const source = "linux: net/ipv4/syncookies.c tcp_get_cookie_sock";
  return approach.speaksFirst === "client"
    ? { connect: "succeeds", ...reset, recovers: true, sees: "connect() succeeds and the first answer is late: the request is repeated until there is room", counters, source }
    : { connect: "succeeds", ...reset, recovers: false, sees: "connect() succeeds and the server's first word never comes", counters, source };
}

const dropped: PastLimit = {
  connect: "retries",
  recovers: true,
  sees: "connect() gets no answer and tries again after 1 s and later, until there is room or patience ends",
  counters: ["ListenOverflows", "ListenDrops"],
  source: "linux: net/ipv4/tcp_input.c tcp_conn_request",
};
