import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Alias, type Document, type Node, type Pair } from "yaml";
import type { FileOrigin, FileProblem, Value } from "@audit-backlog/model";
import { SourceText, templateMark, type MappedText } from "../commands/text.ts";
import { shallowEnough } from "../commands/yaml-depth.ts";
import { scalarText } from "../commands/yaml-text.ts";

const maxLength = 2_000_000;
/** `<<` of `<<` of …, and how many pairs may come in through them in all: merge keys multiply. */
const maxMerges = 10;
const maxMergedPairs = 50_000;

/** The documents of a YAML file. */
export class YamlTree {
  readonly source: SourceText;
  /** The text that was parsed: as long as the file's, template marks covered. */
  readonly text: string;
  readonly roots: readonly YamlValue[];
  readonly problems: readonly FileProblem[];
  readonly #targets = new Map<Alias, Node>();
  #mergedPairs = 0;

  constructor(path: string, text: string, masked = text) {
    this.source = new SourceText(path, text);
    this.text = masked;
    const problems: FileProblem[] = [];
    const documents = this.#parse(problems);
    for (const document of documents) this.#followAliases(document);
    this.roots = documents.flatMap(({ contents }) => (contents === null ? [] : [new YamlValue(this, contents)]));
    this.problems = problems;
  }

  #parse(problems: FileProblem[]): readonly Document.Parsed[] {
    if (this.text.length > maxLength || !shallowEnough(this.text)) {
      problems.push(this.source.problem(0, 0, `a YAML file of more than ${maxLength} characters or nested too deeply, not read`));
      return [];
    }
    try {
      const documents = parseAllDocuments(this.text, { uniqueKeys: false, merge: false, logLevel: "silent" });
      if (!Array.isArray(documents)) return [];
      for (const document of documents) {
        const [error] = document.errors;
        if (error === undefined) continue;
        problems.push(this.source.problem(error.pos[0], error.pos[0], `YAML: ${error.message.split("\n")[0] ?? ""}; what stands around it may be missing`));
      }
      return documents;
    } catch (error) {
      problems.push(this.source.problem(0, 0, `YAML that can't be read: ${error instanceof Error ? error.message : String(error)}`));
      return [];
    }
  }

  /** What each alias stands for: the last node before it with its anchor. */
  #followAliases(document: Document.Parsed): void {
    const anchors = new Map<string, Node>();
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) {
          const target = anchors.get(node.source);
          if (target !== undefined) this.#targets.set(node, target);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  resolve(value: unknown): unknown {
    return isAlias(value) ? this.#targets.get(value) : value;
  }

  /** Pairs of a map; those that `<<` brings in come first, so that later ones win. */
  pairs(value: unknown, depth = 0): Pair[] {
    const map = this.resolve(value);
    if (!isMap(map)) return [];
    const merged: Pair[] = [];
    for (const pair of depth < maxMerges ? map.items : []) {
      if (!isMergeKey(pair)) continue;
      const node = this.resolve(pair.value);
      for (const part of isSeq(node) ? [...node.items].reverse() : [node]) {
        const inner = this.pairs(part, depth + 1);
        this.#mergedPairs += inner.length;
        if (this.#mergedPairs > maxMergedPairs) return map.items.filter((own) => !isMergeKey(own));
        for (const found of inner) merged.push(found);
      }
    }
    return merged.length === 0 ? map.items.filter((own) => !isMergeKey(own)) : [...merged, ...map.items.filter((own) => !isMergeKey(own))];
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<";
}

/** A node of a document, aliases and merge keys followed. */
export class YamlValue {
  readonly tree: YamlTree;
  readonly node: unknown;

  constructor(tree: YamlTree, node: unknown) {
    this.tree = tree;
    this.node = tree.resolve(node);
  }

  /** The value at a path of keys; undefined where there is none, or null. */
  at(...path: readonly string[]): YamlValue | undefined {
    let value: YamlValue | undefined = new YamlValue(this.tree, this.node);
    for (const key of path) value = value?.entry(key);
    return value;
  }

  entry(key: string): YamlValue | undefined {
    const pair = this.tree.pairs(this.node).findLast((candidate) => isScalar(candidate.key) && candidate.key.value === key);
    return pair === undefined ? undefined : valueOf(this.tree, pair.value);
  }

  /** Keys and values of a map. */
  entries(): readonly (readonly [string, YamlValue])[] {
    return this.tree.pairs(this.node).flatMap(({ key, value }) => {
      const known = isScalar(key) ? valueOf(this.tree, value) : undefined;
      return known === undefined || !isScalar(key) ? [] : [[String(key.value), known] as const];
    });
  }

  /** Items of a list; empty where it is none. */
  items(): readonly YamlValue[] {
    return isSeq(this.node) ? this.node.items.flatMap((item) => valueOf(this.tree, item) ?? []) : [];
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  get isList(): boolean {
    return isSeq(this.node);
  }

  /** A scalar's text with the place of each character. */
  get mapped(): MappedText | undefined {
    return isScalar(this.node) ? scalarText(this.node, this.tree.text) : undefined;
  }

  get text(): string | undefined {
    return this.mapped?.text;
  }

  /** As written in the file. */
  get written(): string {
    const { start, end } = this.origin.range;
    return this.tree.source.text.slice(start.offset, end.offset);
  }

  /** What is known of a scalar's text. */
  get known(): Value<string> {
    const text = this.text;
    return text === undefined || text.includes(templateMark) ? { kind: "dynamic" } : { kind: "exact", value: text };
  }

  /** What a user edits to change it, and the places that it went through from there. */
  get place(): { readonly origin: FileOrigin; readonly via: readonly FileOrigin[] } {
    return { origin: this.origin, via: [] };
  }

  get origin(): FileOrigin {
    const range = isScalar(this.node) || isMap(this.node) || isSeq(this.node) ? this.node.range : undefined;
    const [start, end] = range ?? [0, 0];
    return this.tree.source.origin(start, trimmedEnd(this.tree.text, start, end));
  }
}

function valueOf(tree: YamlTree, node: unknown): YamlValue | undefined {
  const value = new YamlValue(tree, node);
  return value.node === undefined || value.node === null || (isScalar(value.node) && value.node.value === null) ? undefined : value;
}

/** A block ends where the next key begins; its last blanks are not part of it. */
function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}
