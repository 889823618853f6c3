import { arrive, exactly, none, plus } from "./predict-arrival.ts";
import { proxy } from "./predict-chain.ts";
import { roomOf, together, type ServerRoom } from "./predict-server.ts";
import { places, type Bound, type Count, type Load, type Outcome, type Place, type Scenario, type Server } from "./scenario.ts";

/** Where clients are, as ranges that may not have collapsed into numbers yet. */
type Places = Partial<Record<Place | "phantoms", Bound>>;

/**
 * What becomes of the clients of a scenario, by arithmetic alone. Throws a RangeError for a scenario that nothing is
 * stated about: a real round-trip time with anything but a stalled TCP server, patience where some clients are turned away at
 * first and come back, several servers over TCP behind a proxy, a sustained load on a chain.
 */
export function predict(scenario: Scenario): Outcome {
  const { hops, host, load } = scenario;
  const rooms = hops.map((hop, index) => hop.servers.map((server) => roomOf(server, host, index < hops.length - 1)));
  const [front] = hops[0].servers;
  const [first] = rooms[0] ?? [];
  if (front === undefined || first === undefined || hops[0].servers.length > 1) throw new RangeError("the first hop has one server");
  if (scenario.roundTrip === "real") return realRoundTrip(scenario, front, first);
  if (load.kind === "sustained") return sustained(scenario, load, front, first);
  const burst = load.kind === "all at once";
  const reached = arrive(first, exactly(load.clients), burst);
  const turnedAway = front.family === "unix" ? "eagain" : "dropped";
  const [, next] = hops;
  if (next === undefined) {
    if (burst && load.patience !== undefined) return patient(load.clients, load.patience, front, first);
    return outcomeOf({ queued: reached.queued, accepted: reached.accepted, closed: reached.closed, [turnedAway]: reached.out });
  }
  if (hops.length > 2 || (burst && load.patience !== undefined)) throw new RangeError("nothing is stated about this chain");
  const [upstream] = next.servers;
  if (upstream === undefined) throw new RangeError("a hop has at least one server");
  if (next.servers.length > 1 && next.servers.some(({ family }) => family === "tcp")) throw new RangeError("nothing is stated about several upstream servers over TCP");
  const proxied = proxy(first, together(rooms[1] ?? []), upstream.family, { clients: load.clients, burst });
  const failed = upstream.family === "unix" ? "badGateway" : "gatewayTimeout";
  // Who is accepted and closed behind a proxy gets a 502 from it.
  const badGateway = failed === "badGateway" ? plus(proxied.out, proxied.refused) : proxied.refused;
  return outcomeOf({
    queued: proxied.queued,
    accepted: proxied.accepted,
    closed: proxied.closed,
    badGateway,
    ...(failed === "gatewayTimeout" ? { gatewayTimeout: proxied.out } : {}),
    [turnedAway]: proxied.outInFront,
  });
}

/** The kernel's count stays what it is; the clients' own says less. Source: linux: net/ipv4/syncookies.c tcp_get_cookie_sock. */
function realRoundTrip({ hops, load }: Scenario, server: Server, room: ServerRoom): Outcome {
  if (hops.length > 1 || load.kind !== "all at once" || room.accepts.atMost > 0 || room.queues > 1 || server.family === "unix") {
    throw new RangeError("with a real round-trip time only a burst on a stalled TCP server is stated");
  }
  const queued = Math.min(load.clients, room.each);
  const dropped = load.clients - queued;
  return outcomeOf({ queued: exactly(queued), dropped: exactly(dropped), phantoms: { atLeast: 0, atMost: dropped } });
}

/** All are let in, and answered `slots` at a time until patience ends. */
function patient(clients: number, patience: number, server: Server, room: ServerRoom): Outcome {
  if (clients > room.each) throw new RangeError("with patience, everyone must find room at first");
  if (room.past === "close" && clients > room.sureInBurst) throw new RangeError("with patience, nobody may be closed");
  const time = "serviceTime" in server ? server.serviceTime : Infinity;
  const rounds = room.slots === 0 ? 0 : Math.floor(patience / time);
  const answered = rounds === 0 ? 0 : Math.min(clients, room.slots * rounds);
  return outcomeOf({ answered: exactly(answered), timedOut: exactly(clients - answered) });
}

/**
 * The queue grows by what comes in less what is served. Regular arrivals, deterministic service, an idle start.
 * Measured on gunicorn sync and gthread, within 3 %.
 */
function sustained({ hops }: Scenario, load: Load & { kind: "sustained" }, server: Server, room: ServerRoom): Outcome {
  if (hops.length > 1 || room.past === "close") throw new RangeError("nothing is stated about this sustained load");
  const clients = Math.round(load.rate * load.seconds);
  const anywhere = { atLeast: 0, atMost: clients };
  const time = "serviceTime" in server ? server.serviceTime : Infinity;
  const served = room.slots === 0 ? 0 : room.slots / time;
  const turnedAway = server.family === "unix" ? "eagain" : "dropped";
  const inside = { queued: anywhere, accepted: anywhere, answered: anywhere };
  if (load.rate <= served) return outcomeOf(inside);
  const seconds = (room.accepts.atLeast - room.slots + room.queues * room.each) / (load.rate - served);
  if (seconds >= load.seconds) return outcomeOf(inside);
  return { ...outcomeOf({ ...inside, [turnedAway]: { atLeast: 1, atMost: clients } }), overflowsAfter: seconds };
}

function outcomeOf(counted: Places): Outcome {
  const count = ({ atLeast, atMost }: Bound): Count => (atLeast === atMost ? atLeast : { atLeast, atMost });
  const all = Object.fromEntries([...places, "phantoms" as const].map((place) => [place, count(counted[place] ?? none)]));
  return all as Record<Place | "phantoms", Count>;
}
