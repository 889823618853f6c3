import type { BareListener, GunicornServer, HostLimits, Load, NginxServer, NodeServer, Scenario, Server } from "@audit-backlog/model";

export const atOnce = (clients: number): Load => ({ kind: "all at once", clients });
export const spread = (clients: number): Load => ({ kind: "spread out", clients, interval: 0.002 });

export function bare(family: "tcp" | "unix", backlog: number): BareListener {
  return { kind: "listener", state: "stalled", family, backlog };
}

export function gunicorn(more: Partial<GunicornServer> = {}): GunicornServer {
  return { kind: "gunicorn", family: "tcp", backlog: 5, state: "serving", workerClass: "sync", workers: 2, threads: 1, workerConnections: 8, serviceTime: 1, ...more };
}

export function nginx(more: Partial<NginxServer> = {}): NginxServer {
  return { kind: "nginx", family: "tcp", backlog: 511, state: "serving", workers: 1, workerConnections: 512, reuseport: false, ...more };
}

export function node(more: Partial<NodeServer> = {}): NodeServer {
  return { kind: "node", family: "tcp", backlog: 32, state: "serving", mode: "single", instances: 1, serviceTime: 1, ...more };
}

/** One server, or a chain of hops with one or several. */
export function scenario(hops: Server | readonly (Server | readonly Server[])[], load: Load, host: HostLimits = { somaxconn: 4096 }): Scenario {
  const all = (Array.isArray(hops) ? (hops as readonly (Server | readonly Server[])[]) : [hops as Server]).map((hop) => ({
    servers: Array.isArray(hop) ? (hop as readonly Server[]) : [hop as Server],
  }));
  const [first, ...rest] = all;
  if (first === undefined) throw new Error("no hop");
  return { host, roundTrip: "zero", hops: [first, ...rest], load };
}
