import type { FileProblem, Sourced, Surroundings, Sysctl } from "@audit-backlog/model";
import type { CommandLine, Lookup, Place, PlaceFacts } from "../facts.ts";
import { wholeWord } from "./commands/annotated.ts";
import { commandsOf } from "./commands/compose.ts";
import { interpolate } from "./commands/compose-words.ts";
import { ComposeFiles, layeredServices, type Entry, type LayeredService } from "./compose-layers.ts";
import { integer, numberOf } from "./compose-values.ts";

export interface ComposeFacts extends PlaceFacts {
  readonly commands: readonly CommandLine[];
  /** Files that a project took in. */
  readonly read: readonly string[];
}

/** Files that Compose reads together, in the order in which they are laid over each other. */
export interface ComposeProject {
  readonly files: readonly string[];
  readonly environment?: string;
}

/** What the services of compose projects start and where. Anything else that their files name is read through `lookup`. */
export function readComposeProjects(projects: readonly ComposeProject[], lookup: Lookup): ComposeFacts {
  const files = new ComposeFiles(lookup);
  const commands: CommandLine[] = [];
  const places: Place[] = [];
  const problems: FileProblem[] = [];
  for (const project of projects) {
    for (const service of layeredServices(files, project.files)) {
      const place = placeOf(service, project);
      places.push(place);
      const found = commandsOf(service);
      problems.push(...found.problems);
      commands.push(...found.commands.map((command) => ({ ...command, places: [place.surroundings.id] })));
    }
  }
  return { commands, places, embedded: [], problems: [...problems, ...files.all.flatMap((yaml) => yaml.problems)], read: files.all.map(({ source }) => source.path) };
}

function placeOf(service: LayeredService, project: ComposeProject): Place {
  const { name } = service;
  const surroundings: Surroundings = {
    id: `${project.files.at(-1) ?? ""}#${name}`,
    kind: "compose",
    name,
    origin: service.origin,
    ...(project.environment === undefined ? {} : { environment: project.environment }),
    network: networkOf(service),
    sysctls: [...service.entries("sysctls").values()].flatMap((entry) => sysctlOf(entry)),
    probes: [],
  };
  return {
    surroundings,
    holder: { kind: "compose", name },
    startsOwnCommand: service.last("command") !== undefined || service.last("entrypoint") !== undefined,
    hostnames: [name],
    networks: [],
    mounts: [],
    ports: [],
  };
}

function networkOf(service: LayeredService): Sourced<"own" | "host"> {
  const mode = service.sourced("network_mode");
  if (mode === undefined) return { value: { kind: "assumed", value: "own" }, origin: { kind: "default", of: "Compose", source: "compose-spec 05-services.md network_mode" } };
  const { value } = mode;
  if (value.kind === "oneOf" || value.kind === "dynamic" || value.kind === "formula") return { ...mode, value: { kind: "dynamic" } };
  return { ...mode, value: { ...value, value: value.value === "host" ? "host" : "own" } };
}

/** `net/core/somaxconn` is the same name as with dots. */
function sysctlOf({ yaml, name, value }: Entry): readonly Sysctl[] {
  if (value === undefined) return [];
  const word = wholeWord(interpolate(value), yaml.source);
  const { start, end } = word.range;
  const sourced: Sourced<string> = { value: word.value, origin: yaml.source.origin(start.offset, end.offset), text: word.text };
  return [{ name: name.text.trim().replaceAll("/", "."), value: numberOf(sourced, integer) }];
}
