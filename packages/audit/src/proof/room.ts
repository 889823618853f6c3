import type { NginxServer, NginxService, Scenario, Server } from "@audit-backlog/model";
import { scenarioProof } from "./harm.ts";
import { worstOf } from "./numbers.ts";
import type { Place } from "./place.ts";
import { dynamic, isSource, servingNginx, stalledServer } from "./servers.ts";
import type { Proof } from "./types.ts";

/** Clients that come one after another take time: as many as show the difference, and no more. */
const mostInTurn = 200;

const interval = 0.002;

/** nginx that runs out of connections: clients come one after the other, and past its room it closes them. */
export function roomProof(place: Place, service: NginxService, to: number): Proof {
  const { listener, context, limits } = place;
  const { cpus } = context.options.assumptions;
  const id = `${service.id}/worker_connections`;
  const was = worstOf(service.settings.worker_connections, cpus);
  if (was === undefined) return dynamic("worker_connections");
  const behind = limits?.chain.hops[place.index + 1];
  const share = behind === undefined ? 1 : 2;
  const taken = service.listeners.length + 1;
  const by = Math.max(1, Math.ceil(was / (share * mostInTurn)));
  const small = (connections: number): number => Math.max(taken + share, Math.floor(connections / by));
  const fronts = [small(was), Math.max(small(to), small(was) + 8 * share)].map((connections) => servingNginx(service, listener, new Map([[id, connections], ...backlogOf(listener?.id)]), cpus));
  const [front, then] = fronts;
  if (front === undefined || then === undefined) return dynamic("a number of nginx");
  // Whichever worker is free accepts: what several hold together is a band, what one holds is a number.
  const one = (server: NginxServer): NginxServer => ({ ...server, workers: 1, family: "tcp" });
  const room = Math.floor((front.server.workerConnections - taken) / share);
  const clients = Math.min(room + 8, Math.floor((then.server.workerConnections - taken) / share));
  const changed = ["a queue of nginx that is long enough", "clients one after the other"];
  if (worstOf(service.settings.worker_processes, cpus) !== 1) changed.push("one worker: each has connections of its own");
  if (by > 1) changed.push(`worker_connections divided by ${String(by)}: clients come one after the other`);
  const scenario = (server: NginxServer, next: readonly Server[]): Scenario => ({
    host: { somaxconn: 4096 },
    roundTrip: "zero",
    hops: next.length === 0 ? [{ servers: [one(server)] }] : [{ servers: [one(server)] }, { servers: next }],
    load: { kind: "spread out", clients, interval },
  });
  for (const [next, note] of behind === undefined ? [[[], []] as const] : upstreams(place)) {
    const proof = scenarioProof(scenario(front.server, next), scenario(then.server, next), [...changed, ...note]);
    if (proof !== undefined) return proof;
  }
  return { kind: "from-source", because: "no load shows a difference", source: "nginx: src/core/ngx_connection.c ngx_get_connection" };
}

function backlogOf(listener: string | undefined): readonly (readonly [string, number])[] {
  return listener === undefined ? [] : [[`${listener}/backlog`, 4095]];
}

/** What stands behind: the deployment's own server, or one that has room for everyone. */
function upstreams({ context, limits, index }: Place): readonly (readonly [readonly Server[], readonly string[]])[] {
  const anybody = [[{ kind: "listener", state: "stalled", family: "unix", backlog: 4095 }], ["behind nginx a server with room for everyone"]] as const;
  const members = limits?.chain.hops[index + 1]?.members ?? [];
  const built = members.flatMap(({ listener }) => {
    const seat = context.seatOf.get(listener);
    return seat === undefined ? [] : [stalledServer(seat.service, seat.listener, new Map(), context.options.assumptions.cpus)];
  });
  const own = built.flatMap((server) => (isSource(server) ? [] : [server]));
  if (own.length !== 1 || members.length !== 1) return [anybody];
  return [[own.map(({ server }) => server), own.flatMap(({ changed }) => changed)], anybody];
}
