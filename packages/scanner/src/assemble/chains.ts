import type {
  Address,
  Chain,
  FileProblem,
  Hop,
  Member,
  Pass,
  Service,
  Sourced,
  UnresolvedPass,
  Upstream,
  UpstreamServer,
} from "@audit-backlog/model";
import type { Place } from "../facts.ts";
import { ListenerIndex, type Standpoint } from "./listener-index.ts";
import { possibleValues } from "./possible-values.ts";

/** A chain is as long as the proxies that stand behind each other; more than this is a mistake or an attack. */
const MAX_HOPS = 8;

/** Ways through proxies that pass to each other multiply with each hop; far above what a deployment has. */
const MAX_CHAINS = 2_000;

/** Ties each pass of a proxy to the listener that binds the same address, and strings the chains together. */
export function assembleChains(services: readonly Service[], places: readonly Place[] = []): { chains: Chain[]; unresolved: UnresolvedPass[]; problems: FileProblem[] } {
  const index = new ListenerIndex(services, places);
  const unresolved: UnresolvedPass[] = [];
  const found = new Map<string, Hop[]>();
  for (const service of services) {
    if (service.kind !== "nginx") continue;
    const upstreams = new Map(service.upstreams.map((upstream) => [upstream.name, upstream]));
    const standpoints = index.standpoints(service);
    for (const pass of service.passes) {
      // One configuration in several environments may lead to another listener in each.
      const results = standpoints.flatMap((from) => resolvePass(from, pass, upstreams, index));
      const hops = results.filter((result) => "members" in result);
      const [missed] = results.filter((result) => "reason" in result);
      for (const hop of hops) push(found, pass.listeners.join(" "), hop);
      if (hops.length === 0 && missed !== undefined) unresolved.push({ service: service.id, pass, ...missed });
    }
  }
  const behind = new Map([...found].map(([fronts, hops]) => [fronts, mergeHops(hops)]));
  return { ...stringTogether(services, behind), unresolved };
}

function stringTogether(services: readonly Service[], behind: ReadonlyMap<string, readonly Hop[]>): { chains: Chain[]; problems: FileProblem[] } {
  const serviceOf = new Map<string, string>();
  for (const service of services) for (const listener of service.listeners) serviceOf.set(listener.id, service.id);
  const memberOf = (listener: string): Member => ({ service: serviceOf.get(listener) ?? "", listener });
  const behindOne = new Map<string, Hop[]>();
  for (const [fronts, hops] of behind) for (const id of fronts.split(" ")) for (const hop of hops) push(behindOne, id, hop);
  const hopsBehind = (members: readonly Member[]): Hop[] => [...new Set(members.flatMap(({ listener }) => behindOne.get(listener) ?? []))];

  const inner = new Set([...behind.values()].flat().flatMap(({ members }) => members.map(({ listener }) => listener)));
  const chains: Chain[] = [];
  const seen = new Set<string>();
  const add = (hops: readonly Hop[]): void => {
    const id = hops.map(({ members }) => members.map(({ listener }) => listener).join("+")).join(" > ");
    if (seen.has(id)) return;
    seen.add(id);
    chains.push({ id, hops });
    for (const { members } of hops) for (const { listener } of members) covered.add(listener);
  };
  const covered = new Set<string>();
  let cut: Pass | undefined;
  const extend = (hops: readonly Hop[]): void => {
    const last = hops.at(-1)?.members ?? [];
    if (chains.length >= MAX_CHAINS) {
      cut ??= hops.at(-1)?.pass ?? hopsBehind(last)[0]?.pass;
      return;
    }
    const met = new Set(hops.flatMap(({ members }) => members.map(({ listener }) => listener)));
    const next = hops.length >= MAX_HOPS ? [] : hopsBehind(last).filter(({ members }) => !members.some(({ listener }) => met.has(listener)));
    if (next.length === 0) add(hops);
    for (const hop of next) extend([...hops, hop]);
  };
  for (const fronts of behind.keys()) {
    const members = fronts.split(" ").map(memberOf);
    // A proxy that is itself proxied to starts no chain: clients come to it through the one in front.
    if (members.every(({ listener }) => inner.has(listener))) continue;
    extend([{ members, unknownMembers: [] }]);
  }
  for (const service of services) {
    for (const listener of service.listeners) {
      // Hundreds of servers in tests would bury the few that clients meet.
      if (!covered.has(listener.id) && listener.testOnly !== true) add([{ members: [{ service: service.id, listener: listener.id }], unknownMembers: [] }]);
    }
  }
  const reason = `more than ${MAX_CHAINS} ways through the proxies: those that lead on from here were left out`;
  return { chains, problems: cut === undefined ? [] : [{ file: cut.origin.file, range: cut.origin.range, reason }] };
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Several locations often pass to one place: the one that gives up first speaks for all. */
function mergeHops(hops: readonly Hop[]): Hop[] {
  const byMembers = new Map<string, Hop>();
  for (const hop of hops) {
    const key = hop.members.map(({ listener }) => listener).join(" ");
    const known = byMembers.get(key);
    if (known === undefined || patience(hop) < patience(known)) byMembers.set(key, hop);
  }
  return [...byMembers.values()];
}

function patience(hop: Hop): number {
  return Math.min(...(hop.pass === undefined ? [] : possibleValues(hop.pass.readTimeout)), Infinity);
}

function soleValue<T>(sourced: Sourced<T>): T | undefined {
  const [value, ...others] = possibleValues(sourced);
  return others.length > 0 ? undefined : value;
}

type Miss = Pick<UnresolvedPass, "target" | "reason" | "candidates">;

function resolvePass(from: Standpoint, pass: Pass, upstreams: ReadonlyMap<string, Upstream>, index: ListenerIndex): readonly (Hop | Miss)[] {
  const [target, ...others] = possibleValues(pass.target);
  if (target === undefined || others.length > 0) {
    return [{ target: pass.target.text ?? "", reason: "known only at run time", candidates: [] }];
  }
  if ("address" in target) {
    const found = index.find(target.address, from);
    if (found.length === 1) return [{ members: found, pass, unknownMembers: [] }];
    return index.alternatives(found) ? found.map((member) => ({ members: [member], pass, unknownMembers: [] })) : [miss(addressText(target.address), found)];
  }
  const upstream = upstreams.get(target.upstream);
  if (upstream === undefined) return [miss(target.upstream)];
  const [only, ...more] = upstream.servers.filter(({ down, backup }) => !down && !backup);
  // An upstream of one server is no other than its address.
  const address = only === undefined || more.length > 0 ? undefined : soleValue(only.address);
  const found = address === undefined ? [] : index.find(address, from);
  if (found.length > 1 && index.alternatives(found)) return found.map((member) => ({ members: [member], pass, unknownMembers: [] }));
  return [resolveUpstream(from, pass, upstream, index)];
}

function miss(target: string, candidates: readonly Member[] = []): Miss {
  return { target, reason: candidates.length > 1 ? "several listeners fit" : "no listener found", candidates };
}

function resolveUpstream(from: Standpoint, pass: Pass, upstream: Upstream, index: ListenerIndex): Hop | Miss {
  const members: Member[] = [];
  const unknownMembers: UpstreamServer[] = [];
  for (const server of upstream.servers) {
    if (server.down || server.backup) continue;
    const [address, ...others] = possibleValues(server.address);
    const found = address === undefined || others.length > 0 ? [] : index.find(address, from);
    if (found.length > 1 && address !== undefined) return miss(addressText(address), found);
    const [member] = found;
    if (member === undefined) unknownMembers.push(server);
    else if (!members.some(({ listener }) => listener === member.listener)) members.push(member);
  }
  if (members.length > 0) return { members, pass, unknownMembers };
  const atRunTime = unknownMembers.some(({ address }) => possibleValues(address).length === 0);
  return atRunTime ? { target: upstream.name, reason: "known only at run time", candidates: [] } : miss(upstream.name);
}

/** As configurations write it: `unix:/run/app.sock`, `127.0.0.1:8000`. */
export function addressText(address: Address): string {
  if (address.family === "unix") return `unix:${address.path}`;
  if (address.family === "inherited") return address.text;
  const host = address.host.includes(":") && !address.host.startsWith("[") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
