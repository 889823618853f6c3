import type { Sourced } from "@audit-backlog/model";
import type { CommandLine, CommandWord, Place } from "../facts.ts";
import type { ImageStage } from "../readers/commands/dockerfile.ts";
import { stageOf, type Runs } from "./surroundings-runs.ts";

type Environment = ReadonlyMap<string, Sourced<string>>;

/** More places than this for one command are not told apart by their environments. */
const maxPlaces = 50;

/** A command as it is in the places that it runs in. */
export interface PlacedCommand {
  readonly command: CommandLine;
  readonly places: readonly Place[];
}

/**
 * The commands with what their places add: the image's ENV and the container's own variables, the image's entrypoint
 * in front of a container's command, its directory. One command in places that differ becomes one for each difference.
 */
export function inPlaces(commands: readonly CommandLine[], runs: Runs, images: ReadonlyMap<string, readonly ImageStage[]>): PlacedCommand[] {
  return commands.flatMap((command): PlacedCommand[] => {
    const places = runs.placesOf(command);
    if (places.length === 0 || places.length > maxPlaces) return [{ command, places }];
    const known = new Map<string, { command: CommandLine; places: Place[] }>();
    for (const place of places) {
      const placed = inPlace(command, place, stageOf(place, images));
      const key = JSON.stringify([[...placed.environment].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { value }]) => [name, value]), placed.directory, placed.words.length]);
      const same = known.get(key);
      if (same === undefined) known.set(key, { command: placed, places: [place] });
      else same.places.push(place);
    }
    return [...known.values()];
  });
}

function inPlace(command: CommandLine, place: Place, stage: ImageStage | undefined): CommandLine {
  const isOwn = command.holder.kind === place.holder.kind;
  const environment: Environment = new Map([...(stage?.environment ?? []), ...(place.environment ?? []), ...ownVariables(command, place, stage)]);
  const directory = command.directory ?? (isOwn && stage?.workdir !== undefined ? directoryAt(place, stage, stage.workdir) : undefined);
  const entrypoint = isOwn && place.keepsEntrypoint === true && place.build?.dockerfile !== undefined ? (stage?.entrypoint ?? []) : [];
  const before = entrypoint.map((word): CommandWord => ({ ...word, file: place.build?.dockerfile ?? "" }));
  const words = [...before, ...command.words.map((word) => filledIn(word, environment))];
  return { ...command, words, environment, directory };
}

/** Of a Dockerfile's command, its ENV is the image's, which the container's variables replace. */
function ownVariables(command: CommandLine, place: Place, stage: ImageStage | undefined): Environment {
  if (command.holder.kind !== "dockerfile" || stage === undefined) return command.environment;
  return new Map([...command.environment].filter(([name]) => !stage.environment.has(name) || place.environment?.has(name) !== true));
}

/** A word of a script that is nothing but a variable, which the place sets. */
function filledIn(word: CommandWord, environment: Environment): CommandWord {
  const name = word.value.kind === "assumed" || word.value.kind === "dynamic" ? word.value.variable : undefined;
  const set = name === undefined ? undefined : environment.get(name);
  if (set?.origin.kind !== "file" || !/^"?\$(?:\w+|\{\w+(?::?-[^{}$]*)?\})"?$/.test(word.text)) return word;
  return { ...word, value: set.value, file: set.origin.file, range: set.origin.range };
}

function directoryAt({ mounts }: Place, stage: ImageStage, path: string): string | undefined {
  const mounted = mounts.find(({ to }) => to === path);
  return mounted?.from ?? stage.directoryAt(path);
}
