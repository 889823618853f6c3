import { effectiveBacklog, queueCapacity } from "./kernel.ts";
import type { Bound, HostLimits, NginxServer, Server } from "./scenario.ts";

/** What one server holds, reduced to what counting clients needs. */
export interface ServerRoom {
  /** Accept queues of its address. */
  readonly queues: number;
  /** Connections that each queue holds. */
  readonly each: number;
  /** Accept capacity. A bound where processes that share one queue may use their own rooms unevenly. */
  readonly accepts: Bound;
  /** Service slots. */
  readonly slots: number;
  /** What happens past `accepts`: clients wait in the queue, or are accepted and closed. */
  readonly past: "wait" | "close";
  /** Accepts that a burst is sure to find room for; past it nginx frees connections ahead of need. */
  readonly sureInBurst: number;
  /** The servers that this is the sum of, and whether clients certainly go to them in turn. */
  readonly group?: { readonly rooms: readonly ServerRoom[]; readonly inTurn: boolean };
}

/** Requests that a server answers a second, at most; 0 where it never answers. Sources: see roomOf. */
export function servedPerSecond(server: Server, host: HostLimits): number {
  const { slots } = roomOf(server, host, false);
  return slots === 0 || !("serviceTime" in server) ? 0 : slots / server.serviceTime;
}

/** What a server's queues and workers hold. `proxies`: an nginx that needs a second connection for each client. */
export function roomOf(server: Server, host: HostLimits, proxies: boolean): ServerRoom {
  const each = queueCapacity(effectiveBacklog(server.backlog, host.somaxconn));
  const queues = server.kind === "nginx" && server.reuseport ? server.workers : 1;
  const room = (accepts: number, slots: number): ServerRoom => ({ queues, each, accepts: { atLeast: accepts, atMost: accepts }, slots, past: "wait", sureInBurst: accepts });
  // The primary of a round-robin cluster accepts, whatever its workers do. Source: node: lib/internal/cluster/round_robin_handle.js
  if (server.kind === "node" && server.mode === "round-robin") return room(Infinity, Infinity);
  if (server.state === "stalled") return room(0, 0);
  switch (server.kind) {
    case "gunicorn": {
      const { workers, threads, workerConnections } = server;
      // Sources: gunicorn: gunicorn/workers/sync.py, gthread.py (nr_conns < worker_connections), ggevent.py (Pool).
      if (server.workerClass === "sync") return room(workers, workers);
      // Handlers that wait let others run, in as many greenlets as the pool has.
      const slots = server.workerClass === "gthread" ? Math.min(threads, workerConnections) : workerConnections;
      return room(workers * workerConnections, workers * slots);
    }
    case "nginx":
      return nginxRoom(server, proxies, { queues, each });
    case "node": {
      if (server.maxConnections === undefined) return room(Infinity, Infinity);
      // Each process counts its own. Source: node: lib/net.js onconnection
      const accepts = { atLeast: server.maxConnections, atMost: server.maxConnections * server.instances };
      return { ...room(0, Infinity), accepts, past: "close", sureInBurst: server.maxConnections };
    }
  }
}

/**
 * A worker's connections include its listeners and the channel to the master; without a free one it accepts and closes.
 * Source: nginx: src/core/ngx_connection.c ngx_get_connection, ngx_drain_connections (a sixteenth is freed ahead of need).
 */
function nginxRoom({ workers, workerConnections: connections, otherListeners = 0 }: NginxServer, proxies: boolean, queue: Pick<ServerRoom, "queues" | "each">): ServerRoom {
  const free = Math.max(0, connections - otherListeners - 2);
  const one = Math.floor(free / (proxies ? 2 : 1));
  const sureInBurst = Math.max(0, Math.floor((free - Math.floor(connections / 16)) / (proxies ? 2 : 1)) - 1);
  return { ...queue, accepts: { atLeast: one, atMost: workers * one }, slots: Infinity, past: "close", sureInBurst };
}

/**
 * Servers of one group: nginx tries the next when one is full (at once with EAGAIN, after its connect timeout over TCP), so their
 * rooms add up: whoever is turned away has found each of them full. Of two servers, one worker process of nginx takes one and
 * the other in turn. Source: nginx: src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_get_peer.
 */
export function together(rooms: readonly ServerRoom[], inTurn: boolean): ServerRoom {
  const [only, ...more] = rooms;
  if (only === undefined) throw new RangeError("a hop has at least one server");
  if (more.length === 0) return only;
  if (rooms.some(({ past, queues }) => past === "close" || queues > 1)) throw new RangeError("of several servers behind a proxy, each must have one queue and close nobody");
  const sum = (of: (room: ServerRoom) => number): number => rooms.reduce((all, room) => all + of(room), 0);
  return {
    queues: 1,
    each: sum(({ each }) => each),
    accepts: { atLeast: sum(({ accepts }) => accepts.atLeast), atMost: sum(({ accepts }) => accepts.atMost) },
    slots: sum(({ slots }) => slots),
    past: "wait",
    sureInBurst: sum(({ sureInBurst }) => sureInBurst),
    group: { rooms, inTurn: inTurn && rooms.length === 2 },
  };
}
