import type { Listener, Service, Sourced, Starter, Surroundings } from "@audit-backlog/model";
import type { CommandLine, Place } from "../facts.ts";
import { somaxconnIn, type Machines } from "./surroundings-somaxconn.ts";

export interface SurroundingsInput extends Machines {
  readonly places: readonly Place[];
  /** The commands that start each service, by its id. */
  readonly startedBy: ReadonlyMap<string, readonly CommandLine[]>;
  readonly placesOf: (command: CommandLine) => readonly Place[];
  /** Places of services that are tied to theirs by other means than a command, by the service's id. */
  readonly placed: ReadonlyMap<string, readonly Place[]>;
  readonly environmentOf: (path: string) => string | undefined;
}

/** Says of each service where it runs, who starts it, and what its listeners' somaxconn is there. */
export function inSurroundings(services: readonly Service[], input: SurroundingsInput): Service[] {
  const byId = new Map(input.places.map((place) => [place.surroundings.id, place]));
  return services.map((service) => {
    const commands = input.startedBy.get(service.id) ?? [];
    const places = [...new Set([...commands.flatMap((command) => input.placesOf(command)), ...(input.placed.get(service.id) ?? [])])];
    const hostnames = [...new Set([...(service.hostnames ?? []), ...places.flatMap((place) => place.hostnames)])];
    const startedBy = startersOf(commands, input.placed.get(service.id) ?? []);
    const runsIn = places.map(({ surroundings }) => surroundings);
    const environments = environmentsOf(service, startedBy, runsIn, input.environmentOf);
    const somaxconn = (listener: Listener): Sourced<number> => somaxconnIn(listener.somaxconn, runsIn, startedBy, byId, input);
    return {
      ...service,
      ...(hostnames.length === 0 ? {} : { hostnames }),
      ...(startedBy.length === 0 ? {} : { startedBy }),
      ...(runsIn.length === 0 ? {} : { runsIn }),
      ...(environments === undefined ? {} : { environments }),
      listeners: service.listeners.map((listener) => ({ ...listener, somaxconn: somaxconn(listener) })),
    };
  });
}

/** Those of its places; of a service without any, those that its own files name. One place that belongs to none makes it every one's. */
function environmentsOf({ origin, listeners }: Service, startedBy: readonly Starter[], runsIn: readonly Surroundings[], environmentOf: (path: string) => string | undefined): readonly string[] | undefined {
  const files = [...startedBy.map(({ file }) => file), ...(origin.kind === "file" ? [origin.file] : listeners.flatMap((listener) => (listener.origin.kind === "file" ? [listener.origin.file] : [])))];
  const named = runsIn.length > 0 ? runsIn.map(({ environment }) => environment) : files.slice(0, Math.max(1, startedBy.length)).map(environmentOf);
  const known = named.filter((name) => name !== undefined);
  return known.length === 0 || known.length < named.length ? undefined : [...new Set(known)];
}

function startersOf(commands: readonly CommandLine[], places: readonly Place[]): Starter[] {
  const holders = [...commands, ...places.map(({ surroundings, holder }) => ({ file: surroundings.origin.file, holder }))];
  return [...new Map(holders.map(({ file, holder }) => [`${file} ${holder.kind} ${holder.name}`, { file, ...holder }])).values()];
}

