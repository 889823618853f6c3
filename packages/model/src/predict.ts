import { arrive, exactly, none, plus, type Places } from "./predict-arrival.ts";
import { passesAll, proxy, proxyWithin } from "./predict-chain.ts";
import { roomOf, together, type ServerRoom } from "./predict-server.ts";
import { patient, sustained, type Line } from "./predict-time.ts";
import { places, type Bound, type Count, type Outcome, type Place, type Scenario, type ScenarioHop, type Server } from "./scenario.ts";

/**
 * What becomes of the clients of a scenario, by arithmetic alone. Throws a RangeError for a scenario that nothing is
 * stated about: a real round-trip time with anything but a burst on a stalled TCP server; several servers in a hop that is not the
 * last; several servers of which one closes clients or has several queues; a sustained load on several; patience with a
 * chain that may not have room for everyone.
 */
export function predict(scenario: Scenario): Outcome {
  const { host, load } = scenario;
  const hops = reachedHops(scenario);
  const servers = hops.map(theServer);
  const [front] = servers;
  const last = servers.at(-1);
  if (front === undefined || last === undefined) throw new RangeError("a scenario has a hop");
  if (hops.length > 1 && last.kind === "nginx" && last.state === "serving") throw new RangeError("an nginx behind another that proxies to nobody answers at once");
  const proxies = servers.slice(0, -1).map((server) => roomOf(server, host, true));
  const [first] = proxies;
  const inTurn = hops.length === 2 && front.kind === "nginx" && front.workers === 1 && load.kind === "spread out";
  const room = together((hops.at(-1)?.servers ?? []).map((server) => roomOf(server, host, hops.length < scenario.hops.length)), inTurn);
  if (scenario.roundTrip === "real") return realRoundTrip(scenario, last, room);
  const kinds = new Set(hops.at(-1)?.servers.map(({ family }) => family));
  const atTheDoor = front.family === "unix" ? "eagain" : "dropped";
  const line: Line = { proxies, room, server: last, turnedAway: first === undefined ? atTheDoor : last.family === "unix" ? "badGateway" : "gatewayTimeout" };
  if (load.kind === "sustained") {
    const { places: counted, overflowsAfter } = sustained(load, line);
    return { ...outcomeOf(counted), ...(overflowsAfter === undefined ? {} : { overflowsAfter: countOf(overflowsAfter) }) };
  }
  const burst = load.kind === "all at once";
  if (burst && load.patience !== undefined) return outcomeOf(patient(load.clients, load.patience, line));
  const clients = { clients: load.clients, burst };
  if (first === undefined) {
    const { queued, accepted, closed, out } = arrive(room, exactly(load.clients), burst);
    return outcomeOf({ queued, accepted, closed, [atTheDoor]: out });
  }
  const inMiddle = proxies.slice(1);
  const straight = inMiddle.every((middle) => passesAll(middle, clients));
  if (!straight) for (const { family } of servers.slice(1)) kinds.add(family);
  const proxied = straight ? proxy(first, room, kinds.has("tcp") ? "tcp" : "unix", clients) : proxyWithin(proxies, room, clients);
  const { out, outInFront, ...inside } = proxied;
  return outcomeOf({ ...lostBehind(out, proxied.refused, kinds, straight && room.group === undefined), queued: inside.queued, accepted: inside.accepted, closed: inside.closed, [atTheDoor]: outInFront });
}

/** Nobody gets past servers that accept nobody: hops behind them play no part. */
function reachedHops({ hops, host }: Scenario): readonly ScenarioHop[] {
  const end = hops.findIndex(({ servers }) =>
    servers.every((server) => {
      const { accepts, past } = roomOf(server, host, false);
      return accepts.atMost === 0 && past === "wait";
    }),
  );
  return end === -1 ? hops : hops.slice(0, end + 1);
}

/** Of a hop that is not the last, its only server; of the last, any. */
function theServer({ servers }: ScenarioHop, index: number, hops: readonly ScenarioHop[]): Server {
  const [server] = servers;
  if (server === undefined) throw new RangeError("a hop has at least one server");
  if (servers.length > 1 && (index === 0 || index < hops.length - 1)) throw new RangeError("nothing is stated about several servers in a hop that is not the last");
  return server;
}

/**
 * What a proxy answers for the server behind it: 502 at once over a unix socket, 504 after the connect timeout over TCP, 502 for whom
 * the server accepts and closes. Of several servers over TCP, those that failed are left out for a while, and a client that
 * finds all of them left out gets 502.
 */
function lostBehind(out: Bound, refused: Bound, kinds: ReadonlySet<"tcp" | "unix">, certain: boolean): Places {
  if (!kinds.has("tcp")) return { badGateway: plus(out, refused) };
  if (certain) return { gatewayTimeout: out, badGateway: refused };
  return { gatewayTimeout: { atLeast: 0, atMost: out.atMost }, badGateway: { atLeast: 0, atMost: out.atMost + refused.atMost } };
}

/** The kernel's count stays what it is; the clients' own says less. Source: linux: net/ipv4/syncookies.c tcp_get_cookie_sock. */
function realRoundTrip({ hops, load }: Scenario, server: Server, room: ServerRoom): Outcome {
  if (hops.length > 1 || load.kind !== "all at once" || load.patience !== undefined || room.accepts.atMost > 0 || room.queues > 1 || server.family === "unix") {
    throw new RangeError("with a real round-trip time only a burst on a stalled TCP server is stated");
  }
  const queued = Math.min(load.clients, room.each);
  const dropped = load.clients - queued;
  return outcomeOf({ queued: exactly(queued), dropped: exactly(dropped), phantoms: { atLeast: 0, atMost: dropped } });
}

function countOf({ atLeast, atMost }: Bound): Count {
  return atLeast === atMost ? atLeast : { atLeast, atMost };
}

function outcomeOf(counted: Places): Outcome {
  const all = Object.fromEntries([...places, "phantoms" as const].map((place) => [place, countOf(counted[place] ?? none)]));
  return all as Record<Place | "phantoms", Count>;
}
