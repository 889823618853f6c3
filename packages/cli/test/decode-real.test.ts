import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { probe } from "../../harness/src/namespaces.ts";
import { decodeLine } from "../src/decode/decode.ts";

interface Real {
  readonly said: Readonly<Record<string, readonly string[]>>;
  readonly statuses: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<"fullTcp" | "closedTcp" | "roomyTcp" | "resettingPort", number>>;
}

describeWith(["nginx", "gunicorn", "python3", "ss"], "what real programs say", () => {
  let directory = "";
  let real: Real;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "audit-backlog-lines-"));
    const { namespace } = probe();
    // Without namespaces of its own it would touch the machine's settings and counters.
    expect(namespace).not.toBe("host");
    const run = spawnSync("unshare", [...(namespace === "user" ? ["-r"] : []), "-n", "-p", "-f", "--kill-child", "--mount-proc", process.execPath, fileURLToPath(new URL("real-lines.mjs", import.meta.url)), directory], { encoding: "utf8", timeout: 110_000 });
    expect(run.status, run.stderr).toBe(0);
    real = JSON.parse(run.stdout) as Real;
  }, 120_000);

  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const lines = (name: string): readonly string[] => {
    const said = real.said[name] ?? [];
    expect(said.length, `${name} said nothing`).toBeGreaterThan(0);
    return said;
  };
  const unix = (name: string): Address => ({ family: "unix", path: join(directory, name) });
  const tcp = (port: keyof Real["ports"]): Address => ({ family: "tcp", host: "127.0.0.1", port: real.ports[port] });

  // What each trouble is, is known: it was made.
  it.each<[name: string, id: string, status: string, address: () => Address | undefined]>([
    ["nginx eagain", "nginx-connect-eagain", "502", () => unix("full.sock")],
    ["nginx missing", "nginx-connect-missing", "502", () => unix("missing.sock")],
    ["nginx stale", "nginx-connect-refused", "502", () => unix("stale.sock")],
    ["nginx closed", "nginx-connect-refused", "502", () => tcp("closedTcp")],
    ["nginx full", "nginx-connect-timeout", "504", () => tcp("fullTcp")],
    ["nginx roomy", "nginx-read-timeout", "504", () => tcp("roomyTcp")],
    ["nginx roomyunix", "nginx-read-timeout", "504", () => unix("roomy.sock")],
    ["nginx closing", "nginx-reset", "502", () => unix("closing.sock")],
    ["nginx resetting", "nginx-reset", "502", () => tcp("resettingPort")],
    ["nginx limit_req", "nginx-limiting", "503", () => undefined],
  ])("%s is %s, and what nginx answered is what the text says", (name, id, status, address) => {
    const [line = ""] = lines(name);
    const decoded = decodeLine(line);
    expect(decoded?.sign.id, line).toBe(id);
    expect(decoded?.meaning.about).toEqual(address());
    expect(real.statuses[name]).toBe(status);
    const answered = /answers (50\d)|\((50\d) by default/.exec(decoded?.meaning.is ?? "");
    if (answered !== null) expect(answered[1] ?? answered[2]).toBe(status);
  });

  it.each([
    ["nginx connections", "nginx-worker-connections"],
    ["nginx connections proxying", "nginx-worker-connections"],
    ["nginx reusing", "nginx-reusing-connections"],
    ["nginx files", "nginx-open-files"],
    ["nginx does not start", "nginx-does-not-start"],
    ["nginx exceeds files", "nginx-nofile-below-connections"],
    ["node reset", "reset"],
    ["node hang up", "reset"],
    ["python eagain", "python-eagain"],
    ["python refused", "connect-refused"],
    ["python timeout", "connect-timeout"],
    ["python reset", "reset"],
    ["python files", "open-files"],
    ["gunicorn timeout", "gunicorn-worker-timeout"],
  ])("%s is %s", (name, id) => {
    for (const line of lines(name)) expect(decodeLine(line)?.sign.id, line).toBe(id);
  });

  it.each<[name: string, id: string, address: () => Address]>([
    ["node eagain", "connect-eagain", () => unix("full.sock")],
    ["node refused", "connect-refused", () => tcp("closedTcp")],
    ["node timeout", "connect-timeout", () => tcp("fullTcp")],
  ])("%s is %s, with its address", (name, id, address) => {
    const decoded = decodeLine(lines(name)[0] ?? "");
    expect(decoded?.sign.id).toBe(id);
    expect(decoded?.meaning.about).toEqual(address());
  });

  it("takes the name of the upstream where nginx tried no server of it", () => {
    const decoded = decodeLine(lines("nginx group")[0] ?? "");
    expect(decoded).toMatchObject({ sign: { id: "nginx-no-live-upstreams" }, meaning: { upstream: "shop" } });
    expect(real.statuses["nginx group"]).toBe("502");
  });

  it("tells an alert with an upstream from one without", () => {
    const text = (name: string): string => decodeLine(lines(name)[0] ?? "")?.meaning.is ?? "";
    expect(text("nginx connections")).toContain("closes it");
    expect(text("nginx connections proxying")).toContain("answers 500");
  });

  // One connection waits in a queue with backlog 0: it is full.
  it.each<[name: string, address: () => Address]>([
    ["ss tcp", () => tcp("fullTcp")],
    ["ss both", () => tcp("fullTcp")],
    ["ss unix", () => unix("full.sock")],
    ["ss both", () => unix("full.sock")],
  ])("reads every listener of %s, and sees which is full", (name, address) => {
    const listeners = lines(name).filter((line) => /\bLISTEN\b/.test(line));
    const decoded = listeners.map((line) => decodeLine(line));
    expect(decoded.map((one) => one?.sign.id)).toEqual(listeners.map(() => "ss-listen"));
    const full = decoded.filter((one) => one?.meaning.is.includes("it is full now") === true);
    expect(full.map((one) => one?.meaning.about)).toContainEqual(address());
    const isUnix = address().family === "unix";
    const roomy = decoded.find((one) => JSON.stringify(one?.meaning.about) === JSON.stringify(isUnix ? unix("roomy.sock") : tcp("roomyTcp")));
    // Over the unix socket, two nginx waited in vain; over TCP one.
    expect(roomy?.meaning.is).toContain(`the backlog in force is 64, so the queue holds 65; ${isUnix ? "2 wait" : "1 waits"} in the queue now`);
    for (const line of lines(name).filter((line) => !listeners.includes(line))) expect(decodeLine(line)).toBeUndefined();
  });

  it("reads the counters of nstat, and passes over the others", () => {
    const known = lines("nstat").flatMap((line) => (decodeLine(line) === undefined ? [] : [[line.split(/ +/)[0], decodeLine(line)?.sign.id]]));
    expect(known).toEqual([
      ["TcpExtSyncookiesSent", "syn-queue-full"],
      ["TcpExtListenOverflows", "listen-overflows"],
      ["TcpExtListenDrops", "listen-drops"],
      ["TcpExtTCPReqQFullDoCookies", "syn-queue-full"],
      ["TcpExtTCPReqQFullDrop", "syn-queue-full"],
    ]);
    // SYNs were dropped on the full listener, and it is seen.
    const overflows = lines("nstat").find((line) => line.startsWith("TcpExtListenOverflows")) ?? "";
    expect(Number(overflows.split(/ +/)[1])).toBeGreaterThan(0);
    expect(decodeLine(overflows)?.meaning.is).not.toContain("It is 0");
  });

  it("reads netstat, where it is installed", ({ skip }) => {
    skip(real.said["netstat -s"] === undefined, "net-tools is not installed");
    const ids = lines("netstat -s").flatMap((line) => decodeLine(line)?.sign.id ?? []);
    expect(ids).toEqual(expect.arrayContaining(["listen-overflows", "listen-drops"]));
    expect(new Set(ids).size).toBeLessThanOrEqual(3);
    const full = lines("netstat -lnt").find((line) => line.includes(`:${String(real.ports.fullTcp)} `));
    expect(decodeLine(full ?? "")).toMatchObject({ sign: { id: "netstat-listen" }, meaning: { about: tcp("fullTcp") } });
  });
});
