import type {
  Address,
  Chain,
  FileProblem,
  Hop,
  Listener,
  Member,
  NginxService,
  Pass,
  Service,
  UnresolvedPass,
  Upstream,
  UpstreamServer,
} from "@audit-backlog/model";
import { possibleValues } from "./possible-values.ts";

/** A chain is as long as the proxies that stand behind each other; more than this is a mistake or an attack. */
const MAX_HOPS = 8;

/** Ways through proxies that pass to each other multiply with each hop; far above what a deployment has. */
const MAX_CHAINS = 2_000;

/** Ties each pass of a proxy to the listener that binds the same address, and strings the chains together. */
export function assembleChains(services: readonly Service[]): { chains: Chain[]; unresolved: UnresolvedPass[]; problems: FileProblem[] } {
  const index = new ListenerIndex(services);
  const unresolved: UnresolvedPass[] = [];
  const found = new Map<string, Hop[]>();
  for (const service of services) {
    if (service.kind !== "nginx") continue;
    const upstreams = new Map(service.upstreams.map((upstream) => [upstream.name, upstream]));
    for (const pass of service.passes) {
      const hop = resolvePass(service, pass, upstreams, index);
      if ("reason" in hop) {
        unresolved.push({ service: service.id, pass, ...hop });
        continue;
      }
      push(found, pass.listeners.join(" "), hop);
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

type Miss = Pick<UnresolvedPass, "target" | "reason" | "candidates">;

function resolvePass(service: NginxService, pass: Pass, upstreams: ReadonlyMap<string, Upstream>, index: ListenerIndex): Hop | Miss {
  const [target, ...others] = possibleValues(pass.target);
  if (target === undefined || others.length > 0) {
    return { target: pass.target.text ?? "", reason: "known only at run time", candidates: [] };
  }
  if ("address" in target) {
    const found = index.find(target.address, service.id);
    return found.length === 1 ? { members: found, pass, unknownMembers: [] } : miss(addressText(target.address), found);
  }
  const upstream = upstreams.get(target.upstream);
  return upstream === undefined ? miss(target.upstream) : resolveUpstream(service, pass, upstream, index);
}

function miss(target: string, candidates: readonly Member[] = []): Miss {
  return { target, reason: candidates.length > 1 ? "several listeners fit" : "no listener found", candidates };
}

function resolveUpstream(service: NginxService, pass: Pass, upstream: Upstream, index: ListenerIndex): Hop | Miss {
  const members: Member[] = [];
  const unknownMembers: UpstreamServer[] = [];
  for (const server of upstream.servers) {
    if (server.down || server.backup) continue;
    const [address, ...others] = possibleValues(server.address);
    const found = address === undefined || others.length > 0 ? [] : index.find(address, service.id);
    if (found.length > 1 && address !== undefined) return miss(addressText(address), found);
    const [member] = found;
    if (member === undefined) unknownMembers.push(server);
    else if (!members.some(({ listener }) => listener === member.listener)) members.push(member);
  }
  if (members.length > 0) return { members, pass, unknownMembers };
  const atRunTime = unknownMembers.some(({ address }) => possibleValues(address).length === 0);
  return atRunTime ? { target: upstream.name, reason: "known only at run time", candidates: [] } : miss(upstream.name);
}

/** Listeners by where they can be reached. */
class ListenerIndex {
  readonly #paths = new Map<string, Member[]>();
  readonly #ports = new Map<number, { readonly host: string; readonly names: readonly string[]; readonly member: Member }[]>();

  constructor(services: readonly Service[]) {
    for (const service of services) {
      for (const listener of service.listeners) {
        if (listener.testOnly !== true) this.#add(service, listener);
      }
    }
  }

  #add(service: Service, listener: Listener): void {
    const member = { service: service.id, listener: listener.id };
    for (const address of possibleValues(listener.address)) {
      if (address.family === "unix") {
        push(this.#paths, plainPath(address.path), member);
      } else if (address.family === "tcp") {
        push(this.#ports, address.port, { host: address.host, names: service.hostnames ?? [], member });
      }
    }
  }

  /**
   * The listeners an address can mean. A host name of one label is the name of another container or host of the
   * same network: it means the service of that name, or, where no service is known by it, whatever listens on that
   * port for everybody. Names with dots and foreign IP addresses mean machines that we do not see.
   */
  find(address: Address, from: string): readonly Member[] {
    if (address.family === "unix") return (this.#paths.get(plainPath(address.path)) ?? []).filter(({ service }) => service !== from);
    if (address.family === "inherited") return [];
    const onPort = (this.#ports.get(address.port) ?? []).filter(({ member }) => member.service !== from || !isAny(address.host));
    // Who connects to all addresses reaches the loopback one (linux: net/ipv4/tcp_ipv4.c tcp_v4_connect, net/ipv6/tcp_ipv6.c).
    if (isLoopback(address.host) || isAny(address.host)) {
      return onPort.filter(({ host }) => isAny(host) || isLoopback(host)).map(({ member }) => member);
    }
    const named = onPort.filter(({ names, host }) => names.includes(address.host) || host === address.host);
    if (named.length > 0) return named.map(({ member }) => member);
    if (!/^[a-z0-9_-]+$/i.test(address.host)) return [];
    return onPort.filter(({ host, names }) => isAny(host) && names.length === 0).map(({ member }) => member);
  }
}

/** `unix:///run/a.sock` and `unix:/run/a.sock` are one file. */
function plainPath(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/");
}

function isAny(host: string): boolean {
  return host === "*" || host === "::" || host === "0.0.0.0" || host === "[::]";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** As configurations write it: `unix:/run/app.sock`, `127.0.0.1:8000`. */
export function addressText(address: Address): string {
  if (address.family === "unix") return `unix:${address.path}`;
  if (address.family === "inherited") return address.text;
  const host = address.host.includes(":") && !address.host.startsWith("[") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
