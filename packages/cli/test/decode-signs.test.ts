import { configurationRules, editorRules, rules, suppressionRules } from "@audit-backlog/audit";
import { describe, expect, it } from "vitest";
import { decodeLine, signs } from "../src/decode/decode.ts";

/** Lines of programs that are not at hand, as their sources write them or as they were reported; those at hand are asked themselves. */
const quoted: readonly (readonly [id: string, line: string])[] = [
  // linux: net/ipv4/tcp_input.c tcp_syn_flood_action: with an address since 6.3, with "Check SNMP counters" before.
  ["kernel-syn-flooding", "[55604.030347] TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:7070. Sending cookies."],
  ["kernel-syn-flooding", "TCP: request_sock_subflow_v4: Possible SYN flooding on port [::]:20002. Sending cookies."],
  ["kernel-syn-flooding", "TCP: request_sock_TCPv6: Possible SYN flooding on port 34391. Dropping request.  Check SNMP counters."],
  ["kernel-syn-flooding", "Feb 25 21:35:48 server kernel: [16508.733356] possible SYN flooding on port 4671. Sending cookies."],
  // net-tools: statistics.c, of several releases.
  ["listen-overflows", "    9107 times the listen queue of a socket overflowed"],
  ["listen-drops", "    9107 SYNs to LISTEN sockets dropped"],
  ["listen-drops", "8 SYNs to LISTEN sockets ignored"],
  ["syn-queue-full", "    12 SYN cookies sent"],
  ["syn-queue-full", "    TCPReqQFullDoCookies: 171"],
  // node_exporter: collector/netstat_linux.go; Prometheus' text format.
  ["listen-overflows", "node_netstat_TcpExt_ListenOverflows 1.722e+06"],
  ["listen-drops", 'node_netstat_TcpExt_ListenDrops{instance="a:9100",job="node"} 4'],
  // uwsgi: core/master.c, core/socket.c.
  ["uwsgi-queue-full", 'Tue Jun 13 18:33:04 2023 - *** uWSGI listen queue of socket "127.0.0.1:45816" (fd: 3) full !!! (101/100) ***'],
  ["uwsgi-queue-full", "*** uWSGI listen queue of socket 4 full !!! (129/128) ***"],
  ["backlog-above-somaxconn", "Listen queue size is greater than the system max net.core.somaxconn (128)."],
  // redis: src/server.c checkTcpBacklogSettings.
  ["backlog-above-somaxconn", "1:M 05 Dec 2019 11:57:26.831 # WARNING: The TCP backlog setting of 511 cannot be enforced because /proc/sys/net/core/somaxconn is set to the lower value of 128."],
  // runc: libcontainer/configs/validate/validator.go; kubernetes: pkg/kubelet/sysctl/allowlist.go.
  ["sysctl-refused", 'OCI runtime create failed: runc create failed: sysctl "net.core.somaxconn" not allowed in host network namespace: unknown'],
  ["sysctl-refused", 'forbidden sysctl: "net.core.somaxconn" not whitelisted'],
  ["sysctl-refused", 'Warning  SysctlForbidden  99s  kubelet  forbidden sysctl: "net.ipv4.ip_local_port_range" not allowed with host net enabled'],
  ["sysctl-refused", 'unable to admit pod: [pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "net.core.somaxconn" is not allowed]'],
  // kubernetes: pkg/kubelet/prober/prober.go with Go's net/http.
  ["probe-failed", 'Warning  Unhealthy  37s (x3 over 47s)  kubelet  Liveness probe failed: Get "http://192.168.13.176:3000/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'],
  ["probe-failed", 'Readiness probe failed: Get "http://10.0.0.113:8181/ready": dial tcp 10.0.0.113:8181: i/o timeout (Client.Timeout exceeded while awaiting headers)'],
  ["connect-refused", 'Liveness probe failed: Get "http://10.244.2.8:80/": dial tcp 10.244.2.8:80: connect: connection refused'],
  // go: src/net/net.go OpError.Error.
  ["connect-eagain", "dial unix /run/docker.sock: connect: resource temporarily unavailable"],
  ["connect-timeout", 'Get "http://10.0.0.1:80/": dial tcp 10.0.0.1:80: i/o timeout'],
  ["reset", "read tcp 10.0.0.2:5000->10.0.0.1:80: read: connection reset by peer"],
  // musl: src/errno/__strerror.h has words of its own.
  ["nginx-connect-timeout", "[error] 29#29: *1 upstream timed out (110: Operation timed out) while connecting to upstream, client: 10.0.0.9"],
  ["nginx-open-files", "[crit] 31#31: accept4() failed (24: No file descriptors available)"],
  ["nginx-open-files", '[crit] 31#31: *7 open() "/srv/index.html" failed (24: Too many open files), client: 10.0.0.9'],
  // nginx: src/http/modules/ngx_http_limit_conn_module.c.
  ["nginx-limiting", '2026/11/23 02:34:06 [error] 15#15: *23 limiting connections by zone "few", client: 127.0.0.1'],
];

const eagain = '2026/11/23 02:34:02 [error] 15#15: *2 connect() to unix:/run/shop.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://unix:/run/shop.sock:/", host: "x"';

describe("signs", () => {
  it.each(quoted)("%s: %s", (id, line) => {
    expect(decodeLine(line)?.sign.id).toBe(id);
  });

  it("have ids of their own, sources, and rules whose pages exist", () => {
    expect(new Set(signs.map(({ id }) => id)).size).toBe(signs.length);
    const pages = new Set([...rules, ...suppressionRules, ...configurationRules, ...editorRules].map(({ id }) => id));
    for (const [, line] of [...quoted, ["", eagain] as const]) {
      const decoded = decodeLine(line);
      expect(decoded?.sign.source).toMatch(/\(\d\)|: .*\w/);
      if (decoded?.meaning.rule !== undefined) expect(pages).toContain(decoded.meaning.rule);
    }
    // Of every sign, whatever line it is made of.
    for (const sign of signs) {
      const { rule } = sign.meaning(/^(Liveness) (1)/.exec("Liveness 1") ?? expect.fail());
      if (rule !== undefined) expect(pages, sign.id).toContain(rule);
    }
  });

  // What wraps a line: Docker's json-file driver, containerd's CRI format, syslog, JSON in JSON, a colour.
  it.each([
    ["json-file", JSON.stringify({ log: `${eagain}\n`, stream: "stderr", time: "2026-11-23T02:34:02Z" })],
    ["CRI", `2026-11-23T02:34:02.000000000Z stderr F ${eagain}`],
    ["syslog", `<187>Nov 23 02:34:02 web1 nginx: ${eagain}`],
    ["compose", `web-1  | ${eagain}`],
    ["JSON in JSON", JSON.stringify({ message: JSON.stringify({ log: eagain }) })],
    ["kubectl", `\u001B[31m${eagain}\u001B[0m`],
  ])("are found inside %s, with the address", (_, line) => {
    expect(decodeLine(line)).toMatchObject({ sign: { id: "nginx-connect-eagain" }, meaning: { about: { family: "unix", path: "/run/shop.sock" } } });
  });

  it("take the address that a line is about, as each program writes it", () => {
    const about = (line: string): unknown => decodeLine(line)?.meaning.about;
    expect(about("TCP: Possible SYN flooding on port 80. Sending cookies.")).toEqual({ family: "tcp", host: "*", port: 80 });
    expect(about("TCP: Possible SYN flooding on port [::]:20002. Sending cookies.")).toEqual({ family: "tcp", host: "::", port: 20002 });
    expect(about('x upstream timed out (110: Connection timed out) while connecting to upstream, upstream: "http://[2001:db8::1]:8000/a:b"')).toEqual({ family: "tcp", host: "2001:db8::1", port: 8000 });
    expect(about('x connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: 0.0.0.0:1, upstream: "127.0.0.1:8000", bytes from/to client:0/0')).toEqual({ family: "tcp", host: "127.0.0.1", port: 8000 });
    expect(about('{"log":"*** uWSGI listen queue of socket \\":8019\\" (fd: 3) full !!! (101/100) ***"}')).toEqual({ family: "tcp", host: "*", port: 8019 });
    expect(about("AggregateError [ECONNREFUSED]:")).toBeUndefined();
    expect(about('x upstream timed out (110: Connection timed out) while reading response header from upstream, request: "GET /a HTTP/1.1", upstream: "http://unix:/run/web/a"')).toEqual({ family: "unix", path: "/run/web" });
    expect(about('x upstream timed out (110: Connection timed out) while reading response header from upstream, upstream: "http://unix:/run/web/a"')).toBeUndefined();
    expect(about("connect EAGAIN /tmp/99999")).toEqual({ family: "unix", path: "/tmp/99999" });
    expect(about("connect ECONNREFUSED 127.0.0.1:99999")).toBeUndefined();
  });

  it.each([
    '127.0.0.1 - - [23/Nov/2026:02:34:02 +0000] "GET /ListenOverflows HTTP/1.1" 502 157 "-" "curl/8"',
    '10.0.0.1 - - [x] "GET / HTTP/1.1" 200 11 "-" "-"',
    "TcpExtTCPFastOpenListenOverflow 0                  0.0",
    "systemd[1]: Started nginx.service - A high performance web server and a reverse proxy server.",
    "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
    "ESTAB  0      0      127.0.0.1:8000     127.0.0.1:41222",
    "listening on 8000, backlog 511",
    "11: Resource temporarily unavailable",
    "worker_connections 1024;",
    "",
  ])("say nothing about %s", (line) => {
    expect(decodeLine(line)).toBeUndefined();
  });
});

it("does not take a client's end for the application's", () => {
  for (const doing of ["sending to client", "sending response to client", "waiting for request", "reading client request line"]) expect(decodeLine(`[info] 9#9: *1 writev() failed (104: Connection reset by peer) while ${doing}, client: 10.0.0.9`)?.sign.id).toBe("reset");
});

describe("what is said", () => {
  it("of a counter of 0 is what 0 proves, and of another what it does not", () => {
    expect(decodeLine("TcpExtListenOverflows 0 0.0")?.meaning.is).toContain("It is 0. As a total");
    expect(decodeLine("TcpExtListenOverflows 10 0.0")?.meaning.is).not.toContain("It is 0");
    expect(decodeLine("node_netstat_TcpExt_ListenOverflows 1.5e+03")?.meaning.is).toContain("whether 1500 is much");
  });

  it("of a listener is the queue's length beside what it holds, one more than the backlog", () => {
    // linux: include/net/sock.h sk_acceptq_is_full.
    expect(decodeLine("LISTEN 129 128 0.0.0.0:80 0.0.0.0:*")?.meaning.is).toContain("it is full now");
    expect(decodeLine("LISTEN 128 128 0.0.0.0:80 0.0.0.0:*")?.meaning.is).not.toContain("it is full now");
    expect(decodeLine('*** uWSGI listen queue of socket "x" (fd: 3) full !!! (100/100) ***')?.meaning.is).toContain("one place left");
  });

  it("never holds a command that a line has written", () => {
    const hostile = ["/run/$(id).sock", "/run/'; id; '.sock", "/run/`id`.sock", "/run/a;id.sock", "/run/\u001B]0;x\u0007.sock"];
    for (const path of hostile) {
      for (const line of [`connect EAGAIN ${path}`, `connect() to unix:${path} failed (11: x) while`, `x connect() to unix:${path} failed (2: No such file or directory)`]) {
        for (const { command } of decodeLine(line)?.meaning.next ?? []) {
          // All that is not plain stands between single quotes.
          const unquoted = command.replaceAll(/'[^']*'/g, "").replaceAll(String.raw`\'`, "");
          expect(unquoted).not.toMatch(/\$\(id|`|;|\bid\b/);
        }
      }
    }
  });
});

describe("hostile lines", () => {
  const units = [
    "connect() ", "connect() to x ", "connect() to ", "connect() failed (", "upstream: \"", "upstream: \\\\\\\\\"", "Liveness probe failed: ", "ListenOverflows ", "ListenOverflows{", "TcpExtListenDrops",
    "1", "1 ", "9 worker_connections ", "uWSGI listen queue of socket x ", "uWSGI listen queue of socket ", "TCP backlog setting of 1 cannot be enforced because ", "dial tcp ", "dial unix x: ", "forbidden sysctl: \"",
    "sysctl \"aaa", "Possible SYN flooding on port ", "Possible SYN flooding on port 1. ", "open() \"", "ECONNREFUSED ", "connect EAGAIN ", "WORKER TIMEOUT (pid:", " ", "\t", "LISTEN 1 1 ", "LISTEN ", "tcp 1 1 x ",
    "\\", "\"", "(", "[Errno 1", "a", "limiting requests, excess: 1", "unsafe sysctl \"aaa\" ", "upstream timed out (110: ", "recv() failed (104: x) ", "request: \"GET /", "unix:/", "SYN cookies ",
  ];

  it.each(units)("of a megabyte of %j take no longer than others", (unit) => {
    const slow = signs.filter(({ pattern }) => {
      // Quadratic work on a megabyte takes minutes: it is seen before.
      for (const length of [20_000, 100_000, 1_000_000]) {
        const line = unit.repeat(Math.ceil(length / unit.length));
        const start = performance.now();
        pattern.exec(line);
        if (performance.now() - start > 50 + length / 1000) return true;
      }
      return false;
    });
    expect(slow.map(({ id }) => id)).toEqual([]);
  });

  it("are read as far as a hundred thousand characters", () => {
    const start = performance.now();
    for (const unit of units) decodeLine(`${unit.repeat(20_000)}${eagain}`);
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 60_000);
});
