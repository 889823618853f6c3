/** net.core.somaxconn where nothing sets it. Source: linux: include/linux/socket.h SOMAXCONN; listen(2), NOTES. */
export const somaxconnDefault = { current: 4096, before5_4: 128, source: "listen(2), NOTES" } as const;

/**
 * The backlog in force after listen(2), for TCP and unix sockets alike: the kernel compares unsigned, so a negative
 * number is larger than every limit. `requested` is the C int that reaches the kernel, after the server's own conversion.
 * Source: linux: net/socket.c __sys_listen_socket.
 */
export function effectiveBacklog(requested: number, somaxconn: number): number {
  return requested < 0 ? somaxconn : Math.min(requested, somaxconn);
}

/**
 * Connections that one accept queue holds: one more than the effective backlog, as it is full when its length
 * *exceeds* the backlog. Source: linux: include/net/sock.h sk_acceptq_is_full; net/unix/af_unix.c unix_recvq_full.
 */
export function queueCapacity(effective: number): number {
  return effective + 1;
}

/**
 * Seconds after the first attempt at which a client's kernel repeats a SYN that got no answer, and when connect() gives up
 * with ETIMEDOUT; with tcp_syn_retries 6 and, since Linux 6.5, tcp_syn_linear_timeouts 4, the defaults.
 * Source: linux: Documentation/networking/ip-sysctl.rst; net/ipv4/tcp_timer.c tcp_write_timeout.
 */
export const synRetries = {
  since6_5: { at: [1, 2, 3, 4, 5, 7, 11, 19, 35, 67], givesUp: 131 },
  before6_5: { at: [1, 3, 7, 15, 31, 63], givesUp: 127 },
} as const;
