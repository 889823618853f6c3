import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { Trial, TrialMeasurement, UpstreamTrial } from "@audit-backlog/model";
import { endClients, fateOf, startClient } from "../clients.ts";
import { backlogsShown } from "../environment.ts";
import { countsOf } from "../kernel.ts";
import { areAtRest, familyOf, waitUntil } from "../processes.ts";
import type { Running, Versions } from "../servers/running.ts";
import { startGunicornTrial } from "./gunicorn.ts";
import { startNginxTrial } from "./nginx.ts";
import { startNodeTrial } from "./node.ts";
import { startUpstreamTrial } from "./upstream.ts";

export interface TrialSetting {
  readonly directory: string;
  /** Unique in the procedure; part of file names. */
  readonly name: string;
  readonly isPrivate: boolean;
  /** Descriptors that every server inherits and that are none of its own. */
  readonly inherited: readonly number[];
}

/** A server that was told to start. */
export interface StartedTrial {
  readonly child: ChildProcess;
  readonly running: Running & { readonly pid: number };
  /** Whether it is up, as far as files and processes tell. */
  readonly isUp: () => boolean;
  /** Of every socket that it is to listen on; the first is the one for clients. */
  readonly ports: readonly number[];
  readonly versions: Versions;
}

/** Seconds for programs to start; a busy machine needs them. */
const patienceToStart = 25;

/** Starts one server, looks at it, and ends it. Throws where it is not installed, or does nothing in all the time it has. */
export async function startTrial(trial: Trial, setting: TrialSetting): Promise<{ readonly measurement: TrialMeasurement; readonly versions: Versions }> {
  if (trial.server === "upstream") return startUpstreamTrial(trial, setting);
  const until = performance.now() + patienceToStart * 1000;
  const ports = setting.isPrivate ? privatePorts(setting) : freePorts;
  const started = await start(trial, setting, ports);
  const { child, running, versions } = started;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  try {
    await waitUntil(() => hasEnded() || (started.isUp() && started.ports.every((port) => isListening(port)) && areAtRest(familyOf(running.pid))), until, `${trial.server} to start or to refuse`);
    if (hasEnded()) return { measurement: { starts: false, log: linesOf(running) }, versions };
    const backlogs = started.ports.flatMap((port) => backlogsShown({ family: "tcp", port })).sort((a, b) => a - b);
    const clients = trial.server === "nginx" && trial.clients !== undefined ? await acceptedOf(trial.clients, started, until) : undefined;
    return { measurement: { starts: true, backlogs, ...(clients === undefined ? {} : { accepted: clients }), log: linesOf(running) }, versions };
  } finally {
    running.end();
    await waitUntil(hasEnded, until + 5000, `${trial.server} to end`);
  }
}

function start(trial: Exclude<Trial, UpstreamTrial>, setting: TrialSetting, ports: Ports): Promise<StartedTrial> {
  switch (trial.server) {
    case "nginx":
      return startNginxTrial(trial, setting, ports);
    case "gunicorn":
      return startGunicornTrial(trial, setting, ports);
    case "node":
      return startNodeTrial(trial, setting, ports);
  }
}

/** Sends clients that stay, and counts by the kernel whom the server took out of its queue. */
async function acceptedOf(count: number, { ports, running }: StartedTrial, until: number): Promise<number | undefined> {
  const address = { family: "tcp", port: ports[0] ?? 0 } as const;
  const clients = Array.from({ length: count }, () => startClient(address, "part of a request"));
  let restful = 0;
  const settled = (): boolean => {
    const { accepted, queues } = countsOf(address);
    const isWhole = clients.every((client) => fateOf(client) === "waiting") && accepted + (queues[0] ?? 0) === count;
    restful = isWhole && areAtRest(familyOf(running.pid)) ? restful + 1 : 0;
    return restful > 30;
  };
  try {
    await waitUntil(settled, until, "clients to settle");
    return countsOf(address).accepted;
  } catch {
    return undefined;
  } finally {
    endClients(clients);
  }
}

function isListening(port: number): boolean {
  return countsOf({ family: "tcp", port }).queues.length > 0;
}

function linesOf({ log }: Running): readonly string[] {
  return log()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-20);
}

/** Gives that many ports which nobody listens on. */
export type Ports = (count: number) => Promise<readonly number[]>;

function privatePorts({ name }: TrialSetting): Ports {
  const first = name === "before" ? 8000 : 18_000;
  return (count) => Promise.resolve(Array.from({ length: count }, (_, index) => first + index));
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map(
    (server) =>
      new Promise<number>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: "127.0.0.1", port: 0 }, () => {
          const address = server.address();
          if (typeof address === "object" && address !== null) resolve(address.port);
        });
      }),
  );
  const ports = await Promise.all(listening);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
