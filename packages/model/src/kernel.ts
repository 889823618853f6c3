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
