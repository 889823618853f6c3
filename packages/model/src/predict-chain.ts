import { arrive, exactly, none, type Arrival } from "./predict-arrival.ts";
import type { ServerRoom } from "./predict-server.ts";
import type { Bound } from "./scenario.ts";

export interface Proxied extends Omit<Arrival, "closed"> {
  /** Turned away by the proxy's own queue. */
  readonly outInFront: Bound;
  /** Accepted by the proxy and closed, for want of its connections. */
  readonly closed: Bound;
  /** Accepted and closed by the upstream server. */
  readonly refused: Bound;
}

interface Clients {
  readonly clients: number;
  readonly burst: boolean;
}

/**
 * Clients that pass a proxy. It has room for those that wait for an answer: with a unix socket behind it, whom the upstream
 * server's queue turns away is answered 502 at once and takes no room; over TCP it takes room until the connect timeout.
 * Source: nginx: src/event/ngx_event_connect.c ngx_event_connect_peer.
 */
export function proxy(front: ServerRoom, behind: ServerRoom, family: "tcp" | "unix", { clients, burst }: Clients): Proxied {
  const { accepts } = front;
  const passing = { atLeast: burst ? Math.min(clients, front.each) : clients, atMost: clients };
  const outInFront = { atLeast: 0, atMost: clients - passing.atLeast };
  const beyond = (room: Bound, more: Pick<Proxied, "closed" | "out"> | undefined): Proxied => {
    const { closed: refused, ...arrival } = arrive(behind, room, burst);
    return { ...arrival, closed: none, ...more, refused, outInFront };
  };
  const held = behind.accepts.atMost + (behind.past === "close" ? 0 : behind.queues * behind.each);
  const takesNoRoom = !burst && (family === "unix" || behind.past === "close") && held < accepts.atLeast;
  if (clients <= sureOf(front, burst) || takesNoRoom) return beyond(passing, undefined);
  const exactRoom = !burst && accepts.atLeast === accepts.atMost && behind.past === "wait";
  if (!exactRoom) return proxyWithin([front], behind, { clients, burst });
  const room = accepts.atLeast;
  if (held >= room) return beyond(exactly(room), { closed: exactly(clients - room), out: none });
  // Those that wait for their connect timeout take room while they do.
  return beyond(exactly(room), { closed: { atLeast: 0, atMost: clients - room }, out: { atLeast: room - held, atMost: clients - held } });
}

/** Clients that pass proxies of which one may not have room for all: what each of them surely passes on, and the rest anywhere. */
export function proxyWithin(fronts: readonly ServerRoom[], behind: ServerRoom, { clients, burst }: Clients): Proxied {
  const [first] = fronts;
  const queues = burst ? fronts.map(({ each }) => each) : [];
  const low = Math.min(clients, ...fronts.map((front) => sureOf(front, burst)), ...queues);
  const high = Math.min(clients, ...fronts.map(({ accepts }) => accepts.atMost));
  const { closed, ...arrival } = arrive(behind, { atLeast: low, atMost: high }, burst);
  const lost = { atLeast: 0, atMost: clients - Math.min(low, behind.each) };
  const outInFront = { atLeast: 0, atMost: burst && first !== undefined ? clients - Math.min(clients, first.each) : 0 };
  return { ...arrival, closed: lost, out: lost, refused: behind.past === "close" ? lost : closed, outInFront };
}

/** Whether a proxy that stands behind another passes every client on, whatever the kernel's and its own timing. */
export function passesAll(front: ServerRoom, { clients, burst }: Clients): boolean {
  return clients <= sureOf(front, burst) && (!burst || clients <= front.each);
}

function sureOf({ accepts, sureInBurst }: ServerRoom, burst: boolean): number {
  return burst ? Math.min(sureInBurst, accepts.atLeast) : accepts.atLeast;
}
