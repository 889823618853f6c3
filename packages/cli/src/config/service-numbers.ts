import { evaluateFormula, exact, type Assumptions, type Chain, type Deployment, type Listener, type Service, type SimpleValue, type Sourced } from "@audit-backlog/model";
import { pathMatches } from "@audit-backlog/scanner";
import type { Config, ServiceNumbers, Stated } from "./config.ts";

/** Numbers of the command line, which count more than those of a file. */
export type Given = { readonly [name in keyof ServiceNumbers["numbers"]]?: unknown };

export interface Numbered {
  readonly deployment: Deployment;
  /** For every chain that something of its own is stated of. */
  readonly byChain: ReadonlyMap<string, Assumptions>;
  /** Entries that no service matches. */
  readonly unused: readonly ServiceNumbers[];
}

/** Entries that fit a service, in the order of the file. */
type Matching = ReadonlyMap<string, readonly ServiceNumbers[]>;

const OF_CHAINS = ["burst", "arrivalRate", "serviceTime", "clientTimeout"] as const;

/**
 * Gives services the numbers that the configuration states of them. Of several entries that fit a service the last one
 * counts; of several services of a chain the innermost, which does the work.
 */
export function withServiceNumbers(deployment: Deployment, services: Config["services"], base: Assumptions, given: Given): Numbered {
  const matching: Matching = new Map(deployment.services.map((service) => [service.id, services.filter((entry) => fits(entry, service))]));
  const used = new Set([...matching.values()].flat());
  const lastOf = (service: string, name: keyof ServiceNumbers["numbers"]): Stated<number> | undefined =>
    given[name] === undefined ? matching.get(service)?.findLast(({ numbers }) => numbers[name] !== undefined)?.numbers[name] : undefined;
  return {
    deployment: { ...deployment, services: deployment.services.map((service) => withMachine(service, lastOf(service.id, "cpus"), lastOf(service.id, "somaxconn"))) },
    byChain: new Map(deployment.chains.flatMap((chain) => {
      const own = ofChain(chain, lastOf);
      if (own.size === 0) return [];
      const numbers = Object.fromEntries([...own].map(([name, { value }]) => [name, value]));
      const origins = Object.fromEntries([...own].map(([name, { origin }]) => [name, origin]));
      return [[chain.id, { ...base, ...numbers, origins: { ...base.origins, ...origins } }] as const];
    })),
    unused: services.filter((entry) => !used.has(entry)),
  };
}

function ofChain({ hops }: Chain, lastOf: (service: string, name: (typeof OF_CHAINS)[number]) => Stated<number> | undefined): ReadonlyMap<string, Stated<number>> {
  const inside = hops.toReversed().flatMap(({ members }) => members);
  const own = new Map<string, Stated<number>>();
  for (const name of OF_CHAINS) {
    const stated = inside.map(({ service }) => lastOf(service, name)).find((one) => one !== undefined);
    if (stated !== undefined) own.set(name, stated);
  }
  return own;
}

function fits({ match: { value } }: ServiceNumbers, service: Service): boolean {
  if (value === service.name || service.hostnames?.includes(value) === true) return true;
  const origins = [service.origin, ...service.listeners.map(({ origin }) => origin)];
  return origins.some((origin) => origin.kind === "file" && pathMatches(value, origin.file));
}

function withMachine(service: Service, cpus: Stated<number> | undefined, somaxconn: Stated<number> | undefined): Service {
  const settings = cpus === undefined ? service.settings : Object.fromEntries(Object.entries(service.settings).map(([name, sourced]) => [name, withCpus(sourced as Sourced<never>, cpus)]));
  const listeners = service.listeners.map((listener): Listener => ({
    ...listener,
    ...(cpus === undefined ? {} : { backlog: { ...listener.backlog, requested: withCpus(listener.backlog.requested, cpus) } }),
    ...(somaxconn === undefined ? {} : { somaxconn: { value: exact(somaxconn.value), origin: somaxconn.origin } }),
  }));
  // The names and types of the settings are those of the service.
  return { ...service, settings, listeners } as Service;
}

/** Formulas computed for a stated number of CPUs. */
function withCpus<T>(sourced: Sourced<T>, cpus: Stated<number>): Sourced<T> {
  const { value } = sourced;
  const simple = (one: SimpleValue<T>): SimpleValue<T> => {
    if (one.kind !== "formula") return one;
    const number = evaluateFormula(one.formula, cpus.value) as T & number;
    if (!Number.isFinite(number)) return { kind: "dynamic", ...(one.variable === undefined ? {} : { variable: one.variable }) };
    return one.variable === undefined ? { kind: "exact", value: number } : { kind: "assumed", value: number, variable: one.variable };
  };
  const changed = value.kind === "oneOf" ? { kind: value.kind, options: value.options.map((option) => ({ ...option, value: simple(option.value) })) } : simple(value);
  return changed === value ? sourced : { ...sourced, value: changed, via: [...(sourced.via ?? []), cpus.origin] };
}
