import type { CommandLine, CommandWord, Lookup, Place } from "../facts.ts";
import type { ImageStage } from "../readers/commands/dockerfile.ts";
import { knownText, programAt } from "../readers/commands/program-at.ts";
import { ContainerFiles } from "./image-paths.ts";
import { runsFor } from "./script-branches.ts";

export interface RunsInput {
  readonly places: readonly Place[];
  readonly commands: readonly CommandLine[];
  /** The build stages of each Dockerfile. */
  readonly images: ReadonlyMap<string, readonly ImageStage[]>;
  readonly exists: (path: string) => boolean;
  readonly lookup: Lookup;
}

/** Commands that one container starts, scripts in scripts; far above what an image does. */
const maxCommands = 2_000;

/** Which places each command runs in: those whose own command it is, whose image's, or a script's of these. */
export class Runs {
  readonly #placesOf = new Map<CommandLine, Set<Place>>();
  readonly #filesOf = new Map<Place, ContainerFiles>();
  readonly #byHolder = new Map<string, CommandLine[]>();
  readonly #byFile = new Map<string, CommandLine[]>();

  readonly #lookup: Lookup;

  constructor({ places, commands, images, exists, lookup }: RunsInput) {
    this.#lookup = lookup;
    for (const command of commands) {
      const { file, holder } = command;
      add(this.#byHolder, `${file} ${holder.kind} ${holder.name}`, command);
      if (["shell", "supervisord", "procfile"].includes(holder.kind)) add(this.#byFile, file, command);
    }
    for (const place of places) {
      const stage = stageOf(place, images);
      const files = new ContainerFiles(place, stage, exists);
      this.#filesOf.set(place, files);
      this.#walk(place, stage, files);
    }
  }

  placesOf(command: CommandLine): readonly Place[] {
    return [...(this.#placesOf.get(command) ?? [])];
  }

  filesOf(place: Place): ContainerFiles | undefined {
    return this.#filesOf.get(place);
  }

  #walk(place: Place, stage: ImageStage | undefined, files: ContainerFiles): void {
    const waiting = [...this.#own(place), ...this.#ofImage(place, stage)];
    const met = new Set<CommandLine>();
    const scripts = new Set<string>();
    const follow = (words: readonly CommandWord[], upTo: number, directory: string | undefined): void => {
      for (const [index, word] of words.slice(0, upTo).entries()) {
        const text = knownText(word);
        const file = text === undefined ? undefined : scriptAt(text, files, directory);
        const argument = knownText(words[index + 1]);
        if (file === undefined || scripts.has(`${file} ${argument ?? ""}`)) continue;
        scripts.add(`${file} ${argument ?? ""}`);
        waiting.push(...this.#inScript(file, argument));
      }
    };
    if (place.keepsEntrypoint === true && stage !== undefined) {
      const [own] = place.startsOwnCommand ? this.#own(place) : [];
      if (place.startsOwnCommand) follow([...stage.entrypoint, ...(own?.words ?? [])], stage.entrypoint.length, undefined);
    }
    for (let command = waiting.pop(); command !== undefined && met.size < maxCommands; command = waiting.pop()) {
      if (met.has(command)) continue;
      met.add(command);
      const known = this.#placesOf.get(command);
      if (known === undefined) this.#placesOf.set(command, new Set([place]));
      else known.add(place);
      const { index, program } = programAt(command);
      // The program itself, wrappers before it, and what a process manager is told to read.
      follow(command.words, managers.test(program) ? command.words.length : index + 1, command.directory);
    }
  }

  /** The commands of a script that is given this argument. */
  #inScript(file: string, argument: string | undefined): readonly CommandLine[] {
    const commands = this.#byFile.get(file) ?? [];
    const text = argument === undefined || commands.length === 0 ? undefined : this.#lookup(file);
    if (text === undefined || argument === undefined || !/\bcase\s+"?\$\{?1\b/.test(text)) return commands;
    return commands.filter(({ range, holder }) => holder.kind !== "shell" || runsFor(text, range.start.offset, argument));
  }

  #own({ surroundings: { id, origin }, holder }: Place): readonly CommandLine[] {
    const own = this.#byHolder.get(`${origin.file} ${holder.kind} ${holder.name}`) ?? [];
    const elsewhere = [...this.#placed(id)];
    return [...own.filter(({ places }) => places === undefined), ...elsewhere];
  }

  #byPlace: Map<string, CommandLine[]> | undefined;

  #placed(id: string): readonly CommandLine[] {
    if (this.#byPlace === undefined) {
      this.#byPlace = new Map();
      for (const commands of this.#byHolder.values()) for (const command of commands) for (const place of command.places ?? []) add(this.#byPlace, place, command);
    }
    return this.#byPlace.get(id) ?? [];
  }

  #ofImage({ build, startsOwnCommand }: Place, stage: ImageStage | undefined): readonly CommandLine[] {
    if (startsOwnCommand || stage === undefined || build?.dockerfile === undefined) return [];
    return this.#byHolder.get(`${build.dockerfile} dockerfile ${stage.startsAs}`) ?? [];
  }
}

const managers = /^(?:supervisord|honcho|foreman|hivemind|overmind|circusd|bash|sh|dash|ash)$/;

/** The build stage that a place's image is. */
export function stageOf({ build }: Place, images: ReadonlyMap<string, readonly ImageStage[]>): ImageStage | undefined {
  const stages = build?.dockerfile === undefined ? undefined : images.get(build.dockerfile);
  const target = build?.target?.toLowerCase();
  return target === undefined ? stages?.at(-1) : stages?.findLast(({ name }) => name.toLowerCase() === target);
}

function scriptAt(word: string, files: ContainerFiles, directory: string | undefined): string | undefined {
  if (word.startsWith("-") || word.includes(" ") || word === "") return undefined;
  if (word.startsWith("/")) return files.fileAt(word);
  if (!word.includes("/")) return files.program(word) ?? files.fileFrom(directory, word);
  return files.fileFrom(directory, word);
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
