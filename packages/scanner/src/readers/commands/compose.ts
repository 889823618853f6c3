import { posix } from "node:path";
import { isAlias, isMap, isScalar, isSeq, parseDocument, visit, type Alias, type Document, type Node, type Pair, type YAMLMap } from "yaml";
import type { CommandFacts } from "../../facts.ts";
import { tokenWords, wholeWord, type Annotated } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { composeWords, interpolate } from "./compose-words.ts";
import { inTree } from "./shell-builtins.ts";
import { bindingAt, type Binding, type ReadWord } from "./shell-scope.ts";
import { maskTemplates, SourceText, type MappedText } from "./text.ts";
import { scalarText } from "./yaml-text.ts";
import { shallowEnough } from "./yaml-depth.ts";

const maxLength = 1_000_000;
/** `<<` of `<<` of …, and how many pairs may come in through them in all: merge keys multiply. */
const maxMerges = 20;
const maxMergedPairs = 50_000;
const maxServices = 2_000;

/**
 * `command`, `entrypoint`, `environment` and `working_dir` of a compose file's services. Anchors and merge keys are
 * followed. A service without a command or entrypoint starts what its image says, which is not in this file.
 */
export function readCompose(path: string, text: string): CommandFacts {
  const source = new SourceText(path, text);
  const collector = new Collector(source);
  const masked = maskTemplates(text);
  if (masked.length > maxLength || !shallowEnough(masked)) {
    collector.problem(0, 0, `a YAML file of more than ${maxLength} characters or nested too deeply, not read`);
    return collector.facts();
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(masked, { uniqueKeys: false, merge: false, logLevel: "silent" });
  } catch (error) {
    collector.problem(0, 0, `YAML that can't be read: ${error instanceof Error ? error.message : String(error)}`);
    return collector.facts();
  }
  const [error] = document.errors;
  if (error !== undefined) {
    collector.problem(error.pos[0], error.pos[0], `YAML: ${error.message.split("\n")[0] ?? ""}; services around it may be missing`);
  }
  new ComposeReader(document, source, masked, collector).read();
  return collector.facts();
}

class ComposeReader {
  readonly #document: Document.Parsed;
  readonly #source: SourceText;
  readonly #text: string;
  readonly #collector: Collector;
  readonly #targets: ReadonlyMap<Alias, Node>;
  #mergedPairs = 0;
  #reported = false;

  constructor(document: Document.Parsed, source: SourceText, text: string, collector: Collector) {
    this.#document = document;
    this.#source = source;
    this.#text = text;
    this.#collector = collector;
    this.#targets = aliasTargets(document);
  }

  read(): void {
    const services = this.#resolve(isMap(this.#document.contents) ? this.#entry(this.#document.contents, "services") : undefined);
    if (!isMap(services)) return;
    if (services.items.length > maxServices) this.#collector.problem(0, 0, `more than ${maxServices} services; only the first were read`);
    for (const { key, value } of services.items.slice(0, maxServices)) {
      const service = this.#resolve(value);
      if (isScalar(key) && isMap(service)) this.#service(String(key.value), service);
    }
  }

  #service(name: string, service: YAMLMap): void {
    const entrypoint = this.#words(this.#entry(service, "entrypoint"));
    const command = this.#words(this.#entry(service, "command"));
    const words = [...(entrypoint ?? []), ...(command ?? [])];
    if (words.length === 0) return;
    const starts = words.map(({ range }) => range.start.offset);
    const ends = words.map(({ range }) => range.end.offset);
    const mounts = this.#mounts(service);
    const mapDirectory = (path: string): string | undefined => mounted(mounts, path);
    const workdir = this.#scalar(this.#entry(service, "working_dir"))?.text;
    this.#collector.add(
      {
        words,
        start: starts.reduce((least, offset) => Math.min(least, offset)),
        end: ends.reduce((most, offset) => Math.max(most, offset)),
        environment: this.#environment(service),
        directory: workdir === undefined ? undefined : mapDirectory(workdir),
      },
      { holder: { kind: "compose", name }, mapDirectory },
    );
  }

  #words(value: unknown): ReadWord[] | undefined {
    const node = this.#resolve(value);
    if (isSeq(node)) {
      return node.items.flatMap((item) => {
        const text = this.#scalar(item);
        return text === undefined ? [] : [wholeWord(interpolate(text), this.#source)];
      });
    }
    const text = this.#scalar(node);
    if (text === undefined) return undefined;
    const annotated = interpolate(text);
    const { tokens, problem } = composeWords(annotated.mapped.text);
    if (problem !== undefined) {
      const at = annotated.mapped.start(problem.at);
      this.#collector.problem(at, at, `compose command: ${problem.reason}`);
    }
    return tokenWords(annotated, tokens, this.#source);
  }

  #environment(service: YAMLMap): Map<string, Binding> {
    const environment = new Map<string, Binding>();
    const node = this.#resolve(this.#entry(service, "environment"));
    if (isSeq(node)) {
      for (const item of node.items) {
        const text = this.#scalar(item);
        const equals = text?.text.indexOf("=") ?? -1;
        if (text === undefined) continue;
        // `- NAME` alone passes the variable of the machine on.
        if (equals === -1) environment.set(text.text, this.#binding(hostVariable(text)));
        else environment.set(text.text.slice(0, equals), this.#binding(interpolate(text.slice(equals + 1, text.text.length))));
      }
    }
    if (isMap(node)) {
      for (const { key, value } of this.#items(node, 0)) {
        const name = this.#scalar(key);
        const text = this.#scalar(value);
        if (name === undefined) continue;
        const own = text === undefined || (isScalar(value) && value.value === null);
        environment.set(name.text, this.#binding(own ? hostVariable(name) : interpolate(text)));
      }
    }
    return environment;
  }

  #binding(annotated: Annotated): Binding {
    const word = wholeWord(annotated, this.#source);
    const { start, end } = word.range;
    return bindingAt(this.#source, [{ value: word.value, mapped: annotated.mapped, template: word.template }], start.offset, end.offset, true);
  }

  /** Directories of the container that are bind mounts of the repository, in the short form `./api:/app`. */
  #mounts(service: YAMLMap): Map<string, string> {
    const mounts = new Map<string, string>();
    const node = this.#resolve(this.#entry(service, "volumes"));
    for (const item of isSeq(node) ? node.items : []) {
      const [from, to] = this.#scalar(item)?.text.split(":") ?? [];
      if (from === undefined || to === undefined || !/^\.{1,2}(?:\/|$)/.test(from) || !/^\/[^$\uE000]*$/.test(to)) continue;
      const directory = inTree(posix.join(posix.dirname(this.#source.path), from));
      if (directory !== undefined) mounts.set(posix.normalize(to).replace(/(.)\/$/, "$1"), directory);
    }
    return mounts;
  }

  #scalar(value: unknown): MappedText | undefined {
    const node = this.#resolve(value);
    return isScalar(node) ? scalarText(node, this.#text) : undefined;
  }

  /** The value of a key, the map's own before those of its merge keys. */
  #entry(map: YAMLMap, name: string): unknown {
    return this.#items(map, 0).findLast(({ key }) => isScalar(key) && key.value === name)?.value;
  }

  /** Pairs of a map with those that `<<` brings in, which come first: later pairs win. */
  #items(map: YAMLMap, depth: number): Pair[] {
    const merged: Pair[] = [];
    for (const { key, value } of depth < maxMerges && this.#mergedPairs < maxMergedPairs ? map.items : []) {
      if (!isScalar(key) || key.value !== "<<") continue;
      const node = this.#resolve(value);
      for (const part of isSeq(node) ? [...node.items].reverse() : [node]) {
        const inner = this.#resolve(part);
        if (!isMap(inner)) continue;
        for (const pair of this.#items(inner, depth + 1)) merged.push(pair);
        this.#mergedPairs += inner.items.length + 1;
        if (this.#mergedPairs >= maxMergedPairs) return this.#tooMany(map);
      }
    }
    return [...merged, ...map.items.filter(({ key }) => !isScalar(key) || key.value !== "<<")];
  }

  #tooMany(map: YAMLMap): Pair[] {
    if (!this.#reported) {
      const at = map.range?.[0] ?? 0;
      this.#collector.problem(at, at, `more than ${maxMergedPairs} pairs through merge keys; what they bring in from here on is left out`);
    }
    this.#reported = true;
    return map.items.filter(({ key }) => !isScalar(key) || key.value !== "<<");
  }

  #resolve(value: unknown): unknown {
    return isAlias(value) ? this.#targets.get(value) : value;
  }
}

function hostVariable(name: MappedText): Annotated {
  return { mapped: name, spans: [{ from: 0, to: name.text.length, value: { kind: "dynamic", variable: name.text }, inner: "as-written" }] };
}

function mounted(mounts: ReadonlyMap<string, string>, path: string): string | undefined {
  if (!path.startsWith("/")) return undefined;
  for (let prefix = posix.normalize(path).replace(/(.)\/$/, "$1"); ; prefix = posix.dirname(prefix)) {
    const directory = mounts.get(prefix);
    if (directory !== undefined) return inTree(posix.join(directory, posix.relative(prefix, path)));
    if (prefix === "/") return undefined;
  }
}

/** What each alias stands for: the last node before it with its anchor. One pass, for the library's own takes one an alias. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
