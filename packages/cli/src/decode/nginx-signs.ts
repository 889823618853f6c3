import { about, abortOnOverflow, notWorkers, overflowCounters, queueOf, somaxconnThere, upstreamName, upstreamOf, type Sign } from "./sign.ts";

const connecting = "nginx: src/event/ngx_event_connect.c ngx_event_connect_peer";
const upstreaming = "nginx: src/http/ngx_http_upstream.c";

/** Errors are known by their numbers, which are Linux's; their words are the C library's (musl: "Operation timed out"). */
const connectFailed = (error: string): RegExp => new RegExp(String.raw`connect\(\)(?: to \S{1,300})? failed \(${error}: `);

/** What nginx writes to its error log. */
export const nginxSigns: readonly Sign[] = [
  {
    id: "nginx-connect-eagain",
    source: connecting,
    pattern: connectFailed("11"),
    meaning: ({ input = "" }) => ({
      is: "The accept queue of the application's unix socket is full: the kernel refuses the connection at once (EAGAIN), and nginx tries the next server or answers 502. The limit is that socket's backlog, as net.core.somaxconn of its namespace leaves it.",
      not: [notWorkers, "nginx's own limits: it had a connection to spare, the application's queue had no place", "to be seen in the kernel's counters: those of full queues count TCP only"],
      next: [queueOf(upstreamOf(input)), somaxconnThere],
      rule: "upstream-burst-limit",
      settings: ["backlog", "workers"],
      ...about(upstreamOf(input)),
    }),
  },
  {
    id: "nginx-connect-timeout",
    source: connecting,
    pattern: /(?:upstream timed out|connect\(\)(?: to \S{1,300})? failed) \(110: [^)]{1,80}\) while connecting to upstream/,
    meaning: ({ input = "" }) => ({
      is: "No answer to nginx's SYN until proxy_connect_timeout ended; nginx answers 504. Over TCP a full accept queue looks like this: the kernel drops the SYN, and says nothing. So do a firewall that drops, and a host that is gone.",
      not: ["a slow application: it never saw this connection", notWorkers],
      next: [queueOf(upstreamOf(input)), overflowCounters],
      rule: "small-backlog",
      settings: ["backlog", "workers", "proxy timeouts"],
      ...about(upstreamOf(input)),
    }),
  },
  {
    id: "nginx-read-timeout",
    source: upstreaming,
    pattern: /upstream timed out \(110: [^)]{1,80}\) while (?:reading (?:response header|upstream)|sending (?:request|to client))/,
    meaning: ({ input = "" }) => ({
      is: "The connection was made, and then nothing came until proxy_read_timeout (or proxy_send_timeout) ended: the request was worked on for too long, or waited in the accept queue behind others, for the kernel makes connections before anybody accepts them.",
      not: ["too small a backlog: a longer queue makes this one more frequent", "a full queue, as a rule: its clients do not get this far (SYN cookies over a real network are the exception)"],
      next: [{ ...queueOf(upstreamOf(input)), shows: "Recv-Q: how many wait in front of the workers" }, { command: "audit-backlog --service-time T .", shows: "how long the last in line waits, beside the timeouts" }],
      rule: "queue-wait-exceeds-timeout",
      settings: ["backlog", "workers", "proxy timeouts"],
      ...about(upstreamOf(input)),
    }),
  },
  {
    id: "nginx-connect-refused",
    source: connecting,
    pattern: connectFailed("111"),
    meaning: ({ input = "" }) => ({
      is: "Nobody listens there: the application is down, restarting, or on another port or path. A unix socket's file may still be there.",
      not: ["a full queue: on Linux that is silence over TCP and EAGAIN (11) over a unix socket, never a refusal", "a matter of backlog, somaxconn or workers"],
      next: [{ ...queueOf(upstreamOf(input)), shows: "no line: nobody listens there" }, { command: "systemctl status <the application>", shows: "whether it runs, and since when" }],
      ...about(upstreamOf(input)),
    }),
  },
  {
    id: "nginx-connect-missing",
    source: connecting,
    pattern: connectFailed("(2|13)"),
    meaning: ({ 1: error, input = "" }) => {
      const address = upstreamOf(input);
      return {
        is: error === "2" ? "There is no such socket file: the application was not started, or makes its socket elsewhere (in another container, say)." : "nginx's user may not reach the socket: its file's mode, a directory's above it, or a security module.",
        not: ["a full queue, or any limit"],
        next: [{ command: `namei -l ${address?.family === "unix" && /^[\w@%+=:,./-]+$/.test(address.path) ? address.path : "<the socket>"}`, shows: "each directory on the way, with its owner and mode" }],
        ...about(address),
      };
    },
  },
  {
    id: "nginx-reset",
    source: upstreaming,
    pattern: /(?:recv|readv|send|writev|sendfile|connect)\(\) failed \((?:104|32): [^)]{1,80}\) while (?:reading (?:response header from )?upstream|sending request to upstream|connecting to upstream)|upstream prematurely closed connection/,
    meaning: ({ input = "" }) => ({
      is: "The application closed a connection that it had, or that waited in its queue: a worker was killed or timed out, the process ended with clients in its queue, or it closed an idle keep-alive connection in the moment in which nginx used it.",
      not: ["a full queue: that one refuses (unix) or stays silent (TCP), and resets nobody by default", "a matter of backlog or workers"],
      next: [{ command: "grep -E 'WORKER TIMEOUT|SIGKILL|Shutting down' <the application's log>", shows: "a worker that was killed, or a restart, at that moment" }, abortOnOverflow],
      ...about(upstreamOf(input)),
    }),
  },
  {
    id: "nginx-no-live-upstreams",
    source: "nginx: src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_get_round_robin_peer",
    pattern: /no live upstreams while connecting to upstream/,
    meaning: ({ input = "" }) => {
      const upstream = upstreamName(input);
      return {
        is: "nginx tried no server of the group: each was shut out for fail_timeout (10 s by default) after max_fails (1) failures, is marked down, or is at its max_conns. A burst that found the queues full is enough, and the queues may be empty by now.",
        not: ["a sign that the application is down: it may be idle", "mended by fail_timeout=0: that does not turn the count off, max_fails=0 does"],
        next: [{ command: "grep -B3 -m1 'no live upstreams' <nginx's error log>", shows: "what failed first: (11: …) is a full queue" }],
        rule: "max-fails-amplifies",
        settings: ["max_fails"],
        ...(upstream === undefined ? {} : { upstream }),
      };
    },
  },
  {
    id: "nginx-does-not-start",
    source: "nginx: src/event/ngx_event.c ngx_event_process_init",
    pattern: /\d worker_connections are not enough for \d+ listening sockets/,
    meaning: () => ({
      is: "nginx does not start: each listening socket takes one of a worker's connections, and there are not that many.",
      not: ["a matter of load"],
      next: [{ command: "nginx -T 2>/dev/null | grep -nE 'worker_connections|listen '", shows: "the number, and all that listens" }],
      rule: "does-not-start",
      settings: ["worker_connections"],
    }),
  },
  {
    id: "nginx-reusing-connections",
    source: "nginx: src/core/ngx_connection.c ngx_drain_connections",
    pattern: /\d worker_connections are not enough, reusing connections/,
    meaning: () => ({
      is: "A worker of nginx has nearly no connection left, and closes idle keep-alive connections to have some: nobody was turned away yet.",
      not: ["an error of the application, or its queue"],
      next: [{ command: "nginx -T 2>/dev/null | grep -nE 'worker_connections|keepalive'", shows: "the number, and who holds connections without using them" }],
      rule: "worker-connections-limit",
      settings: ["worker_connections"],
    }),
  },
  {
    id: "nginx-worker-connections",
    source: "nginx: src/core/ngx_connection.c ngx_get_connection",
    pattern: /\d worker_connections are not enough( while connecting to upstream| while requesting upstream)?/,
    meaning: ([, proxying]) => ({
      is: `A worker of nginx has no connection left. ${proxying === undefined ? "It accepts the next client and closes it." : "It had one for this client and none for the application: it answers 500."} A proxied client takes two; each listening socket takes one.`,
      not: ["the backlog, of nginx or of the application: these clients were accepted", "net.core.somaxconn"],
      next: [{ command: "nginx -T 2>/dev/null | grep -nE 'worker_(connections|processes|rlimit_nofile)'", shows: "the three numbers that decide" }],
      rule: "worker-connections-limit",
      settings: ["worker_connections"],
    }),
  },
  {
    id: "nginx-nofile-below-connections",
    source: "nginx: src/event/ngx_event.c ngx_event_module_init",
    pattern: /\d worker_connections exceed open file resource limit: \d/,
    meaning: () => ({
      is: "nginx may open fewer files than it may have connections: the limit of open files is met first.",
      not: ["an error yet: it is one when that many clients come"],
      next: [{ command: "nginx -T 2>/dev/null | grep -nE 'worker_(connections|rlimit_nofile)'", shows: "worker_rlimit_nofile has to be the larger one, with room for upstreams and files" }],
      rule: "nofile-below-connections",
      settings: ["worker_connections"],
    }),
  },
  {
    id: "nginx-open-files",
    source: "nginx: src/event/ngx_event_accept.c ngx_event_accept; src/event/ngx_event_connect.c",
    pattern: /(accept4?|socket|open|pipe|openat)\(\)(?: "[^"]{0,300}")? failed \(2[34]: /,
    meaning: ([, call = ""]) => ({
      is: `A worker of nginx has no file descriptor left. ${call.startsWith("accept") ? "It stops accepting for half a second at a time, and clients wait in the queue meanwhile." : "The request that needed one fails."}`,
      not: ["worker_connections: that one has a message of its own", "the backlog: it only holds what is not accepted"],
      next: [{ command: "grep 'open files' /proc/$(pgrep -f 'nginx: worker' | head -1)/limits", shows: "the limit in force; worker_rlimit_nofile or LimitNOFILE= set it" }],
      rule: "nofile-below-connections",
      settings: ["worker_connections"],
    }),
  },
  {
    id: "nginx-limiting",
    source: "nginx: src/http/modules/ngx_http_limit_conn_module.c, ngx_http_limit_req_module.c",
    pattern: /limiting (connections by zone|requests, excess: [\d.]{1,20},? by zone)/,
    meaning: ([, what = ""]) => ({
      is: `nginx turns these clients away itself (503 by default): ${what.startsWith("connections") ? "limit_conn" : "limit_req"} says so.`,
      not: ["a queue of the kernel, or the backlog", "worker_connections"],
      next: [{ command: "nginx -T 2>/dev/null | grep -nE 'limit_(conn|req)'", shows: "which zone, and the number" }],
      settings: ["limit_conn"],
    }),
  },
];
