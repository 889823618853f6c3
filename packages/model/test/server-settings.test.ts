import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { effectiveBacklog, somaxconnDefault } from "../src/kernel.ts";
import { gunicornSettings, nginxSettings, nodeSettings } from "../src/server-settings.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "model-settings-"));
  writeFileSync(join(directory, "app.py"), "def app(environ, start_response):\n    return []\n");
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function gunicorn(...args: readonly string[]): { status: number | null; output: string } {
  const environment = { PATH: process.env["PATH"] };
  const run = spawnSync("/usr/bin/gunicorn", [...args, "app:app"], { cwd: directory, env: environment, encoding: "utf8", timeout: 30_000 });
  return { status: run.status, output: run.stdout + run.stderr };
}

describeWith(["gunicorn"], "gunicorn's settings, by its own word", () => {
  it("have these defaults", () => {
    const { output } = gunicorn("--print-config");
    for (const [name, { default: byDefault }] of Object.entries(gunicornSettings)) {
      expect(new RegExp(`^${name} += (.*)$`, "m").exec(output)?.[1], name).toBe(String(byDefault));
    }
  });

  it.each(Object.entries(gunicornSettings))("take the least %s and refuse what is below", (name, { least, below }) => {
    const check = (value: number): { status: number | null; output: string } => {
      writeFileSync(join(directory, "one.conf.py"), `${name} = ${value}\n`);
      return gunicorn("--check-config", "-c", "one.conf.py");
    };
    expect(check(least).status).toBe(0);
    const refused = check(least - 1);
    expect(refused.status).not.toBe(0);
    const message = /"(.*)"/.exec(below)?.[1] ?? "a message";
    expect(refused.output).toContain(message);
  });
});

type NginxName = keyof typeof nginxSettings;

/** A whole configuration that holds one setting with that value. */
function nginxConfig(name: NginxName, value: number): string {
  const server = name === "weight" || name === "max_conns" || name === "max_fails" || name === "fail_timeout" ? `${name}=${value}` : "";
  return [
    `pid ${directory}/pid;`,
    name === "worker_processes" ? `worker_processes ${value};` : "",
    `events { ${name === "worker_connections" ? `worker_connections ${value};` : ""} }`,
    "http { access_log off;",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${directory}/${kind};`),
    `upstream app { server 127.0.0.1:1 ${server}; server 127.0.0.1:2; }`,
    `server { listen unix:${directory}/sock ${name === "backlog" ? `backlog=${value}` : ""};`,
    name === "proxy_connect_timeout" || name === "proxy_read_timeout" ? `${name} ${value};` : "",
    "location / { proxy_pass http://app; } } }",
  ].join("\n");
}

function nginxTest(name: NginxName, value: number): { status: number | null; output: string } {
  const file = join(directory, "nginx.conf");
  writeFileSync(file, nginxConfig(name, value));
  const run = spawnSync("nginx", ["-t", "-c", file, "-e", join(directory, "error.log")], { encoding: "utf8", timeout: 30_000 });
  return { status: run.status, output: run.stdout + run.stderr };
}

describeWith(["nginx"], "nginx's settings, by its own word", () => {
  it.each(Object.keys(nginxSettings) as NginxName[])("take the least %s and refuse what is below", (name) => {
    const { least, below } = nginxSettings[name];
    const taken = nginxTest(name, least);
    expect(taken.output).not.toContain("[emerg]");
    expect(taken.status).toBe(0);
    const refused = nginxTest(name, least - 1);
    expect(refused.status).not.toBe(0);
    for (const word of /: (.*)$/.exec(below)?.[1]?.split(" for the ") ?? []) expect(refused.output).toContain(word);
  });
});

describeWith(["ss"], "Node's backlog", () => {
  it("is 511 where nothing is passed", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
    const { port } = server.address() as AddressInfo;
    const { stdout } = spawnSync("ss", ["-lntH", "sport", "=", `:${port}`], { encoding: "utf8", timeout: 10_000 });
    await new Promise((resolve) => server.close(resolve));
    const somaxconn = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    expect(Number(stdout.trim().split(/ +/)[2])).toBe(effectiveBacklog(nodeSettings.backlog.default, somaxconn));
  });
});

describeWith(["ss"], "somaxconn", () => {
  it("is this kernel's default in a new network namespace, 4096 since Linux 5.4", ({ skip }) => {
    const { status, stdout } = spawnSync("unshare", ["-rn", "cat", "/proc/sys/net/core/somaxconn"], { encoding: "utf8", timeout: 10_000 });
    if (status !== 0) skip("this user may not make a network namespace, or the kernel hides somaxconn in it");
    expect(Number(stdout)).toBe(somaxconnDefault.current);
  });
});
