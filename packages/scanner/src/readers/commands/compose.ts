import { posix } from "node:path";
import { isScalar, isSeq } from "yaml";
import type { CommandFacts, Lookup } from "../../facts.ts";
import { envFileBindings } from "../compose-env-file.ts";
import { ComposeFiles, layeredServices, type Entry, type LayeredService, type Valued } from "../compose-layers.ts";
import type { ComposeYaml } from "../compose-yaml.ts";
import { tokenWords, wholeWord, type Annotated } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { composeWords } from "./compose-words.ts";
import { inTree } from "./shell-builtins.ts";
import { assumedPiece, bindingAt, type Binding, type ReadWord } from "./shell-scope.ts";
import type { MappedText } from "./text.ts";

/** The commands of one compose file, as if it were all there is of its project. */
export function readCompose(path: string, text: string): CommandFacts {
  const lookup: Lookup = (asked) => (asked === path ? text : undefined);
  const files = new ComposeFiles(lookup);
  const found = layeredServices(files, [path]).map((service) => commandsOf(service, lookup));
  const problems = [...files.all.flatMap((yaml) => yaml.problems), ...found.flatMap((facts) => facts.problems)];
  return { commands: found.flatMap(({ commands }) => commands), problems };
}

/**
 * What a service starts by its `command` and `entrypoint`, with its `environment` and `working_dir`. A service without
 * both starts what its image says, which is not in this file.
 */
export function commandsOf(service: LayeredService, lookup: Lookup): CommandFacts {
  const entrypoint = service.last("entrypoint");
  const command = service.last("command");
  const main = command ?? entrypoint;
  if (main === undefined) return { commands: [], problems: [] };
  const collector = new Collector(main.yaml.source);
  const words = [...(entrypoint === undefined ? [] : wordsOf(entrypoint, collector)), ...(command === undefined ? [] : wordsOf(command, collector))];
  const own = words.filter(({ file }) => file === undefined);
  if (words.length === 0 || own.length === 0) return collector.facts();
  const starts = own.map(({ range }) => range.start.offset);
  const ends = own.map(({ range }) => range.end.offset);
  const mounts = directoryMounts(service);
  const mapDirectory = (path: string): string | undefined => mounted(mounts, path);
  const workdir = service.known("working_dir");
  collector.add(
    {
      words,
      start: starts.reduce((least, offset) => Math.min(least, offset)),
      end: ends.reduce((most, offset) => Math.max(most, offset)),
      environment: environmentOf(service, lookup),
      directory: workdir === undefined ? undefined : mapDirectory(workdir),
    },
    { holder: { kind: "compose", name: service.name }, mapDirectory },
  );
  return collector.facts();
}

function wordsOf({ yaml, node }: Valued, collector: Collector): readonly ReadWord[] {
  const words = readWords(yaml, node, collector);
  return yaml.source === collector.source ? words : words.map((word) => ({ ...word, file: yaml.source.path }));
}

function readWords(yaml: ComposeYaml, node: unknown, collector: Collector): readonly ReadWord[] {
  if (isSeq(node)) {
    return node.items.flatMap((item) => {
      const text = yaml.scalar(item);
      return text === undefined ? [] : [wholeWord(yaml.interpolate(text), yaml.source)];
    });
  }
  const text = isScalar(node) ? yaml.scalar(node) : undefined;
  if (text === undefined) return [];
  const annotated = yaml.interpolate(text);
  const { tokens, problem } = composeWords(annotated.mapped.text);
  if (problem !== undefined && yaml.source === collector.source) {
    const at = annotated.mapped.start(problem.at);
    collector.problem(at, at, `compose command: ${problem.reason}`);
  }
  return tokenWords(annotated, tokens, yaml.source);
}

/** `environment` over the files of `env_file` (compose-spec 05-services.md env_file). */
export function environmentOf(service: LayeredService, lookup: Lookup): ReadonlyMap<string, Binding> {
  const own = [...service.entries("environment").values()].map((entry) => [entry.name.text, bindingOf(entry)] as const);
  return new Map([...envFileBindings(service, lookup), ...own]);
}

/** `build.args`: another build may be given others. Those that the machine's variables decide are left out. */
export function buildArgumentsOf(service: LayeredService): ReadonlyMap<string, Binding> {
  return new Map(
    [...service.entries("build", "args").values()].flatMap((entry) => {
      const { text } = entry.name;
      const binding = entry.value === undefined ? undefined : bindingOf(entry);
      return binding === undefined ? [] : [[text, { ...binding, pieces: binding.pieces.map((piece) => assumedPiece(piece, text)) }] as const];
    }),
  );
}

/** `- NAME` alone passes the variable of the machine on, else what `.env` sets (compose-go: types/project.go ResolveServicesEnvironment). */
function bindingOf({ yaml, name, value }: Entry): Binding {
  const annotated = value === undefined ? hostVariable(name, yaml.variables.get(name.text)) : yaml.interpolate(value);
  const word = wholeWord(annotated, yaml.source);
  const { start, end } = word.range;
  return bindingAt(yaml.source, [{ value: word.value, mapped: annotated.mapped, template: word.template }], start.offset, end.offset, true);
}

function hostVariable(name: MappedText, set: string | undefined): Annotated {
  const value = set === undefined ? ({ kind: "dynamic", variable: name.text } as const) : ({ kind: "assumed", value: set, variable: name.text } as const);
  return { mapped: name, spans: [{ from: 0, to: name.text.length, value, inner: "as-written" }] };
}

/** Directories of the container that are bind mounts of the repository, in the short form `./api:/app`. */
function directoryMounts(service: LayeredService): ReadonlyMap<string, string> {
  const mounts = new Map<string, string>();
  for (const { yaml, node } of service.items("volumes")) {
    const [from, to] = yaml.scalar(node)?.text.split(":") ?? [];
    if (from === undefined || to === undefined || !/^\.{1,2}(?:\/|$)/.test(from) || !/^\/[^$\uE000]*$/.test(to)) continue;
    const directory = inTree(posix.join(posix.dirname(yaml.source.path), from));
    if (directory !== undefined) mounts.set(posix.normalize(to).replace(/(.)\/$/, "$1"), directory);
  }
  return mounts;
}

function mounted(mounts: ReadonlyMap<string, string>, path: string): string | undefined {
  if (!path.startsWith("/")) return undefined;
  for (let prefix = posix.normalize(path).replace(/(.)\/$/, "$1"); ; prefix = posix.dirname(prefix)) {
    const directory = mounts.get(prefix);
    if (directory !== undefined) return inTree(posix.join(directory, posix.relative(prefix, path)));
    if (prefix === "/") return undefined;
  }
}
