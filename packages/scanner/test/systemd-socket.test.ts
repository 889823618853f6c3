import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSystemdSocket, type SystemdSocket } from "../src/readers/systemd-socket.ts";

function unit(lines: string, path = "deploy/shop.socket"): SystemdSocket {
  const { socket } = readSystemdSocket(path, lines);
  if (socket === undefined) throw new Error("no socket unit");
  return socket;
}

function listens(lines: string, path?: string): unknown[] {
  return unit(`[Socket]\n${lines}`, path).listens.map(({ value }) => (value.kind === "exact" || value.kind === "assumed" ? value.value : value.kind));
}

describe("readSystemdSocket", () => {
  it("reads addresses, each with its place", () => {
    const text = "[Unit]\nDescription=x\n[Socket]\nListenStream = /run/shop.sock \nListenStream=8000\nBacklog=64\n";
    const { listens: found, backlog, ...rest } = unit(text);
    expect(rest).toEqual({ file: "deploy/shop.socket", name: "shop", service: "shop", accept: false });
    expect(found.map(({ value }) => value)).toEqual([
      { kind: "exact", value: { family: "unix", path: "/run/shop.sock" } },
      { kind: "exact", value: { family: "tcp", host: "::", port: 8000 } },
    ]);
    expect(found[0]).toMatchObject({ text: "/run/shop.sock", origin: { file: "deploy/shop.socket", range: { start: { line: 4, column: 16 }, end: { line: 4, column: 30 } } } });
    expect(backlog).toMatchObject({ value: { kind: "exact", value: 64 }, text: "64", origin: { range: { start: { line: 6, column: 9 }, end: { column: 11 } } } });
  });

  it.each([
    ["127.0.0.1:80", { family: "tcp", host: "127.0.0.1", port: 80 }],
    ["0.0.0.0:80", { family: "tcp", host: "*", port: 80 }],
    ["[::]:80", { family: "tcp", host: "::", port: 80 }],
    ["[FE80::1]:80%%eth0", { family: "tcp", host: "fe80::1", port: 80 }],
    ["@shop", { family: "unix", path: "@shop" }],
    ["vsock:2:80", { family: "inherited", text: "vsock:2:80" }],
    ["/run/%i.sock", "dynamic"],
    ["/run/{{ app }}.sock", "dynamic"],
    ["/run/100%%.sock", { family: "unix", path: "/run/100%.sock" }],
  ])("ListenStream=%s", (text, address) => {
    expect(listens(`ListenStream=${text}`)).toEqual([address]);
  });

  it("takes %t for /run, but not in units of users", () => {
    const { listens: found } = unit("[Socket]\nListenStream=%t/shop.sock\n");
    expect(found[0]?.value).toEqual({ kind: "assumed", value: { family: "unix", path: "/run/shop.sock" } });
    expect(listens("ListenStream=%t/shop.sock", "systemd/user/shop.socket")).toEqual(["dynamic"]);
  });

  it("joins lines, leaves comments out, and empties the list for an empty value of any kind", () => {
    expect(listens("ListenStream=1\nListenDatagram=\n# ListenStream=2\n;ListenStream=3\nListenStream=/a\\\n; no\nListenStream=4\n[Install]\nListenStream=5\n")).toEqual([
      { family: "unix", path: "/a ListenStream=4" },
    ]);
  });

  it("follows Service= and Accept=", () => {
    expect(unit("[Socket]\nService=api.service\nAccept=yes\n")).toMatchObject({ service: "api", accept: true });
    expect(unit("[Socket]\nService={{ x }}.service\nAccept={{ y }}\n")).toMatchObject({ service: undefined, accept: undefined });
    expect(unit("[Socket]\nListenStream=/a\n", "x/shop@.socket.j2")).toMatchObject({ name: "shop@", service: "shop@" });
  });

  it("is no socket unit without its section, and does not read what is too large", () => {
    expect(readSystemdSocket("a.socket", "ListenStream=1\n[Unit]\nListenStream=2\n")).toEqual({ problems: [] });
    expect(readSystemdSocket("a.socket", `[Socket]\n${"#".repeat(1_000_001)}`).problems).toHaveLength(1);
    const many = readSystemdSocket("a.socket", `[Socket]\n${"ListenStream=1\n".repeat(50_000)}`);
    expect(many.socket?.listens).toHaveLength(1_000);
  });
});

const address = fc.oneof(
  fc.constantFrom("8000", "08000", "0", "0x50", "0b11", "65535", "65536", "+80", "-80", "/", "@", "@x", "/run/a b", "/run/ü", "run/x.sock", "vsock:2:80", "vsock::80", "vsock:x:80", "vsock:2:", "localhost:80", "*:80", ":80", "::1", "127.0.0.1", "unix:/run/a", '"/run/a"'),
  fc.tuple(fc.constantFrom("127.0.0.1", "01.2.3.4", "1.2.3", "256.1.1.1", "[::1]", "[::]", "[::g]", "[]", "[1.2.3.4]", "[::ffff:1.2.3.4]", "::1", "0.0.0.0"), fc.constantFrom(":80", ":0", ":080", ":0x50", ": 80", "80", ":", ":99999", ":80#x")).map((parts) => parts.join("")),
  fc.integer({ min: 104, max: 110 }).map((length) => `/${"a".repeat(length - 1)}`),
);
const number = fc.constantFrom("64", "0", "-0", "-1", "+5", "010", "08", "0b11", "0o17", "0x1F", "0xg", "4294967295", "4294967296", "99999999999999999999", "1_0", "1k", "1 2", "'5'", "%i");
const boolean = fc.constantFrom("y", "T", "on", "Yes", "1", "0", "off", "F", "n", "tru", "yesno", "2");
const service = fc.constantFrom("a.service", "a.socket", "a", "a b.service", "/a.service", "a@.service", "a@b.service", "a@b@c.service", '"a.service"', ".service", "@a.service", "a.b-c_d:e.service", "ä.service");
const line = fc.oneof(
  { weight: 6, arbitrary: address.map((value) => `ListenStream=${value}`) },
  { weight: 2, arbitrary: number.map((value) => `Backlog=${value}`) },
  boolean.map((value) => `Accept=${value}`),
  service.map((value) => `Service=${value}`),
);

describeWith(["systemd-analyze"], "socket units, against systemd itself", () => {
  it("finds fault with the same lines", () => {
    const lines = ["[Socket]", ...fc.sample(line, { numRuns: 3_000, seed: 7 })];
    const text = `${lines.join("\n")}\n`;
    const directory = mkdtempSync(join(tmpdir(), "socket-unit-"));
    try {
      const ignored = new Set<number>();
      // Our own list of problems is bounded: a part of the lines at a time.
      for (let from = 1; from < lines.length; from += 100) {
        const { problems } = readSystemdSocket("x.socket", ["[Socket]", ...lines.slice(from, from + 100)].join("\n"));
        for (const { range } of problems) ignored.add(from + (range?.start.line ?? 0) - 2);
      }
      writeFileSync(join(directory, "x.socket"), text);
      const { stderr } = spawnSync("systemd-analyze", ["verify", join(directory, "x.socket")], { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 26 });
      const theirs = new Set([...stderr.matchAll(/x\.socket:(\d+): .*(?:ignoring|Ignoring)/g)].map(([, at]) => Number(at) - 1));
      const shown = (all: ReadonlySet<number>, others: ReadonlySet<number>): string[] => [...new Set([...all].filter((at) => !others.has(at)).map((at) => lines[at] ?? ""))];
      expect({ onlyOurs: shown(ignored, theirs), onlyTheirs: shown(theirs, ignored) }).toEqual({ onlyOurs: [], onlyTheirs: [] });
      expect(theirs.size).toBeGreaterThan(500);
      expect(lines.length - theirs.size).toBeGreaterThan(500);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }, 90_000);
});
