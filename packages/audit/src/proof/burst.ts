import { effectiveBacklog, predict, queueCapacity, type Member, type Scenario, type ScenarioHop, type Server } from "@audit-backlog/model";
import { assumptionsFor } from "../context.ts";
import { scenarioProof } from "./harm.ts";
import { mostClients, worstOf, type Numbers } from "./numbers.ts";
import { proxyBefore, type Place } from "./place.ts";
import { dynamic, isSource, servingNginx, stalledServer, type Built } from "./servers.ts";
import type { Proof, SourceProof } from "./types.ts";

/** What the remedy changes. `before` tells which number is meant where a setting can have several. */
export interface Change {
  readonly before: Numbers;
  readonly after: Numbers;
}

interface Side {
  readonly servers: readonly Server[];
  readonly somaxconn: number;
  readonly front?: Server;
}

interface Attempt {
  readonly before: Side;
  readonly after: Side;
  readonly changed: readonly string[];
}

/**
 * A burst that arrives before anybody accepts, on the queue that a finding is about: behind its proxy where the model says
 * for sure what comes of that, else on the socket alone.
 */
export function burstProof(place: Place, change: Change): Proof {
  const alone = attempt(place, change, undefined);
  if (isSource(alone)) return alone;
  const proxied = behindProxy(place, change);
  const attempts = proxied === undefined ? [alone] : [proxied, { ...alone, changed: [...alone.changed, "the socket alone, without the proxy in front of it"] }];
  for (const one of attempts) {
    const proof = tryOut(place, one);
    if (proof !== undefined) return proof;
  }
  return { kind: "from-source", because: "no burst of 10,000 clients or less shows a difference", source: "linux: include/net/sock.h sk_acceptq_is_full" };
}

function attempt(place: Place, change: Change, members: readonly Member[] | undefined): Attempt | SourceProof {
  const { listener, service, context } = place;
  if (listener === undefined) return dynamic("the listener");
  const { cpus } = context.options.assumptions;
  const seats = members === undefined ? [{ service, listener }] : members.flatMap((member) => context.seatOf.get(member.listener) ?? []);
  const changed: string[] = [];
  const sides: Side[] = [];
  for (const numbers of [change.before, change.after]) {
    const built = seats.map((seat) => stalledServer(seat.service, seat.listener, numbers, cpus));
    const source = built.find(isSource);
    if (source !== undefined) return source;
    const known = built.filter((one): one is Built => !isSource(one));
    changed.push(...known.flatMap((one) => one.changed));
    const stated = numbers.get(`${listener.id}/net.core.somaxconn`) ?? worstOf(listener.somaxconn, cpus);
    const needed = Math.max(4096, ...known.map(({ server }) => server.backlog));
    if (stated === undefined) changed.push(`net.core.somaxconn is not known: ${String(needed)}`);
    sides.push({ servers: known.map(({ server }) => server), somaxconn: stated ?? needed });
  }
  const [before, after] = sides;
  if (before === undefined || after === undefined) return dynamic("the server");
  return { before, after, changed };
}

/** The same behind nginx, with all the servers that share the load. */
function behindProxy(place: Place, change: Change): Attempt | undefined {
  const proxy = proxyBefore(place);
  const { limits, index, hop, context } = place;
  if (proxy === undefined || hop === undefined || limits === undefined) return undefined;
  const ids = new Set(limits.chain.hops[index - 1]?.members.map(({ listener }) => listener));
  const entrance = proxy.listeners.find(({ id }) => ids.has(id));
  const { cpus } = context.options.assumptions;
  const members = attempt(place, change, hop.members);
  if (isSource(members)) return undefined;
  const front = servingNginx(proxy, entrance, change.before, cpus);
  const then = servingNginx(proxy, entrance, change.after, cpus);
  if (front === undefined || then === undefined) return undefined;
  const changed = [...members.changed, ...front.changed];
  if (members.before.servers.some(({ family }) => family === "tcp")) changed.push("proxy_connect_timeout 0.9 s, so that nobody has to wait for it");
  return { before: { ...members.before, front: front.server }, after: { ...members.after, front: then.server }, changed };
}

function tryOut(place: Place, { before, after, changed }: Attempt): Proof | undefined {
  const { options } = place.context;
  const { burst } = place.limits === undefined ? options.assumptions : assumptionsFor(options, place.limits.chain);
  for (const by of [1, scaleFor(before)]) {
    const [was, is] = [scaled(before, by), scaled(after, by)];
    const most = Math.min(mostClients, roomInFront(was), roomInFront(is));
    const sizes = [burst === undefined ? 0 : Math.ceil(burst / by), holds(is), holds(was) + 1];
    const notes = by === 1 ? changed : [...changed, `backlog and net.core.somaxconn divided by ${String(by)}: a burst has 10,000 clients at most`];
    for (const size of sizes) {
      const clients = Math.min(size, most);
      if (clients < 1) continue;
      const proof = scenarioProof(scenario(was, clients), scenario(is, clients), notes);
      if (proof !== undefined) return proof;
    }
  }
  return undefined;
}

function scenario({ servers, somaxconn, front }: Side, clients: number): Scenario {
  const hop: ScenarioHop = { servers };
  return { host: { somaxconn }, roundTrip: "zero", hops: front === undefined ? [hop] : [{ servers: [front] }, hop], load: { kind: "all at once", clients } };
}

/** What the queues hold together. */
function holds({ servers, somaxconn }: Side): number {
  return servers.reduce((sum, { backlog }) => sum + queueCapacity(effectiveBacklog(backlog, somaxconn)), 0);
}

/** The largest burst that nginx is sure to pass on whole. */
function roomInFront(side: Side): number {
  const { front, somaxconn } = side;
  if (front === undefined) return Infinity;
  const everyone: Server = { kind: "listener", state: "stalled", family: "unix", backlog: -1 };
  const passes = (clients: number): boolean => {
    const { queued } = predict({ host: { somaxconn: Math.max(somaxconn, mostClients) }, roundTrip: "zero", hops: [{ servers: [{ ...front, backlog: effectiveBacklog(front.backlog, somaxconn) }] }, { servers: [everyone] }], load: { kind: "all at once", clients } });
    return queued === clients;
  };
  let low = 0;
  let high = mostClients;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function scaleFor(side: Side): number {
  return Math.max(1, Math.ceil((holds(side) * 2) / mostClients));
}

function scaled(side: Side, by: number): Side {
  if (by === 1) return side;
  const divide = (count: number): number => (count <= 0 ? count : Math.max(1, Math.floor(count / by)));
  return { ...side, servers: side.servers.map((server) => ({ ...server, backlog: divide(server.backlog) })), somaxconn: divide(side.somaxconn) };
}
