import { openFiles, type NginxService, type NginxTrial } from "@audit-backlog/model";
import { worstOf } from "./numbers.ts";
import { dynamic } from "./servers.ts";
import type { Proof } from "./types.ts";

/** Files that a worker has open beside sockets. Source: see the model's nginx.ts. */
const otherDescriptors = 6;

/** Clients that one trial has to hold. */
const mostOpen = 400;

/** nginx with fewer files than connections: it stops accepting before its connections are used up. */
export function openFilesProof(service: NginxService, to: number): Proof {
  const { name = "worker_rlimit_nofile", limit: files } = openFiles(service) ?? {};
  const connections = worstOf(service.settings.worker_connections, undefined);
  const open = files === undefined ? undefined : worstOf(files, undefined);
  if (open === undefined || connections === undefined) return dynamic(name);
  const taken = service.listeners.length + 1;
  const by = Math.max(1, Math.ceil(open / mostOpen));
  const least = taken + otherDescriptors + 8;
  const fewer = Math.max(least, Math.floor(open / by));
  const count = Math.max(fewer + 8, Math.floor(connections / by));
  const held = fewer - taken - otherDescriptors;
  const clients = Math.min(held + 8, count - taken);
  const listens: NginxTrial["listens"] = service.listeners.map((_, index) => ({ address: index === 0 ? "specific" : "other", parameters: [] }));
  const trial = (openFiles: number): NginxTrial => ({ server: "nginx", workerConnections: count, openFiles, listens, clients });
  return {
    kind: "procedure",
    id: "open-files",
    somaxconn: 4096,
    before: { trial: trial(fewer), expected: { starts: true, accepted: held } },
    after: { trial: trial(Math.max(2 * count, Math.floor(to / by))), expected: { starts: true, accepted: clients } },
    changed: [
      by > 1 || fewer !== open || count !== connections ? `one worker, with ${String(fewer)} files and ${String(count)} connections instead of ${String(open)} and ${String(connections)}` : "one worker",
      ...(name === "worker_rlimit_nofile" ? [] : [`worker_rlimit_nofile stands for ${name}: both set the same limit`]),
    ],
  };
}
