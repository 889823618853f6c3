import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NginxTrial, NginxTrialListen } from "@audit-backlog/model";
import { familyOf } from "../processes.ts";
import { startProgram } from "../servers/running.ts";
import { limitBeside } from "./descriptors.ts";
import type { Ports, StartedTrial, TrialSetting } from "./trial.ts";
import { assertWord } from "./words.ts";

/** Starts the real nginx with a configuration that holds the trial's listen directives and nothing of anybody else's. */
export async function startNginxTrial(trial: NginxTrial, { directory, name, inherited }: TrialSetting, ports: Ports): Promise<StartedTrial> {
  const base = join(directory, name);
  const others = trial.listens.filter(({ address }) => address === "other").length;
  const [shared = 0, ...own] = await ports(1 + others);
  let next = 0;
  const listens = trial.listens.map((listen) => ({ listen, port: listen.address === "other" ? (own[next++] ?? 0) : shared }));
  writeFileSync(`${base}.conf`, configuration(trial, listens, base, inherited));
  const { child, running } = startProgram("nginx", ["-e", `${base}.error`, "-p", directory, "-c", `${base}.conf`], directory);
  const log = (): string => (existsSync(`${base}.error`) ? running.log() + readFileSync(`${base}.error`, "utf8") : running.log());
  const version = /nginx\/(\S+)/.exec(spawnSync("nginx", ["-v"], { encoding: "utf8", timeout: 10_000 }).stderr)?.[1];
  return {
    child,
    running: { ...running, log },
    isUp: () => familyOf(running.pid).length === 2,
    ports: [...new Set(listens.map(({ port }) => port))],
    versions: version === undefined ? {} : { nginx: version },
  };
}

interface PlacedListen {
  readonly listen: NginxTrialListen;
  readonly port: number;
}

function configuration({ workerConnections, openFiles }: NginxTrial, listens: readonly PlacedListen[], base: string, inherited: readonly number[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${base}.${kind};`).join(" ");
  const servers: string[][] = [];
  for (const { listen, port } of listens) {
    const line = `listen ${[listen.address === "wildcard" ? String(port) : `127.0.0.1:${port}`, ...listen.parameters.map(assertWord)].join(" ")};`;
    const block = listen.sameServer === true ? servers.at(-1) : undefined;
    if (block === undefined) servers.push([line]);
    else block.push(line);
  }
  return `daemon off;
user root;
pid ${base}.pid;
worker_processes 1;
${openFiles === undefined ? "" : `worker_rlimit_nofile ${limitBeside(inherited, Math.trunc(openFiles))};`}
events { worker_connections ${Math.trunc(workerConnections)}; }
http {
  access_log off;
  ${temporary}
  client_header_timeout 1h;
  ${servers.map((lines) => `server { ${lines.join(" ")} location / { return 204; } }`).join("\n  ")}
}
`;
}
