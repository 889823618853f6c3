import { acceptedByGroup } from "./predict-group.ts";
import type { ServerRoom } from "./predict-server.ts";
import type { Bound, Place } from "./scenario.ts";

/** Where clients are, as ranges that may not have collapsed into numbers yet. */
export type Places = Partial<Record<Place | "phantoms", Bound>>;

/** Where clients of one hop are, once it has come to rest. */
export interface Arrival {
  readonly queued: Bound;
  readonly accepted: Bound;
  readonly closed: Bound;
  /** Turned away by a full queue. */
  readonly out: Bound;
}

/** Clients at one hop, once it has come to rest. In a burst the workers may or may not get to run. */
export function arrive(room: ServerRoom, clients: Bound, burst: boolean): Arrival {
  const low = arriveExactly(room, clients.atLeast, burst);
  if (clients.atLeast === clients.atMost) return low;
  const high = arriveExactly(room, clients.atMost, burst);
  return { queued: hull(low.queued, high.queued), accepted: hull(low.accepted, high.accepted), closed: hull(low.closed, high.closed), out: hull(low.out, high.out) };
}

function arriveExactly(room: ServerRoom, clients: number, burst: boolean): Arrival {
  const { queues, each, accepts } = room;
  if (room.past === "close") return arriveOrClosed(room, clients, burst);
  const capacity = accepts.atLeast;
  // All clients may be hashed to one queue, and workers may get to run only when the burst is over.
  const held = {
    atLeast: Math.min(clients, each + (burst ? 0 : capacity)),
    atMost: Math.min(clients, capacity + queues * each),
  };
  const out = { atLeast: clients - held.atMost, atMost: clients - held.atLeast };
  if (room.group !== undefined) {
    const [low, high] = [acceptedByGroup(room.group, held.atLeast), acceptedByGroup(room.group, held.atMost)];
    return { queued: hull(without(held.atLeast, low), without(held.atMost, high)), accepted: hull(low, high), closed: none, out };
  }
  return {
    queued: { atLeast: Math.max(0, held.atLeast - capacity), atMost: Math.max(0, held.atMost - capacity) },
    accepted: { atLeast: Math.min(capacity, held.atLeast), atMost: Math.min(capacity, held.atMost) },
    closed: none,
    out,
  };
}

/** A server that accepts everyone and closes whom it has no room for: nothing waits. */
function arriveOrClosed({ each, accepts, sureInBurst }: ServerRoom, clients: number, burst: boolean): Arrival {
  const held = burst ? Math.min(clients, each) : clients;
  const sure = burst && clients > sureInBurst ? Math.min(sureInBurst, accepts.atLeast) : accepts.atLeast;
  return {
    queued: none,
    accepted: { atLeast: Math.min(sure, held), atMost: Math.min(accepts.atMost, clients) },
    closed: { atLeast: Math.max(0, held - accepts.atMost), atMost: Math.max(0, clients - sure) },
    out: { atLeast: 0, atMost: clients - held },
  };
}

export const none: Bound = { atLeast: 0, atMost: 0 };

export function exactly(count: number): Bound {
  return { atLeast: count, atMost: count };
}

export function plus(a: Bound, b: Bound): Bound {
  return { atLeast: a.atLeast + b.atLeast, atMost: a.atMost + b.atMost };
}

function without(all: number, some: Bound): Bound {
  return { atLeast: all - some.atMost, atMost: all - some.atLeast };
}

function hull(a: Bound, b: Bound): Bound {
  return { atLeast: Math.min(a.atLeast, b.atLeast), atMost: Math.max(a.atMost, b.atMost) };
}
