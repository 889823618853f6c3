import { join } from "node:path";
import type { Scenario, Server } from "@audit-backlog/model";
import type { Address } from "../kernel.ts";
import { stopFamily } from "../processes.ts";
import { startGunicorn } from "./gunicorn.ts";
import { startListener } from "./listener.ts";
import { startNginx } from "./nginx.ts";
import { startNode } from "./node.ts";
import type { Running, Setting } from "./running.ts";

/** One server of the scenario, running, and stopped where nobody is to accept. */
export interface Started {
  readonly hop: number;
  readonly server: Server;
  readonly address: Address;
  readonly running: Running;
}

export interface StartOptions {
  readonly directory: string;
  /** The program that threads and Node servers re-enter. */
  readonly entry: string;
  readonly handlerTime: number;
  readonly until: number;
  /** A free TCP port, another each time. */
  readonly port: () => Promise<number>;
}

/** Starts the servers of a scenario from the last hop to the first, so that each proxy finds its upstream. */
export async function startServers(scenario: Scenario, options: StartOptions): Promise<readonly Started[]> {
  const started: Started[] = [];
  for (let hop = scenario.hops.length - 1; hop >= 0; hop -= 1) {
    const next = started.filter((behind) => behind.hop === hop + 1).map(({ address }) => address);
    for (const [index, server] of (scenario.hops[hop]?.servers ?? []).entries()) {
      const name = `s${hop}-${index}`;
      const address: Address = server.family === "tcp" ? { family: "tcp", port: await options.port() } : { family: "unix", path: join(options.directory, `${name}.sock`) };
      const setting: Setting = { directory: options.directory, name, address, handlerTime: options.handlerTime, until: options.until };
      const running = await start(server, setting, next, options);
      // A stalled Node blocks its own event loops.
      if (server.state === "stalled" && server.kind !== "node" && running.pid !== undefined) await stopFamily(running.pid, options.until);
      started.push({ hop, server, address, running });
    }
  }
  return started.reverse();
}

function start(server: Server, setting: Setting, next: readonly Address[], { entry }: StartOptions): Promise<Running> {
  switch (server.kind) {
    case "listener":
      return startListener(server.backlog, setting, entry);
    case "nginx":
      return startNginx(server, setting, next);
    case "gunicorn":
      return startGunicorn(server, setting);
    case "node":
      return startNode(server, setting, entry);
  }
}
