import type { Client } from "./clients.ts";

/** Seconds; no load waits longer. */
const horizon = 100;

/**
 * Seconds after the first SYN at which a client's kernel repeats it. The first timeout is a second, as are the next
 * `linearTimeouts`; from then on each is twice the one before. Linux before 6.5 has no such sysctl, which is 0.
 * Source: linux: net/ipv4/tcp_timer.c tcp_retransmit_timer; Documentation/networking/ip-sysctl.rst tcp_syn_linear_timeouts.
 */
export function retryTimes(linearTimeouts: number): readonly number[] {
  const times: number[] = [];
  let timeout = 1;
  for (let at = 1; at < horizon; at += timeout) {
    times.push(at);
    if (times.length > linearTimeouts) timeout *= 2;
  }
  return times;
}

/**
 * How many clients connected at once, after the first repeated SYN, after the second, and so on up to the last that let somebody in.
 * A kernel's timers may be late and are never early, and a repeated SYN that finds room is answered at once.
 */
export function connectedByRetry(clients: readonly Client[], linearTimeouts: number): readonly number[] {
  const times = retryTimes(linearTimeouts);
  const counts: number[] = [];
  for (const { started, connectedAt } of clients) {
    if (connectedAt === undefined) continue;
    const seconds = (connectedAt - started) / 1000;
    const repeated = times.filter((at) => at <= seconds).length;
    while (counts.length <= repeated) counts.push(0);
    counts[repeated] = (counts[repeated] ?? 0) + 1;
  }
  return counts;
}
