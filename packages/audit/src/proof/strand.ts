import { effectiveBacklog, queueCapacity, type NginxServer, type Scenario } from "@audit-backlog/model";
import { scenarioProof } from "./harm.ts";
import { mostProcesses, worstOf } from "./numbers.ts";
import type { Place } from "./place.ts";
import { dynamic } from "./servers.ts";
import type { Proof } from "./types.ts";

/** Places in each queue, at most: enough to show it, and few enough for every machine. */
const longest = 255;

/**
 * A client more than all queues hold together: one is out for sure, and as many more as the hash was uneven. With queues that
 * each hold them all nobody is. Source: linux: net/core/sock_reuseport.c reuseport_select_sock.
 */
export function strandProof({ service, listener, context }: Place): Proof {
  if (listener === undefined || service.kind !== "nginx") return { kind: "from-source", because: "only nginx is measured with a queue a worker", source: "linux: net/core/sock_reuseport.c reuseport_select_sock" };
  const { cpus } = context.options.assumptions;
  const asked = worstOf(listener.backlog.requested, cpus);
  const wanted = worstOf(service.settings.worker_processes, cpus);
  if (asked === undefined || wanted === undefined) return dynamic("the backlog");
  const effective = effectiveBacklog(asked, worstOf(listener.somaxconn, cpus) ?? 4096);
  const [backlog, workers] = [Math.min(effective, longest), Math.min(wanted, mostProcesses)];
  const clients = workers * queueCapacity(backlog) + 1;
  const server = (length: number): NginxServer => ({ kind: "nginx", family: "tcp", state: "stalled", backlog: length, workers, workerConnections: 512, reuseport: true });
  const scenario = (length: number): Scenario => ({ host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [server(length)] }], load: { kind: "all at once", clients } });
  const changed = ["a burst of one client more than all queues hold, so that one is out for sure", ...(backlog === effective && workers === wanted ? [] : [`${String(workers)} queues with a backlog of ${String(backlog)} each`])];
  return scenarioProof(scenario(backlog), scenario(clients), changed) ?? dynamic("the backlog");
}
