import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMachine, type Machine, type Sources } from "../src/live/machine.ts";
import { countersOf, tcpListeners, unixListeners } from "../src/live/proc-net.ts";
import { ssRows } from "../src/live/ss.ts";
import { runLive } from "../src/live-command.ts";
import { UsageError } from "../src/option-values.ts";
import { plainStyle } from "../src/report/style.ts";
import { same } from "../src/same-address.ts";
import { runCli } from "./run-cli.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

/** A row as linux: net/ipv4/tcp_ipv4.c get_tcp4_sock prints it. */
function row(address: string, state: string, queue: string, inode: string): string {
  const remote = `${"0".repeat(address.indexOf(":"))}:0000`;
  return `   0: ${address} ${remote} ${state} 00000000:${queue} 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0                    `;
}

describe("/proc/net/tcp", () => {
  // linux: Documentation/networking/proc_net_tcp.rst has this row: an address of 127.0.0.1 and a port, as a little endian machine shows them.
  it("is read in either order of bytes", () => {
    const text = [HEAD, row("0100007F:1F90", "0A", "00000003", "55")].join("\n");
    expect(tcpListeners(text, "LE")).toEqual([{ family: "tcp", host: "127.0.0.1", port: 8080, queue: 3, inode: "55" }]);
    expect(tcpListeners(row("7F000001:1F90", "0A", "000001FF", "55"), "BE")).toEqual([{ family: "tcp", host: "127.0.0.1", port: 8080, queue: 511, inode: "55" }]);
  });

  it("passes over what does not listen, and what is no row", () => {
    expect(tcpListeners([HEAD, row("0100007F:1F90", "01", "00000000", "55"), row("0100007F:1F90", "06", "00000000", "0"), "", "   0: zz", row("0100007F:1F9", "0A", "00000000", "5")].join("\n"), "LE")).toEqual([]);
  });

  it.each([
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000001000000", "::1"],
    ["B80D0120000000000000000001000000", "2001:db8::1"],
    ["0000000000000000FFFF00000100007F", "::ffff:127.0.0.1"],
  ])("shows the IPv6 address %s as %s", (hex, host) => {
    expect(tcpListeners(row(`${hex}:0050`, "0A", "00000000", "7"), "LE")).toMatchObject([{ host, port: 80 }]);
  });
});

describe("/proc/net/unix", () => {
  const listener = (path: string, inode: string): string => `0000000000000000: 00000002 00000000 00010000 0001 01 ${inode} ${path}`;
  const waits = (path: string): string => `0000000000000000: 00000002 00000000 00000000 0001 02     0 ${path}`;

  it("gives each listener those who wait for it", () => {
    const text = ["Num       RefCount Protocol Flags    Type St Inode Path", listener("/run/a b.sock", "12"), waits("/run/a b.sock"), waits("/run/a b.sock"), listener("@x", " 13"), "0000000000000000: 00000003 00000000 00000000 0001 03 99 /run/a b.sock"].join("\n");
    expect(unixListeners(text)).toEqual([{ family: "unix", path: "/run/a b.sock", inode: "12", queue: 2 }, { family: "unix", path: "@x", inode: "13", queue: 0 }]);
  });

  it("does not say whose they are where an old and a new socket have one path", () => {
    expect(unixListeners([listener("/a", "1"), listener("/a", "2"), waits("/a")].join("\n"))).toEqual([{ family: "unix", path: "/a", inode: "1" }, { family: "unix", path: "/a", inode: "2" }]);
  });
});

it("reads counters by their names, and leaves out those that a kernel does not have", () => {
  expect([...countersOf("TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: ListenOverflows\nIpExt: 9\n")]).toEqual([["ListenOverflows", 22], ["ListenDrops", 333]]);
  expect([...countersOf("")]).toEqual([]);
});

describe("ss", () => {
  it("is believed about backlogs only where it asked the kernel", () => {
    // The same two listeners, through sock_diag and (PROC_NET_TCP, PROC_NET_UNIX set) out of /proc, by iproute2 6.1.
    const asked = "LISTEN 0      5      *:8080 *:* ino:35 sk:e18a cgroup:/ v6only:0 <->  \nu_str LISTEN 0      0      /tmp/x y.sock 36 * 0 <-> ino:2146919 dev:0/65024 peers:";
    expect([...ssRows(asked)]).toEqual([["35", { queue: 0, backlog: 5 }], ["36", { queue: 0, backlog: 0 }]]);
    const fromProc = "LISTEN 0      0      *:8080 *:* ino:35 sk:e736bd6e\nu_str LISTEN 0      0      /tmp/x 36 * 0                              \n";
    expect([...ssRows(fromProc)]).toEqual([["35", { queue: 0 }], ["36", { queue: 0 }]]);
  });

  it("is not believed about a socket that a path imitates", () => {
    const text = "u_str LISTEN 9 9 /tmp/x\nu_str LISTEN 0 1 /run/victim.sock 77 * 0 <->\nu_str LISTEN 0 511 /run/victim.sock 77 * 0 <->\nu_str LISTEN 0 6 /tmp/1 5 * 0 78 * 0 <->";
    expect([...ssRows(text)]).toEqual([["78", { queue: 0, backlog: 6 }]]);
  });
});

it("takes two addresses for the same where one may be reached as the other", () => {
  const tcp = (host: string, port = 80) => ({ family: "tcp", host, port }) as const;
  const unix = (path: string) => ({ family: "unix", path }) as const;
  expect(same(tcp("*"), tcp("10.0.0.1"))).toBe(true);
  expect(same(tcp("localhost"), tcp("::1"))).toBe(true);
  expect(same(tcp("app"), tcp("10.0.0.1"))).toBe(true);
  expect(same(tcp("127.0.0.1"), tcp("10.0.0.1"))).toBe(false);
  expect(same(tcp("*", 81), tcp("*"))).toBe(false);
  expect(same(unix("/run//a.sock"), unix("/run/a.sock"))).toBe(true);
  expect(same(unix("/run/a.sock"), unix("/run/b.sock"))).toBe(false);
});

describe("a machine", () => {
  let proc = "";
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(proc, path)), { recursive: true });
    writeFileSync(join(proc, path), text);
  };
  const machine = (ss: Sources["ss"]): Machine => readMachine({ proc, ss });
  const live = (look: () => Machine, format: "pretty" | "json" = "pretty") => runLive({ command: "live", format }, { version: "0", cwd: () => proc, style: plainStyle, scanning: () => undefined }, look);

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), "audit-backlog-proc-"));
    put("sys/net/core/somaxconn", "128\n");
    put("sys/kernel/osrelease", "6.1.0\n");
    put("net/netstat", "TcpExt: ListenOverflows\nTcpExt: 5\n");
    put("net/tcp", [HEAD, row("00000000:1F90", "0A", "00000081", "55"), row("00000000:1F91", "0A", "00000000", "56"), row("00000000:1F92", "0A", "00000000", "57")].join("\n"));
    mkdirSync(join(proc, "12/fd"), { recursive: true });
    put("12/comm", "node\n");
    symlinkSync("socket:[55]", join(proc, "12/fd/3"));
  });

  afterEach(() => {
    rmSync(proc, { recursive: true, force: true });
  });

  it("marks what is full, what may be cut, and what listened before somaxconn was lowered", () => {
    const { output, code } = live(() => machine(() => new Map([["55", { queue: 129, backlog: 128 }], ["56", { queue: 128, backlog: 128 }], ["57", { queue: 0, backlog: 511 }]])));
    expect(output).toMatch(/0\.0\.0\.0:8080 {2}node 12 +129 +128 {2}full: new clients have to try again/);
    expect(output).toMatch(/0\.0\.0\.0:8081 {2}\? +128 +128 {2}= somaxconn/);
    expect(output).toMatch(/0\.0\.0\.0:8082 {2}\? +0 +511 {2}above somaxconn: it listened before that was lowered/);
    expect(code).toBe(1);
  });

  it("says what is missing without ss, and how to get it; the queues are known all the same", () => {
    const { output, code } = live(() => machine(() => ({ missing: "ss is not installed (Debian, Ubuntu, Alpine: iproute2; Fedora, RHEL: iproute)" })));
    expect(output).toMatch(/0\.0\.0\.0:8080 {2}node 12 +129 +\?$/m);
    expect(output).toContain("Backlogs in force are not known: ss is not installed (Debian");
    // 129 wait, and nothing says whether that is many.
    expect(code).toBe(0);
    expect((JSON.parse(live(() => machine(() => ({ missing: "x" })), "json").output) as { listeners: object[] }).listeners[0]).toMatchObject({ queue: 129, backlog: null, full: false });
  });

  it("does not take the forwarder of a container's port for the container's server", () => {
    put("12/comm", "docker-proxy\n");
    mkdirSync(join(proc, "repository"));
    put("repository/server.js", 'require("node:http").createServer().listen(8080, "0.0.0.0", 64);\n');
    const look = (): Machine => machine(() => new Map([["55", { queue: 0, backlog: 128 }]]));
    const { output, code } = runLive({ command: "live", format: "pretty", in: "repository" }, { version: "0", cwd: () => proc, style: plainStyle, scanning: () => undefined }, look);
    expect(output).toContain("docker-proxy 12      0      128  a container's port");
    expect(output).toMatch(/Nothing listens here at 1 address of the files/);
    expect(code).toBe(0);
    put("12/comm", "node\n");
    expect(runLive({ command: "live", format: "pretty", in: "repository" }, { version: "0", cwd: () => proc, style: plainStyle, scanning: () => undefined }, look).output).toContain("asks for 64, but 128 is in force");
  });

  it("has codes of their own for nothing that listens and a system without /proc/net", () => {
    put("net/tcp", HEAD);
    expect(live(() => machine(() => new Map())).code).toBe(3);
    rmSync(join(proc, "net"), { recursive: true });
    expect(() => machine(() => new Map())).toThrow(UsageError);
  });
});

it("takes options only, and says what they are", async () => {
  expect(await runCli(["live", "8000"])).toMatchObject({ code: 2, stderr: expect.stringContaining("live takes options only; a directory of that name is ./live") as string });
  expect(await runCli(["live", "--burst", "5"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--burst is no option of live") as string });
  expect(await runCli(["--in", "."])).toMatchObject({ code: 2, stderr: expect.stringContaining("--in is an option of audit-backlog decode and live") as string });
  for (const command of ["decode", "live"]) {
    const { stdout } = await runCli([command, "--help"]);
    expect(stdout).toContain(`audit-backlog ${command}`);
    expect(stdout).toContain("--in DIR");
    expect(stdout).toContain("pretty or json");
    expect(stdout).not.toContain("--burst");
  }
});
