import type { ServerRoom } from "./predict-server.ts";
import type { Bound } from "./scenario.ts";

/** Orders of more servers than this are not gone through one by one. */
const mostInOrder = 6;

/**
 * How many of the clients that several servers hold are accepted and not queued: that hangs on which server each went to. A server
 * holds nobody in its queue while it has accept capacity left.
 */
export function acceptedByGroup({ rooms, inTurn }: NonNullable<ServerRoom["group"]>, held: number): Bound {
  if (inTurn) {
    const accepted = acceptedInTurn(rooms, held);
    return { atLeast: accepted, atMost: accepted };
  }
  const capacity = rooms.reduce((sum, room) => sum + room.accepts.atMost, 0);
  return { atLeast: leastAccepted(rooms, held), atMost: Math.min(held, capacity) };
}

/** Clients go to one server after the other; a full one is passed over. */
function acceptedInTurn(rooms: readonly ServerRoom[], held: number): number {
  const counts = rooms.map(() => 0);
  let turn = 0;
  for (let client = 0; client < held; client += 1) {
    for (let tried = 0; tried < rooms.length; tried += 1, turn += 1) {
      const at = turn % rooms.length;
      const count = counts[at] ?? 0;
      const room = rooms[at];
      if (room === undefined || count >= holds(room)) continue;
      counts[at] = count + 1;
      turn += 1;
      break;
    }
  }
  return rooms.reduce((sum, room, at) => sum + Math.min(counts[at] ?? 0, room.accepts.atLeast), 0);
}

/** What is accepted is concave in each server's clients, so it is least where servers are full one after the other. */
function leastAccepted(rooms: readonly ServerRoom[], held: number): number {
  if (rooms.length > mostInOrder) return Math.max(0, held - rooms.reduce((sum, room) => sum + room.each, 0));
  if (held === 0 || rooms.length === 0) return 0;
  const ways = rooms.map((room, index) => {
    const here = Math.min(held, holds(room));
    return Math.min(here, room.accepts.atLeast) + leastAccepted(rooms.filter((_, other) => other !== index), held - here);
  });
  return Math.min(...ways);
}

function holds({ accepts, each }: ServerRoom): number {
  return accepts.atLeast + each;
}
