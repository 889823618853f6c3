import { passesAll } from "./predict-chain.ts";
import { exactly, type Places } from "./predict-arrival.ts";
import type { ServerRoom } from "./predict-server.ts";
import type { Bound, Load, Server } from "./scenario.ts";

/** A chain as loads that take time need it. */
export interface Line {
  /** The proxies, from the outside in. */
  readonly proxies: readonly ServerRoom[];
  readonly room: ServerRoom;
  /** One of the servers of the last hop. */
  readonly server: Server;
  /** What a client sees whom the last hop's full queue turns away. */
  readonly turnedAway: "dropped" | "eagain" | "badGateway" | "gatewayTimeout";
}

/**
 * Clients of a burst that wait for their answers until patience ends; who is let in is answered `slots` at a time. Whose SYN is
 * dropped repeats it and may be let in later, so of a TCP server that makes room only the ends are stated.
 */
export function patient(clients: number, patience: number, { proxies, room, server, turnedAway }: Line): Places {
  const load = { clients, burst: true };
  if (proxies.length > 0 && (clients > room.each || !proxies.every((proxy) => passesAll(proxy, load)))) throw new RangeError("with patience, a chain must surely have room for everyone");
  if (room.past === "close" && clients > room.sureInBurst) throw new RangeError("with patience, nobody may be closed");
  const time = "serviceTime" in server ? server.serviceTime : Infinity;
  const rounds = room.slots === 0 ? 0 : Math.floor(patience / time);
  const inTime = rounds === 0 ? 0 : room.slots * rounds;
  const answered = (held: number): number => Math.min(held, inTime);
  const sure = Math.min(clients, room.each);
  if (sure === clients) return { answered: exactly(answered(clients)), timedOut: exactly(clients - answered(clients)) };
  const best = Math.min(clients, room.accepts.atMost + room.queues * room.each);
  if (turnedAway === "eagain" || inTime === 0) {
    return {
      answered: { atLeast: answered(sure), atMost: answered(best) },
      timedOut: { atLeast: sure - answered(sure), atMost: best - answered(best) },
      [turnedAway]: { atLeast: clients - best, atMost: clients - sure },
    };
  }
  return { answered: { atLeast: answered(sure), atMost: answered(clients) }, timedOut: { atLeast: 0, atMost: clients - answered(sure) }, [turnedAway]: { atLeast: 0, atMost: clients - sure } };
}

/**
 * The queue grows by what comes in less what is served. Regular arrivals, deterministic service, an idle start; the first that ends it is
 * the last server's queue or the room of a proxy. Measured on gunicorn sync and gthread, alone and behind nginx.
 */
export function sustained({ rate, seconds }: Load & { kind: "sustained" }, { proxies, room, server, turnedAway }: Line): { readonly places: Places; readonly overflowsAfter?: Bound } {
  if (room.past === "close" || room.group !== undefined) throw new RangeError("nothing is stated about a sustained load on several servers, or on one that closes clients");
  const clients = Math.round(rate * seconds);
  const anywhere = { atLeast: 0, atMost: clients };
  const some = { atLeast: 1, atMost: clients };
  const inside: Places = { queued: anywhere, accepted: anywhere, answered: anywhere };
  const time = "serviceTime" in server ? server.serviceTime : Infinity;
  const served = room.slots === 0 ? 0 : room.slots / time;
  if (rate <= served) return { places: inside };
  const behind = room.accepts.atLeast + room.queues * room.each;
  const inFront = { atLeast: Math.min(...proxies.map(({ accepts, sureInBurst }) => Math.min(accepts.atLeast, sureInBurst))), atMost: Math.min(...proxies.map(({ accepts }) => accepts.atMost)) };
  const after = (held: number): number => Math.max(0, held - room.slots) / (rate - served);
  const overflowsAfter = { atLeast: after(Math.min(behind, inFront.atLeast)), atMost: after(Math.min(behind, inFront.atMost)) };
  if (overflowsAfter.atLeast >= seconds) return { places: inside };
  if (overflowsAfter.atMost >= seconds) throw new RangeError("whether this sustained load overflows in its time is not stated");
  if (behind < inFront.atLeast) return { places: { ...inside, [turnedAway]: some }, overflowsAfter };
  if (behind > inFront.atMost) return { places: { ...inside, closed: some }, overflowsAfter };
  return { places: { ...inside, [turnedAway]: anywhere, closed: anywhere }, overflowsAfter };
}
