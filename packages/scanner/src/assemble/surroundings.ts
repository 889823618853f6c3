import type { Listener, Service, Sourced, Starter } from "@audit-backlog/model";
import type { CommandLine, Place } from "../facts.ts";
import { somaxconnIn, type Machines } from "./surroundings-somaxconn.ts";

export interface SurroundingsInput extends Machines {
  readonly places: readonly Place[];
  /** The commands that start each service, by its id. */
  readonly startedBy: ReadonlyMap<string, readonly CommandLine[]>;
}

/** Says of each service where it runs, who starts it, and what its listeners' somaxconn is there. */
export function inSurroundings(services: readonly Service[], input: SurroundingsInput): Service[] {
  const byId = new Map(input.places.map((place) => [place.surroundings.id, place]));
  return services.map((service) => {
    const commands = input.startedBy.get(service.id) ?? [];
    const places = input.places.filter((place) => commands.some((command) => isCommandOf(command, place)));
    const hostnames = [...new Set([...(service.hostnames ?? []), ...places.flatMap((place) => place.hostnames)])];
    const startedBy = startersOf(commands);
    const runsIn = places.map(({ surroundings }) => surroundings);
    const somaxconn = (listener: Listener): Sourced<number> => somaxconnIn(listener.somaxconn, runsIn, startedBy, byId, input);
    return {
      ...service,
      ...(hostnames.length === 0 ? {} : { hostnames }),
      ...(startedBy.length === 0 ? {} : { startedBy }),
      ...(runsIn.length === 0 ? {} : { runsIn }),
      listeners: service.listeners.map((listener) => ({ ...listener, somaxconn: somaxconn(listener) })),
    };
  });
}

function isCommandOf({ file, holder, places }: CommandLine, place: Place): boolean {
  const { id, origin } = place.surroundings;
  if (places !== undefined) return places.includes(id);
  return file === origin.file && holder.kind === place.holder.kind && holder.name === place.holder.name;
}

function startersOf(commands: readonly CommandLine[]): Starter[] {
  return [...new Map(commands.map(({ file, holder }) => [`${file} ${holder.kind} ${holder.name}`, { file, ...holder }])).values()];
}

