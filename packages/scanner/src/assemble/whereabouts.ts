import type { CommandLine, Place } from "../facts.ts";
import type { ImageStage } from "../readers/commands/dockerfile.ts";
import { knownText } from "../readers/commands/program-at.ts";
import type { ContainerFiles } from "./image-paths.ts";
import { inPlaces } from "./surroundings-commands.ts";
import { Runs, type RunsInput } from "./surroundings-runs.ts";

/** Where commands run and files are seen. */
export interface Whereabouts {
  /** The commands, as they are in their places. */
  readonly commands: readonly CommandLine[];
  readonly placesOf: (command: CommandLine) => readonly Place[];
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
  return {
    commands: placed.map(({ command }) => command),
    placesOf: (command) => places.get(command) ?? [],
    nginxWith: (file) =>
      input.places.flatMap((place) => {
        const files = runs.filesOf(place);
        const path = files?.pathsOf(file).find((one) => nginxDirectories.test(one) || named.get(place)?.has(one) === true);
        return files === undefined || path === undefined ? [] : [{ place, path, files }];
      }),
  };
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
