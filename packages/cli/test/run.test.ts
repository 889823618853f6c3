import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, text: string | Uint8Array): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

const small = 'require("node:http").createServer().listen(8080, "0.0.0.0", 10);\n';
const healthy = 'require("node:http").createServer().listen(8080);\n';

describe("exit codes", () => {
  it("0 where nothing is at or above --fail-on, 1 where something is", async () => {
    put("server.js", small);
    expect((await runCli([root])).code).toBe(1);
    expect((await runCli([root, "--fail-on", "error"])).code).toBe(0);
    expect((await runCli([root, "--fail-on", "never"])).code).toBe(0);
    expect((await runCli([root, "--minimum", "10"])).code).toBe(0);
    expect((await runCli([root, "--format", "json"])).code).toBe(1);
  });

  it("2 with one line on standard error for wrong usage", async () => {
    expect(await runCli(["--nonsense"])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("unknown option --nonsense") as string });
    expect(await runCli([join(root, "nowhere")])).toMatchObject({ code: 2, stdout: "" });
    expect((await runCli(["explain", "small-backlogg"])).stderr).toContain("did you mean small-backlog?");
  });

  it("3 where a path named explicitly holds nothing to audit, unless that is accepted", async () => {
    put("README.md", "nothing here");
    expect(await runCli([root])).toMatchObject({ code: 3, stderr: expect.stringContaining("nothing to audit") as string });
    expect((await runCli([root, "--allow-empty"])).code).toBe(0);
    // The current directory was not named.
    expect((await runCli([], root)).code).toBe(0);
    put("a/server.js", healthy);
    put("b/README.md", "");
    expect(await runCli([join(root, "a"), join(root, "b")])).toMatchObject({ code: 3, stderr: expect.stringContaining(join(root, "b")) as string });
  });
});

describe("the pretty report", () => {
  it("gives a healthy listener one line, and always a summary", async () => {
    put("server.js", healthy);
    const { stdout } = await runCli(["."], root);
    expect(stdout).toMatch(/^node server\.js \[::\]:8080 +511 by default: 512 clients while the event loop is busy +server\.js:1$/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^no findings · 1 listener of 1 server · 1 file read, 0 in part, 0 left out/);
  });

  it("names what binds before the queue of a healthy listener is full", async () => {
    put("nginx.conf", "events {}\nhttp { server { listen 80; } }\n");
    // nginx's default of 512, less the listening socket and the channel to the master; the queue would hold 512.
    expect((await runCli(["."], root)).stdout).toMatch(/^nginx :80 +worker_connections 512 − 2: 510 clients at once/m);
  });

  it("names files as the current directory sees them", async () => {
    put("app/server.js", small);
    expect((await runCli(["app"], root)).stdout).toContain("app/server.js:1:61");
    expect((await runCli([join(root, "app")], join(root, "app"))).stdout).toMatch(/ server\.js:1:61/);
  });

  it("names files of reasons as the current directory sees them, too", async () => {
    put("app/nginx.conf", "events {}\nhttp { server { listen 80 backlog=64; location / { proxy_pass http://unix:/run/app.sock; } } }\n");
    put("app/gunicorn.conf.py", 'bind = "unix:/run/app.sock"\nbacklog = 64\nworkers = 8\n');
    put("app/Procfile", "web: gunicorn -c gunicorn.conf.py app:app\n");
    const { stdout } = await runCli(["app"], root);
    expect(stdout.match(/app\/gunicorn\.conf\.py:2/g)?.length).toBeGreaterThan(2);
    expect(stdout).not.toMatch(/(?<!app\/)(?:gunicorn\.conf\.py|nginx\.conf):\d/);
  });

  it("marks the number under its line", async () => {
    put("server.js", small);
    const lines = (await runCli(["."], root)).stdout.split("\n");
    const source = lines.findIndex((line) => line.includes('.listen(8080, "0.0.0.0", 10)'));
    expect(source).toBeGreaterThan(0);
    expect(lines[source + 1]?.indexOf("─")).toBe(lines[source]?.indexOf("10);"));
  });

  it("is plain in a pipe and coloured when forced", async () => {
    put("server.js", small);
    expect((await runCli(["."], root)).stdout).not.toContain("\x1b[");
    expect((await runCli(["."], root, { FORCE_COLOR: "1" })).stdout).toContain("\x1b[");
  });

  it("prints nothing of an audited file that would steer a terminal", async () => {
    put("a\x1b[31mb/server.js", small);
    put("nginx.conf", "events{} http { server { listen 80; location / { proxy_pass http://\x1b]0;title\x07$x; } } }");
    const { stdout } = await runCli(["."], root);
    expect(stdout.split("").filter((char) => char < " " && char !== "\n")).toEqual([]);
  });

  it("reports what was not read and why", async () => {
    put("server.js", healthy);
    put("nginx/site.conf", new Uint8Array([1, 0, 2]));
    put("broken.js", "server.listen(80,,, 'x");
    put("node_modules/x/index.js", small);
    const { stdout } = await runCli(["."], root);
    expect(stdout).toContain("nginx/site.conf  binary: it holds NUL bytes");
    expect(stdout).toMatch(/broken\.js:1:\d+ /);
    expect(stdout).toContain("node_modules/  vendored tree left out");
  });
});

describe("what is stated on the command line", () => {
  it("clamps by --somaxconn", async () => {
    put("server.js", healthy);
    const { stdout, code } = await runCli([".", "--somaxconn", "128"], root);
    // What is left, 128 + 1, is less than Node asked for: that is worth a warning.
    expect(stdout).toMatch(/all at once +129 sure/);
    expect(stdout).toContain("warning backlog-clamped");
    expect(code).toBe(1);
    put("server.js", "require('node:http').createServer().listen(8080, '::', 100);");
    expect((await runCli([".", "--somaxconn", "128", "--minimum", "64"], root)).stdout).toMatch(/backlog 100: 101 clients/);
  });

  it("computes with --cpus", async () => {
    put("gunicorn.conf.py", "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n");
    const json = async (...more: string[]): Promise<string> => JSON.stringify((JSON.parse((await runCli([".", "--format", "json", ...more], root)).stdout) as { chains: { limits: object }[] }).chains[0]?.limits);
    // 2 × 4 + 1 workers, backlog 2048.
    expect(await json("--cpus", "4")).toContain('"spreadOut":{"low":2058,"high":2058');
    // One CPU at least.
    expect(await json()).toContain('"spreadOut":{"low":2052,"high":null');
  });
});

it("lists and explains its rules", async () => {
  expect((await runCli(["rules"])).stdout).toMatch(/^small-backlog /m);
  expect((await runCli(["explain", "small-backlog"])).stdout).toMatch(/^small-backlog: /);
  expect((await runCli(["explain", "ambiguous-backlog"])).stdout).toMatch(/^ambiguous-backlog: /);
  expect((await runCli(["explain", "prediction-disagrees"])).stdout).toMatch(/^prediction-disagrees: /);
  expect((await runCli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await runCli(["explain", "config-unused"])).stdout).toMatch(/^config-unused: /);
});

it("has help that fits a screen, for each command its own", async () => {
  const help = (await runCli(["--help"])).stdout;
  expect(help.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const others = await Promise.all(["rules", "explain", "measure"].map(async (command) => (await runCli([command, "--help"])).stdout));
  expect(new Set([help, ...others]).size).toBe(4);
  for (const [index, command] of ["rules", "explain", "measure"].entries()) expect(others[index]).toContain(`audit-backlog ${command}`);
});

it("suggests the command that was meant, where no such path exists", async () => {
  expect((await runCli(["explian", "small-backlog"], root)).stderr).toContain("no such file or directory: explian; did you mean the command explain?");
  expect((await runCli(["rule"], root)).stderr).toContain("did you mean the command rules?");
  expect((await runCli(["help"], root)).stderr).toContain("no such file or directory: help; did you mean --help?");
  expect((await runCli(["servers/rule"], root)).stderr).not.toContain("did you mean");
  mkdirSync(join(root, "rule"));
  expect((await runCli(["rule", "--allow-empty"], root)).code).toBe(0);
});
