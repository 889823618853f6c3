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

/**
 * Clients that pass a proxy. It has room for those that wait for an answer: with a unix socket behind it, whom the upstream
 * server's queue turns away is answered 502 at once and takes no room; over TCP it takes room until the connect timeout.
 * Source: nginx: src/event/ngx_event_connect.c ngx_event_connect_peer.
 */
export function proxy(front: ServerRoom, behind: ServerRoom, family: "tcp" | "unix", load: { readonly clients: number; readonly burst: boolean }): Proxied {
  const { clients, burst } = load;
  const { accepts } = front;
  if (accepts.atMost === 0) {
    const { queued, out } = arrive(front, exactly(clients), burst);
    return { queued, accepted: none, closed: none, refused: none, out: none, outInFront: out };
  }
  const passing = { atLeast: burst ? Math.min(clients, front.each) : clients, atMost: clients };
  const outInFront = { atLeast: 0, atMost: clients - passing.atLeast };
  const beyond = (room: Bound, more: Pick<Proxied, "closed" | "out"> | undefined): Proxied => {
    const { closed: refused, ...arrival } = arrive(behind, room, burst);
    return { ...arrival, closed: none, ...more, refused, outInFront };
  };
  const sure = burst ? Math.min(front.sureInBurst, accepts.atLeast) : accepts.atLeast;
  const held = behind.accepts.atMost + (behind.past === "close" ? 0 : behind.queues * behind.each);
  const takesNoRoom = !burst && (family === "unix" || behind.past === "close") && held < accepts.atLeast;
  if (clients <= sure || takesNoRoom) return beyond(passing, undefined);
  const exactRoom = !burst && accepts.atLeast === accepts.atMost && behind.past === "wait";
  if (!exactRoom) {
    const low = Math.min(sure, passing.atLeast);
    const lost = { atLeast: 0, atMost: clients - Math.min(low, behind.each) };
    const { refused, ...proxied } = beyond({ atLeast: low, atMost: Math.min(clients, accepts.atMost) }, { closed: lost, out: lost });
    return { ...proxied, refused: behind.past === "close" ? lost : refused };
  }
  const room = accepts.atLeast;
  if (held >= room) return beyond(exactly(room), { closed: exactly(clients - room), out: none });
  // Those that wait for their connect timeout take room while they do.
  return beyond(exactly(room), { closed: { atLeast: 0, atMost: clients - room }, out: { atLeast: room - held, atMost: clients - held } });
}
