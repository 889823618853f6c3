import type { Address } from "@audit-backlog/model";
import { about, abortOnOverflow, addressOf, notWorkers, overflowCounters, queueOf, somaxconnThere, unixQueue, type Sign } from "./sign.ts";

/** An address as it stands behind an error's name: `127.0.0.1:8000`, `/run/a.sock`, with marks of the sentence around it. */
function nearby(text: string | undefined): Address | undefined {
  return addressOf(text?.replace(/^["'(]+/, "").replace(/["'),:;\]}\\]+$/, ""));
}

/** Go says whom it called before it says what came of it. */
const goDial = String.raw`dial (?:tcp|unix) (\S{1,200}): (?:connect: )?`;

/** What clients, servers and runtimes write. */
export const programSigns: readonly Sign[] = [
  {
    id: "probe-failed",
    source: "kubernetes: pkg/kubelet/prober/prober.go, pkg/probe/http/http.go",
    pattern: /(Liveness|Readiness|Startup) probe failed: .{0,500}?(?:deadline exceeded|Timeout exceeded|request canceled|i\/o timeout)/,
    meaning: ({ 1: kind, input = "" }) => ({
      is: `The probe got no answer in its time. It is a client like the others: when the queue is long, it waits behind all of them, and when it is full, its SYN is dropped.${kind === "Liveness" ? " The kubelet then kills a server that may only be busy, with everybody who waits in it." : ""}`,
      not: ["a proof that the server is stuck", ...(kind === "Liveness" ? ["mended by a larger backlog: the probe then waits longer"] : [])],
      next: [{ command: "kubectl exec <pod> -- ss -lnt", shows: "Recv-Q while it is busy: how many the probe waits behind" }],
      rule: "probe-behind-queue",
      settings: ["backlog", "workers"],
      ...about(addressOf(/https?:\/\/([^\s/"\\]{1,200})/.exec(input)?.[1])),
    }),
  },
  {
    id: "connect-eagain",
    source: "connect(2); node: lib/net.js; libuv: src/unix/pipe.c uv_pipe_connect2; go: src/net",
    pattern: new RegExp(String.raw`connect EAGAIN (\S{1,200})|${goDial}resource temporarily unavailable`),
    meaning: ([, node, go]) => ({
      is: "The accept queue of that unix socket is full. The client connects without blocking, so the kernel says no at once instead of letting it wait; a connect timeout changes nothing about that.",
      not: [notWorkers, "a lack of anything in this process: it is the server's queue", "to be seen in the kernel's counters: those of full queues count TCP only"],
      next: [unixQueue(pathOf(nearby(node ?? go))), somaxconnThere],
      rule: "small-backlog",
      settings: ["backlog", "workers"],
      ...about(nearby(node ?? go)),
    }),
  },
  {
    id: "python-eagain",
    source: "CPython: Modules/socketmodule.c internal_connect",
    pattern: /BlockingIOError: \[Errno 11\]|\[Errno 11\] Resource temporarily unavailable/,
    meaning: () => ({
      is: "Where the traceback ends in a connect() to a unix socket: its accept queue is full, and a socket with a timeout says so at once, however long the timeout. In a recv(), send() or accept() it has nothing to do with queues that are full.",
      not: [notWorkers],
      next: [unixQueue()],
      rule: "small-backlog",
      settings: ["backlog", "workers"],
    }),
  },
  {
    id: "connect-refused",
    source: "connect(2); tcp(7)",
    pattern: new RegExp(String.raw`\bECONNREFUSED\b(?: (\S{1,200}))?|${goDial}connection refused|\[Errno 111\] |[Cc]onnection refused`),
    meaning: ([, node, go]) => ({
      is: "Nobody listens there: the server is down, restarting, or on another address.",
      not: ["a full queue: on Linux that is silence over TCP and EAGAIN over a unix socket, never a refusal", "a matter of backlog, somaxconn or workers"],
      next: [{ ...queueOf(nearby(node ?? go)), shows: "no line: nobody listens there" }],
      ...about(nearby(node ?? go)),
    }),
  },
  {
    id: "connect-timeout",
    source: "connect(2); linux: Documentation/networking/ip-sysctl.rst tcp_syn_retries, tcp_syn_linear_timeouts",
    pattern: new RegExp(String.raw`connect ETIMEDOUT(?: (\S{1,200}))?|${goDial}(?:i/o timeout|connection timed out|operation timed out)|\[Errno 110\] |UND_ERR_CONNECT_TIMEOUT|ConnectTimeoutError`),
    meaning: ([, node, go]) => ({
      is: "No answer to the SYN, nor to its repetitions, as long as the client waited: a full accept queue looks like this over TCP, and so do a firewall that drops and a host that is gone. A queue that is full for a moment only shows as connects that take about 1, 2, 3 s (1, 3, 7 s before Linux 6.5).",
      not: ["a slow request: nothing was accepted", notWorkers],
      next: [queueOf(nearby(node ?? go)), overflowCounters],
      rule: "small-backlog",
      settings: ["backlog", "workers"],
      ...about(nearby(node ?? go)),
    }),
  },
  {
    id: "reset",
    source: "recv(2); node: lib/_http_client.js socketOnEnd",
    pattern: /\bECONNRESET\b|socket hang up|\[Errno 104\] |[Cc]onnection reset by peer/,
    meaning: () => ({
      is: "The other side closed a connection that was there: an idle keep-alive connection, in the moment in which it was used (the most frequent cause); a process that ended with clients in its queue; a client that gave up; nginx without a free connection; or Node's server.maxConnections.",
      not: ["a full queue: it refuses (unix) or stays silent (TCP), unless tcp_abort_on_overflow is 1", "a matter of backlog or workers"],
      next: [{ command: "grep -rniE 'keep-?alive' <the configuration of both sides>", shows: "the server's time has to be the longer one (Node 5 s, gunicorn 2 s; many balancers 60 s)" }, abortOnOverflow],
    }),
  },
  {
    id: "gunicorn-worker-timeout",
    source: "gunicorn: gunicorn/arbiter.py murder_workers",
    pattern: /WORKER TIMEOUT \(pid:\s{0,5}\d+\)/,
    meaning: () => ({
      is: "A worker did not report for `timeout` seconds and is killed: a sync worker with the request that it worked on, one of another class only when its loop was blocked. Those who wait in the queue stay there.",
      not: ["a full queue, or a matter of the backlog: this timeout does not count who waits in it"],
      next: [{ command: "audit-backlog --service-time T .", shows: "how long requests may take, beside the timeouts of worker and proxy" }],
      rule: "timeouts-inverted",
      settings: ["timeout", "workers"],
    }),
  },
  {
    id: "uwsgi-queue-full",
    source: "uwsgi: core/master.c",
    pattern: /uWSGI listen queue of socket (\S{1,200})[^\n]{0,40}? full !!! \((\d{1,10})\/(\d{1,10})\)/,
    meaning: ([, where, queue, limit]) => ({
      is: `The accept queue of that socket held ${String(queue)}, of a backlog of ${String(limit)}: ${Number(queue) > Number(limit) ? "it was full" : "there was one place left"}. The backlog is uWSGI's \`listen\` (100 by default).`,
      not: [notWorkers],
      next: [queueOf(nearby(where?.replaceAll(/["\\]/g, ""))), somaxconnThere],
      settings: ["backlog"],
      ...about(nearby(where?.replaceAll(/["\\]/g, ""))),
    }),
  },
  {
    id: "backlog-above-somaxconn",
    source: "redis: src/server.c checkTcpBacklogSettings; uwsgi: core/socket.c",
    pattern: /TCP backlog setting of (\d{1,10}) cannot be enforced because \S{1,60} is set to the lower value of (\d{1,10})|Listen queue size is greater than the system max net\.core\.somaxconn \((\d{1,10})\)/,
    meaning: ([, asked, limit, uwsgi]) => ({
      is: `net.core.somaxconn of this network namespace is ${limit ?? String(uwsgi)}: the kernel cuts every backlog down to it${asked === undefined ? ", and uWSGI refuses to start rather than to get less than its `listen`" : `, also the ${asked} that was asked for`}. Most servers say nothing when that happens.`,
      not: ["the host's sysctl, in a container: a container has its own", ...(asked === undefined ? [] : ["a problem by itself: it is one where more clients than that come at the same moment"])],
      next: [somaxconnThere],
      rule: "backlog-clamped",
      settings: ["backlog"],
    }),
  },
  {
    id: "sysctl-refused",
    source: "runc: libcontainer/configs/validate/validator.go sysctl; kubernetes: pkg/kubelet/sysctl/allowlist.go",
    pattern: /sysctl \\{0,7}"?([\w.]{3,60})\\{0,7}"? (?:is )?not allowed in host network namespace|forbidden sysctl: \\{0,7}"([\w./*]{3,60})\\{0,7}" (not allowed with host net enabled)?|unsafe sysctl \\{0,7}"([\w./*]{3,60})\\{0,7}" is not allowed/,
    meaning: ([, onHost, forbidden, hostNet, policy]) => {
      const name = onHost ?? forbidden ?? policy ?? "";
      const shared = onHost !== undefined || hostNet !== undefined;
      return {
        is: shared ? `The container shares the host's network, so there is no namespace of its own to set ${name} in: it does not start.` : `${name} is not among the sysctls that this ${policy === undefined ? "node's kubelet" : "cluster's policy"} allows: the pod does not start.`,
        not: ["a wrong value"],
        next: [shared ? { command: `sysctl ${name}`, shows: "on the host: the value that such a container has" } : { command: "kubectl get --raw /api/v1/nodes/<node>/proxy/configz", shows: "allowedUnsafeSysctls: what the kubelet allows besides the safe ones" }],
        rule: shared ? "host-network-sysctls" : "container-somaxconn-not-inherited",
      };
    },
  },
  {
    id: "open-files",
    source: "errno(3): EMFILE, ENFILE",
    pattern: /\bE[MN]FILE\b|\[Errno 2[34]\] |[Tt]oo many open files|No file descriptors available/,
    meaning: () => ({
      is: "This process (ENFILE: the machine) has no file descriptor left, and every connection takes one. A server then stops accepting, or closes what it accepts (Node).",
      not: ["the backlog: it only holds what is not accepted"],
      next: [{ command: "grep 'open files' /proc/<pid>/limits", shows: "the limit in force; LimitNOFILE= or ulimits set it" }],
      rule: "nofile-below-connections",
    }),
  },
];

function pathOf(address: Address | undefined): string | undefined {
  return address?.family === "unix" ? address.path : undefined;
}
