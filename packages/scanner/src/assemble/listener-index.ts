import type { Address, Listener, Member, Service } from "@audit-backlog/model";
import type { Place } from "../facts.ts";
import { together } from "./environments.ts";
import { possibleValues } from "./possible-values.ts";

/** From where somebody connects: a service, in one of its places where they are known. */
export interface Standpoint {
  readonly service: string;
  readonly place: Place | undefined;
  readonly environments: readonly string[] | undefined;
}

interface Known {
  readonly member: Member;
  readonly host: string;
  readonly port: number;
  readonly names: readonly string[];
  readonly places: readonly Place[];
  readonly environments: readonly string[] | undefined;
}

/** Listeners by where they can be reached. */
export class ListenerIndex {
  readonly #paths = new Map<string, Known[]>();
  readonly #ports = new Map<number, Known[]>();
  /** Ports of containers by those that they are published as. */
  readonly #published = new Map<number, { readonly place: Place; readonly target: number; readonly hostname: string | undefined }[]>();
  readonly #places: ReadonlyMap<string, Place>;
  readonly #byName = new Map<string, Place[]>();
  /** Ids of places in which a listener is known to be. */
  readonly #inhabited = new Set<string>();
  /** Services that are no container's, whatever their place. */
  readonly #onMachines: ReadonlySet<string>;

  readonly #startedBy: ReadonlyMap<string, string>;

  constructor(services: readonly Service[], places: readonly Place[]) {
    this.#startedBy = new Map(services.map(({ id, startedBy, runsIn }) => [id, runsIn !== undefined && runsIn.length > 0 ? runsIn.map((place) => place.id).join(" ") : (startedBy ?? []).map(({ file, kind, name }) => `${file} ${kind} ${name}`).join(" ")]));
    this.#places = new Map(places.map((place) => [place.surroundings.id, place]));
    this.#onMachines = new Set(services.filter(({ startedBy }) => startedBy?.some(({ kind }) => kind === "systemd" || kind === "procfile")).map(({ id }) => id));
    for (const place of places) for (const { published, target, hostname } of place.ports) push(this.#published, published, { place, target, hostname });
    for (const place of places) for (const name of place.hostnames) push(this.#byName, name, place);
    for (const service of services) for (const listener of service.listeners) if (listener.testOnly !== true) this.#add(service, listener);
  }

  #add(service: Service, listener: Listener): void {
    const places = this.#placesOf(service);
    for (const { surroundings } of places) this.#inhabited.add(surroundings.id);
    const known = { member: { service: service.id, listener: listener.id }, places, names: service.hostnames ?? [], environments: service.environments };
    for (const address of possibleValues(listener.address)) {
      if (address.family === "unix") push(this.#paths, plainPath(address.path), { ...known, host: "", port: 0 });
      else if (address.family === "tcp") push(this.#ports, address.port, { ...known, host: address.host, port: address.port });
    }
  }

  /** Units on the machine's own network share all of it: like services without a place, they are somewhere on a machine. */
  #placesOf(service: Service): Place[] {
    return (service.runsIn ?? []).flatMap(({ id }) => this.#places.get(id) ?? []).filter((place) => place.surroundings.kind !== "systemd" || !onHost(place));
  }

  /** Where a service may stand when it connects: each of its places, or one that is not known. */
  standpoints(service: Service): Standpoint[] {
    const places = this.#placesOf(service);
    if (places.length === 0) return [{ service: service.id, place: undefined, environments: service.environments }];
    return places.map((place) => {
      const { environment } = place.surroundings;
      return { service: service.id, place, environments: environment === undefined ? undefined : [environment] };
    });
  }

  /**
   * The listeners that an address can mean. Where the places of both sides are known, networks, names and published ports
   * decide; else names do, and of a name that nobody is known by, the port. Names with dots and foreign IP addresses that
   * nobody here has mean machines that we do not see.
   */
  find(address: Address, from: Standpoint): readonly Member[] {
    if (address.family === "inherited") return [];
    const found = address.family === "unix" ? this.#byPath(address.path, from) : this.#byPort(address.host, address.port, from);
    return [...new Map(withoutTwins(found).map(({ member }) => [member.listener, member])).values()];
  }

  /** Whether only one of them can be there at a time: they have one address in one container, or are started by branches of one script. */
  alternatives(members: readonly Member[]): boolean {
    const holders = new Set(members.map(({ service }) => this.#startedBy.get(service) ?? ""));
    return holders.size === 1 && !holders.has("");
  }

  #byPath(path: string, from: Standpoint): readonly Known[] {
    const found = (this.#paths.get(plainPath(path)) ?? []).filter(({ member, environments }) => member.service !== from.service && together(environments, from.environments));
    const { place } = from;
    if (place === undefined) return found;
    // Containers of one project may share a volume with the socket in it.
    return preferred(
      found.filter(({ places }) => places.some((other) => projectOf(other) === projectOf(place))),
      found.filter(({ places }) => places.length === 0),
    );
  }

  #byPort(host: string, port: number, from: Standpoint): readonly Known[] {
    const onPort = (this.#ports.get(port) ?? []).filter(({ member, environments, host: own }) => (member.service !== from.service || !isAny(own)) && together(environments, from.environments));
    const unplaced = onPort.filter(({ places }) => places.length === 0);
    const { place } = from;
    // Who connects to all addresses reaches the loopback one (linux: net/ipv4/tcp_ipv4.c tcp_v4_connect, net/ipv6/tcp_ipv6.c).
    if (isLoopback(host) || isAny(host)) {
      const local = onPort.filter((known) => isAny(known.host) || isLoopback(known.host));
      // A unit that still has a place has a network of its own.
      if (place === undefined) return preferred(this.#publishedAs(port, from), local.filter(({ places }) => places.every(({ surroundings }) => surroundings.kind !== "systemd")));
      const here = local.filter(({ places }) => places.some((other) => sameNamespace(other, place)));
      const outside = onHost(place) ? this.#publishedAs(port, from) : [];
      return preferred([...here, ...outside], local.filter(({ places }) => places.length === 0));
    }
    const byAddress = onPort.filter((known) => known.host === host);
    if (place === undefined) {
      const named = onPort.filter(({ names }) => names.includes(host));
      return preferred([...new Set([...named, ...byAddress])], isLabel(host) ? unplaced.filter((known) => isAny(known.host) && known.names.length === 0) : []);
    }
    if (host === "host.docker.internal") return this.#onMachine(port, from);
    const named = this.#named(host, port, place, from);
    if (named !== undefined) return preferred(named.found, named.opaque ? unplaced.filter((known) => isAny(known.host) && known.names.length === 0 && !this.#onMachines.has(known.member.service)) : []);
    return preferred(byAddress, unplaced.filter(({ names }) => names.includes(host)));
  }

  /**
   * Listeners of the places that are called so on a network of this one; undefined where no place is. `opaque`: none of those
   * says what starts in it, so that a server whose place is not known may be it.
   */
  #named(host: string, port: number, place: Place, from: Standpoint): { readonly found: readonly Known[]; readonly opaque: boolean } | undefined {
    const reachable = (this.#byName.get(host) ?? []).filter((other) => other.networks.some((network) => place.networks.includes(network)) || sameNamespace(other, place));
    // Projects that share a network by its name may be two ways to run one thing: each then means its own.
    const own = place.surroundings.kind === "compose" ? reachable.filter((other) => projectOf(other) === projectOf(place)) : [];
    const called = own.length > 0 ? own : reachable;
    if (called.length === 0) return undefined;
    const found = called.flatMap((other) => {
      const target = other.surroundings.kind === "kubernetes" ? other.ports.find(({ published, hostname }) => published === port && (hostname === undefined || hostname === host))?.target : undefined;
      return (this.#ports.get(target ?? port) ?? []).filter((known) => known.places.includes(other) && !isLoopback(known.host) && known.member.service !== from.service && together(known.environments, from.environments));
    });
    return { found, opaque: called.every(({ surroundings, startsOwnCommand }) => !startsOwnCommand && !this.#inhabited.has(surroundings.id)) };
  }

  /** Listeners of containers that publish one of their ports as this one of the machine. */
  #publishedAs(port: number, from: Standpoint): readonly Known[] {
    return (this.#published.get(port) ?? []).flatMap(({ place, target }) =>
      place.surroundings.kind !== "compose" ? [] : (this.#ports.get(target) ?? []).filter((known) => known.places.includes(place) && !isLoopback(known.host) && known.member.service !== from.service && together(known.environments, from.environments)),
    );
  }

  /** What listens on the machine itself, and what is published there. */
  #onMachine(port: number, from: Standpoint): readonly Known[] {
    const own = (this.#ports.get(port) ?? []).filter(({ places, environments }) => (places.length === 0 || places.some(onHost)) && together(environments, from.environments));
    return preferred(this.#publishedAs(port, from), own);
  }
}

/** Of one server's listeners for IPv4 and IPv6 on a port, the one for IPv4: a name leads to either, and they are set up alike. */
function withoutTwins(found: readonly Known[]): readonly Known[] {
  return found.filter(({ member, host, port }) => host !== "::" || !found.some((other) => other.member.service === member.service && other.port === port && other.host === "*"));
}

function preferred(sure: readonly Known[], perhaps: readonly Known[]): readonly Known[] {
  return sure.length > 0 ? sure : perhaps;
}

function projectOf({ surroundings: { id } }: Place): string {
  return id.slice(0, id.lastIndexOf("#"));
}

function sameNamespace(a: Place, b: Place): boolean {
  const { id } = b.surroundings;
  return a === b || a.surroundings.sharesNetworkWith?.includes(id) === true || (onHost(a) && onHost(b));
}

function onHost({ surroundings: { network } }: Place): boolean {
  return "value" in network.value && network.value.value === "host";
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** `unix:///run/a.sock` and `unix:/run/a.sock` are one file. */
function plainPath(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/");
}

function isLabel(host: string): boolean {
  return /^[a-z0-9_-]+$/i.test(host);
}

function isAny(host: string): boolean {
  return host === "*" || host === "::" || host === "0.0.0.0" || host === "[::]";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
