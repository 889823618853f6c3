import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Input } from "../src/decode-command.ts";
import { run } from "../src/run.ts";
import { repository } from "./run-cli.ts";

const eagain = '2026/11/23 02:34:02 [error] 15#15: *2 connect() to unix:/run/shop.sock failed (11: Resource temporarily unavailable) while connecting to upstream, client: 127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://unix:/run/shop.sock:/", host: "x"';
const shop = join(repository, "fixtures/shop");

interface Answer {
  readonly lines: { readonly read: number; readonly known: number; readonly leftOut: number };
  readonly meanings: readonly { readonly id: string; readonly times: number; readonly line: string; readonly repository?: { readonly fits?: boolean; readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: object }[] } }[];
}

async function decode(args: readonly string[], input?: Input, cwd = repository): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await run(["decode", ...args], {
    cwd: () => cwd,
    environment: {},
    ...(input === undefined ? {} : { stdin: () => input }),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    harness: () => Promise.reject(new Error("decode opens no socket")),
  });
  return { code, stdout, stderr };
}

const input = (...chunks: (string | Uint8Array)[]): Input => Readable.from(chunks);

describe("decode", () => {
  it("answers what a line is, is not, what to look at and read", async () => {
    const { code, stdout, stderr } = await decode([eagain]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^…connect\(\) to unix:\/run\/shop\.sock failed \(11: .*…$/m);
    expect(stdout).toMatch(/^ {2}is {4}The accept queue of the application's unix socket is full/m);
    expect(stdout).toMatch(/^ {2}not {3}- too few workers/m);
    expect(stdout).toMatch(/^ {2}look {2}ss -xl \| grep -F \/run\/shop\.sock$/m);
    expect(stdout).toMatch(/^ {2}read {2}audit-backlog explain upstream-burst-limit$/m);
    expect(stdout.split("\n").filter((line) => line.length > 96)).toEqual([]);
  });

  it("reads standard input in any pieces, and says each meaning once", async () => {
    const text = `${eagain}\r\n10.0.0.1 - - "GET /" 200\n\n${eagain.replace("02:34:02", "02:34:03")}\nError: socket hang up`;
    const bytes = Buffer.from(text);
    const whole = await decode(["--format", "json"], input(text));
    const pieces = await decode(["--format", "json"], input(...Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))));
    expect(pieces).toEqual(whole);
    const answer = JSON.parse(whole.stdout) as Answer;
    expect(answer.lines).toEqual({ read: 4, known: 3, leftOut: 0 });
    expect(answer.meanings.map(({ id, times }) => [id, times])).toEqual([["nginx-connect-eagain", 2], ["reset", 1]]);
    const pretty = await decode([], input(text));
    expect(pretty.stdout).toContain("and 1 more that means the same");
    expect(pretty.stderr).toBe("audit-backlog: 1 other line is of no kind that is known here\n");
  });

  it("says of what it does not know that it does not know it, and nothing else", async () => {
    expect(await decode(["a\u001B[31mb"])).toEqual({ code: 3, stdout: "", stderr: "audit-backlog: not known: a\\u{1b}[31mb\n" });
    expect(await decode([], input("x\ny\n"))).toEqual({ code: 3, stdout: "", stderr: "audit-backlog: none of 2 lines is of a kind that is known here; nothing is said about them\n" });
    expect(await decode(["x", eagain])).toMatchObject({ code: 0, stderr: "audit-backlog: not known: x\n" });
    expect((await decode(["README.md"])).stderr).toContain("That is a file; its lines: audit-backlog decode < README.md");
  });

  it("tells a terminal that it waits, and takes nothing for wrong usage", async () => {
    const terminal: Input = Object.assign(Readable.from([]), { isTTY: true });
    const { code, stderr } = await decode([], terminal);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Paste the lines here, and end them with Ctrl-D:\naudit-backlog: decode takes lines/);
    expect((await decode([], input())).code).toBe(2);
    expect((await decode(["--in", "nowhere", eagain])).stderr).toContain('--in takes a directory, and "nowhere" is none');
  });

  it("shows nothing of a line raw, and no more of it than fits", async () => {
    const hostile = `\u001B]0;owned\u0007\u202E${"x".repeat(50_000)} ${eagain.replace("/run/shop", "/run/\u001B[2J\u009B1mshop")}`;
    for (const format of ["pretty", "json"]) {
      const { stdout, code } = await decode(["--format", format, hostile]);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
      expect(stdout.length).toBeLessThan(8000);
    }
  });

  it("keeps a bounded number of meanings, whatever a log names", async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `Error: connect ECONNREFUSED 10.0.0.1:${String(index + 1)}`);
    const answer = JSON.parse((await decode(["--format", "json"], input(lines.join("\n")))).stdout) as Answer;
    expect(answer.lines).toEqual({ read: 3000, known: 3000, leftOut: 2950 });
    expect((await decode([], input(lines.join("\n")))).stdout).toContain("2950 lines more of these kinds, about other addresses, are left out.");
  });

  it("keeps of a line without an end what it looks at, not all", async () => {
    const block = "x".repeat(1_000_000);
    const endless = Readable.from((function* () { for (let count = 0; count < 300; count += 1) yield block; })());
    const before = process.memoryUsage().heapUsed;
    expect((await decode([], endless)).code).toBe(3);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });
});

describe("decode --in", () => {
  it("names where the settings stand that a line is about", async () => {
    const answer = JSON.parse((await decode(["--in", shop, "--format", "json", eagain])).stdout) as Answer;
    const [meaning] = answer.meanings;
    expect(meaning?.repository?.fits).toBe(true);
    // fixtures/shop/gunicorn.conf.py: line 2 has the workers, line 3 the backlog.
    expect(meaning?.repository?.settings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "backlog", value: "64", origin: { kind: "file", file: "gunicorn.conf.py", line: 3 } }),
        expect.objectContaining({ name: "workers", value: "8", origin: { kind: "file", file: "gunicorn.conf.py", line: 2 } }),
      ]) as unknown,
    );
    expect((await decode(["--in", "fixtures/shop", eagain])).stdout).toMatch(/ {2}here {2}gunicorn shop\.wsgi unix:\/run\/shop\.sock +backlog 64 +fixtures\/shop\/gunicorn\.conf\.py:3\n/);
  });

  it("takes nginx's settings for what nginx has too few of, the upstream's for what shut it out", async () => {
    const { stdout } = await decode(["--in", "fixtures/shop", "9#9: 1024 worker_connections are not enough"]);
    expect(stdout).toMatch(/worker_connections 1024 +fixtures\/shop\/nginx\/nginx\.conf:6\n/);
    expect((await decode(["--in", "fixtures/shop", 'no live upstreams while connecting to upstream, upstream: "http://shop/"'])).stdout).toMatch(/upstream shop +max_fails 1 +fixtures\/shop\/nginx\/nginx\.conf:\d+\n/);
  });

  it("shows where a default may be written", async () => {
    // Nothing sets nginx's backlog there; its listen directive can.
    const { stdout } = await decode(["--in", "fixtures/shop", "TCP: Possible SYN flooding on port 443. Sending cookies."]);
    expect(stdout).toMatch(/nginx :443 +backlog 511 by default +fixtures\/shop\/nginx\/nginx\.conf:\d+\n/);
  });

  it("says where no file names the address, and shows what is set for the others", async () => {
    const { stdout } = await decode(["--in", "fixtures/shop", "connect EAGAIN /run/other.sock"]);
    expect(stdout).toContain("no file says that anything listens on unix:/run/other.sock; what is set for the others:");
    expect(stdout).toContain("gunicorn.conf.py:3");
  });

  it("says what the kernel makes of a backlog that somaxconn cuts", async () => {
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-decode-"));
    try {
      writeFileSync(join(directory, "server.js"), 'require("node:http").createServer().listen(8080, "::", 70000);');
      const { stdout } = await decode(["--in", ".", "TCP: Possible SYN flooding on port 8080. Sending cookies."], undefined, directory);
      expect(stdout).toContain("backlog 70000, in force 4096 (net.core.somaxconn 4096 by default)  server.js:1");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
