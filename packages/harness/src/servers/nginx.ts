import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NginxServer } from "@audit-backlog/model";
import { countsOf, type Address } from "../kernel.ts";
import { areAtRest, familyOf, waitUntil } from "../processes.ts";
import { assertRuns, startProgram, type Running, type Setting } from "./running.ts";

/** Under a second: a client that found the queue full gives up before its kernel repeats the SYN. */
const defaultConnectTimeout = 0.9;

/** One `server` of the upstream, and what else is to be said of it: "max_fails=0". */
export type Upstream = Address & { readonly parameters?: string };

/** Starts the real nginx with a configuration made for the scenario; it proxies where there is a next hop. */
export async function startNginx(server: NginxServer, setting: Setting, next: readonly Upstream[]): Promise<Running & { readonly pid: number }> {
  const base = join(setting.directory, setting.name);
  writeFileSync(`${base}.conf`, configuration(server, setting, next, base));
  const { child, running } = startProgram("nginx", ["-e", `${base}.error`, "-p", setting.directory, "-c", `${base}.conf`], setting.directory);
  const log = (): string => {
    try {
      return running.log() + readFileSync(`${base}.error`, "utf8");
    } catch {
      return running.log();
    }
  };
  const isUp = (): boolean => {
    assertRuns(child, { ...running, log }, "nginx");
    const family = familyOf(running.pid);
    return family.length === 1 + server.workers && countsOf(setting.address).queues.length > 0 && areAtRest(family);
  };
  await waitUntil(isUp, setting.until, "nginx to start its workers");
  const version = /nginx\/(\S+)/.exec(spawnSync("nginx", ["-v"], { encoding: "utf8", timeout: 10_000 }).stderr)?.[1];
  return { ...running, log, ...(version === undefined ? {} : { versions: { nginx: version } }) };
}

function configuration(server: NginxServer, { address }: Setting, next: readonly Upstream[], base: string): string {
  const listen = address.family === "tcp" ? `127.0.0.1:${address.port}` : `unix:${address.path}`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${base}.${name};`).join(" ");
  const upstream = next.map((to) => `server ${to.family === "tcp" ? `127.0.0.1:${to.port}` : `unix:${to.path}`} ${to.parameters ?? ""};`).join(" ");
  const connectTimeout = Math.round((server.connectTimeout ?? defaultConnectTimeout) * 1000);
  const location = next.length > 0 ? `proxy_pass http://behind; proxy_connect_timeout ${connectTimeout}ms; proxy_read_timeout 1h;` : "return 204;";
  const others = Array.from({ length: server.otherListeners ?? 0 }, (_, index) => `listen unix:${base}.other${index};`);
  return `daemon off;
user root;
pid ${base}.pid;
worker_processes ${server.workers};
events { worker_connections ${server.workerConnections}; }
http {
  access_log off;
  ${temporary}
  keepalive_timeout 0;
  client_header_timeout 1h;
  ${next.length > 0 ? `upstream behind { ${upstream} }` : ""}
  server {
    listen ${listen} backlog=${server.backlog}${server.reuseport ? " reuseport" : ""};
    ${others.join(" ")}
    location / { ${location} }
  }
}
`;
}
