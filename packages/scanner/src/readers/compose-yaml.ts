import { isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit, type Alias, type Document, type Node, type Pair, type YAMLMap } from "yaml";
import type { FileOrigin, FileProblem, Sourced } from "@audit-backlog/model";
import { wholeWord, type Annotated } from "./commands/annotated.ts";
import { interpolate } from "./commands/compose-words.ts";
import type { ReadWord } from "./commands/shell-scope.ts";
import { maskTemplates, SourceText, type MappedText } from "./commands/text.ts";
import { hasTemplateMarks, maskTemplate } from "./template.ts";
import { shallowEnough } from "./commands/yaml-depth.ts";
import { scalarText } from "./commands/yaml-text.ts";

const maxLength = 1_000_000;
/** Larger files are not tried in several ways. */
const maxTried = 200_000;
/** `<<` of `<<` of …, and how many pairs may come in through them in all: merge keys multiply. */
const maxMerges = 20;
const maxMergedPairs = 50_000;

interface Attempt {
  readonly text: string;
  readonly document: Document.Parsed | undefined;
  readonly problems: readonly FileProblem[];
}

/** One YAML file of a compose project, with anchors and merge keys followed. Never throws. */
export class ComposeYaml {
  readonly source: SourceText;
  /** What could not be read of it. */
  readonly problems: FileProblem[] = [];
  /** Somebody fills it in first: branches decide what of it there is. */
  readonly isTemplate: boolean;
  readonly #text: string;
  /** What the project's `.env` sets. */
  readonly variables: ReadonlyMap<string, string>;
  readonly #document: Document.Parsed | undefined;
  readonly #targets: ReadonlyMap<Alias, Node>;
  #mergedPairs = 0;
  #reported = false;

  constructor(path: string, text: string, variables: ReadonlyMap<string, string> = new Map()) {
    this.source = new SourceText(path, text);
    this.variables = variables;
    const plain = this.#attempt(maskTemplates(text));
    const best = plain.problems.length === 0 || text.length > maxTried || !hasTemplateMarks(text) ? plain : this.#asTemplate(text, plain);
    this.isTemplate = best !== plain;
    this.#text = best.text;
    this.#document = best.document;
    this.problems.push(...best.problems);
    this.#targets = this.#document === undefined ? new Map<Alias, Node>() : aliasTargets(this.#document);
  }

  /** What stands alone on a line may be whole keys of a template, and a line of which a branch holds a part has no sure column. */
  #asTemplate(text: string, plain: Attempt): Attempt {
    for (const style of ["yaml", "yaml-lines"] as const) {
      const attempt = this.#attempt(maskTemplate(text, style).text);
      if (attempt.problems.length === 0) return attempt;
    }
    return plain;
  }

  #attempt(text: string): Attempt {
    const failed = (offset: number, reason: string): readonly FileProblem[] => [this.source.problem(offset, offset, reason)];
    if (text.length > maxLength || !shallowEnough(text)) {
      return { text, document: undefined, problems: failed(0, `a YAML file of more than ${maxLength} characters or nested too deeply, not read`) };
    }
    try {
      const document = parseDocument(text, { uniqueKeys: false, merge: false, logLevel: "silent" });
      const [error] = document.errors;
      return { text, document, problems: error === undefined ? [] : failed(error.pos[0], `YAML: ${error.message.split("\n")[0] ?? ""}; services around it may be missing`) };
    } catch (error) {
      return { text, document: undefined, problems: failed(0, `YAML that can't be read: ${error instanceof Error ? error.message : String(error)}`) };
    }
  }

  problem(start: number, end: number, reason: string): void {
    if (this.problems.length < 100) this.problems.push(this.source.problem(start, end, reason));
  }

  /** The map that a top-level key holds: `services`, `networks`. */
  section(name: string): YAMLMap | undefined {
    const contents = this.#document?.contents;
    const node = isMap(contents) ? this.resolve(this.entry(contents, name)) : undefined;
    return isMap(node) ? node : undefined;
  }

  top(name: string): unknown {
    const contents = this.#document?.contents;
    return isMap(contents) ? this.resolve(this.entry(contents, name)) : undefined;
  }

  /** The value of a key, the map's own before those of its merge keys. */
  entry(map: YAMLMap, name: string): unknown {
    return this.items(map).findLast(({ key }) => isScalar(key) && key.value === name)?.value;
  }

  /** Pairs of a map with those that `<<` brings in, which come first: later pairs win. */
  items(map: YAMLMap): readonly Pair[] {
    return this.#items(map, 0);
  }

  #items(map: YAMLMap, depth: number): Pair[] {
    const merged: Pair[] = [];
    for (const { key, value } of depth < maxMerges && this.#mergedPairs < maxMergedPairs ? map.items : []) {
      if (!isScalar(key) || key.value !== "<<") continue;
      const node = this.resolve(value);
      for (const part of isSeq(node) ? [...node.items].reverse() : [node]) {
        const inner = this.resolve(part);
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
      this.problem(at, at, `more than ${maxMergedPairs} pairs through merge keys; what they bring in from here on is left out`);
    }
    this.#reported = true;
    return map.items.filter(({ key }) => !isScalar(key) || key.value !== "<<");
  }

  resolve(value: unknown): unknown {
    return isAlias(value) ? this.#targets.get(value) : value;
  }

  /** A scalar's text with the place of each character; undefined for what is none. */
  scalar(value: unknown): MappedText | undefined {
    const node = this.resolve(value);
    return isScalar(node) ? scalarText(node, this.#text) : undefined;
  }

  /** A scalar with Compose's variables replaced. Undefined for what is none, and for null. */
  word(value: unknown): ReadWord | undefined {
    const node = this.resolve(value);
    if (!isScalar(node) || node.value === null) return undefined;
    const text = scalarText(node, this.#text);
    return text === undefined ? undefined : wholeWord(this.interpolate(text), this.source);
  }

  /** Compose's variables replaced. */
  interpolate(text: MappedText): Annotated {
    return interpolate(text, this.variables);
  }

  /** The same as a value with its place. */
  sourced(value: unknown): Sourced<string> | undefined {
    const word = this.word(value);
    if (word === undefined) return undefined;
    return { value: word.value, origin: this.source.origin(word.range.start.offset, word.range.end.offset), text: word.text };
  }

  /** The text of a scalar that is known, a default counts. */
  known(value: unknown): string | undefined {
    const word = this.word(value);
    return word?.value.kind === "exact" || word?.value.kind === "assumed" ? word.value.value : undefined;
  }

  /** Where a node stands; the file's start for none. */
  origin(value: unknown): FileOrigin {
    const range = isNode(value) ? value.range : isPair(value) && isNode(value.key) ? value.key.range : undefined;
    return range === null || range === undefined ? this.source.origin(0, 0) : this.source.origin(range[0], range[1]);
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
