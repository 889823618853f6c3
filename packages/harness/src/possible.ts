import { readFileSync } from "node:fs";
import type { Scenario, Server } from "@audit-backlog/model";

/** Descriptors that this process has open beside its clients' sockets. */
const spareDescriptors = 64;

/** Throws a RangeError for what can't be carried out as it is written: better no measurement than one of something else. */
export function assertPossible({ hops, load }: Scenario): void {
  for (const [index, { servers }] of hops.entries()) {
    if (servers.length === 0 || (index < hops.length - 1 && servers.length > 1)) throw new RangeError("the last hop has at least one server, each other has one");
    for (const server of servers) {
      assertTakes(server);
      if (index < hops.length - 1 && server.kind !== "nginx") throw new RangeError(`${server.kind} is no proxy`);
    }
  }
  const clients = load.kind === "sustained" ? load.rate * load.seconds : load.clients;
  const most = openFiles() - spareDescriptors;
  if (clients < 1 || clients > most) throw new RangeError(`${clients} clients: this process may open ${most} sockets`);
}

/** Sources: nginx: src/http/ngx_http_core_module.c; gunicorn: gunicorn/config.py validate_pos_int; node: lib/net.js (0 is unset). */
function assertTakes({ kind, backlog }: Server): void {
  const least = { listener: -(2 ** 31), gunicorn: 0, nginx: 1, node: 1 }[kind];
  if (!Number.isInteger(backlog) || backlog < least || backlog > 2 ** 31 - 1) throw new RangeError(`${kind} never listens with a backlog of ${backlog}`);
}

/** The soft limit; Node raises its own to the hard one when it starts. */
function openFiles(): number {
  const limit = /^Max open files +(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  return limit === undefined || limit === "unlimited" ? Infinity : Number(limit);
}
