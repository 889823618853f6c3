import type { CommandLine, Place } from "../facts.ts";
import type { ImageStage } from "../readers/commands/dockerfile.ts";
import { knownText, programAt } from "../readers/commands/program-at.ts";
import type { ContainerFiles } from "./image-paths.ts";
import { inPlaces } from "./surroundings-commands.ts";
import { Runs, type RunsInput } from "./surroundings-runs.ts";

/** Where commands run and files are seen. */
export interface Whereabouts {
  /** The commands, as they are in their places. */
  readonly commands: readonly CommandLine[];
  readonly placesOf: (command: CommandLine) => readonly Place[];
  /** The file of the tree that a path means where a command runs; undefined where its places do not agree on one. */
  readonly fileAt: (command: CommandLine, path: string) => string | undefined;
  /** Containers that have a file of the tree where nginx looks for its configuration, and the path that it has there. */
  readonly nginxWith: (file: string) => readonly SeenAt[];
}

export interface SeenAt {
  readonly place: Place;
  readonly path: string;
  readonly files: ContainerFiles;
}

export interface WhereaboutsInput extends RunsInput {
  readonly images: ReadonlyMap<string, readonly ImageStage[]>;
}

/** Ties commands and configurations to the containers and units that they belong to. */
export function whereabouts(input: WhereaboutsInput): Whereabouts {
  const runs = new Runs(input);
  const placed = inPlaces(input.commands, runs, input.images);
  const places = new Map(placed.map(({ command, places: found }) => [command, found]));
  const named = namedFiles(placed);
  const programs = programsOf(placed);
  return {
    commands: placed.map(({ command }) => command),
    placesOf: (command) => places.get(command) ?? [],
    fileAt: (command, path) => {
      const [file, ...others] = new Set((places.get(command) ?? []).map((place) => runs.filesOf(place)?.fileAt(path)));
      return others.length === 0 ? file : undefined;
    },
    nginxWith: (file) => {
      const found = input.places.flatMap((place) => {
        const files = runs.filesOf(place);
        const path = files?.pathsOf(file).find((one) => nginxDirectories.test(one) || named.get(place)?.has(one) === true);
        return files === undefined || path === undefined ? [] : [{ place, path, files }];
      });
      return found.length < 2 ? found : withoutOthers(found, programs);
    },
  };
}

/** Of several containers that see a configuration, those that may run nginx: where one surely does, others that run something else do not. */
function withoutOthers(found: readonly SeenAt[], programs: ReadonlyMap<Place, ReadonlySet<string>>): readonly SeenAt[] {
  const own = ({ place }: SeenAt): ReadonlySet<string> => programs.get(place) ?? new Set();
  const surely = (seen: SeenAt): boolean => nginxName.test(seen.place.image?.text ?? "") || nginxName.test(seen.place.surroundings.name) || [...own(seen)].some((program) => nginxName.test(program));
  const hardly = (seen: SeenAt): boolean => seen.place.image !== undefined && seen.place.build === undefined && [...own(seen)].every((program) => !shells.test(program));
  return found.some(surely) ? found.filter((seen) => surely(seen) || !hardly(seen)) : found;
}

const nginxName = /nginx|openresty|angie|tengine/i;
const shells = /^(?:ba|da|a|z)?sh$|\.sh$|entrypoint/;

/** The programs that each place's own commands start. */
function programsOf(placed: ReturnType<typeof inPlaces>): ReadonlyMap<Place, ReadonlySet<string>> {
  const found = new Map<Place, Set<string>>();
  for (const { command, places } of placed) for (const place of places) found.set(place, (found.get(place) ?? new Set()).add(programAt(command).program));
  return found;
}

/** Where images of nginx keep what they read; templates of it among them. */
const nginxDirectories = /^\/(?:etc|config|defaults|bitnami|opt\/bitnami|usr\/local\/(?:etc\/)?nginx|usr\/local\/openresty|opt\/nginx|opt\/homebrew\/etc)\//;

/** Files that a place's commands name: `nginx -c /app/nginx.conf`. */
function namedFiles(placed: ReturnType<typeof inPlaces>): ReadonlyMap<Place, ReadonlySet<string>> {
  const found = new Map<Place, Set<string>>();
  for (const { command, places } of placed) {
    const paths = command.words.map((word) => knownText(word) ?? "").filter((text) => text.startsWith("/"));
    for (const place of paths.length === 0 ? [] : places) {
      const known = found.get(place) ?? new Set();
      for (const path of paths) known.add(path);
      found.set(place, known);
    }
  }
  return found;
}
