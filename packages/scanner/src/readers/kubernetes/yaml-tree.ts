import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Alias, type Document, type Node, type Pair } from "yaml";
import type { FileOrigin, FileProblem, SimpleValue } from "@audit-backlog/model";
import { joinPieces } from "../commands/pieces.ts";
import { templatePieces } from "../commands/template-pieces.ts";
import { MapBuilder, SourceText, templateMark, type MappedText } from "../commands/text.ts";
import { shallowEnough } from "../commands/yaml-depth.ts";
import { scalarText } from "../commands/yaml-text.ts";
import { hasTemplateMarks, maskTemplate, type MaskedTemplate, type TemplatePlace } from "../template.ts";
import { templateValue, type TemplateDefaults } from "../template-expression.ts";

const maxLength = 2_000_000;
/** Larger files are not tried in several ways. */
const maxTried = 200_000;
/** `<<` of `<<` of …, and how many pairs may come in through them in all: merge keys multiply. */
const maxMerges = 10;
const maxMergedPairs = 50_000;

/** What fills in the templates of a YAML file. */
export interface YamlTemplate {
  readonly defaults: TemplateDefaults;
  /** Whole blocks: what `.Values.resources` holds. */
  readonly block: (path: string) => YamlValue | undefined;
}

export interface YamlOptions {
  readonly template?: YamlTemplate;
  /** Somebody may say otherwise: all its values are assumed, and hang on this variable. */
  readonly variable?: string;
}

interface Attempt {
  readonly documents: readonly Document.Parsed[];
  readonly problems: readonly FileProblem[];
  readonly masked: MaskedTemplate;
  readonly filledIn: YamlTemplate | undefined;
}

/** Somebody fills it in, and nothing here says with what. */
const unknownTemplate: YamlTemplate = { defaults: () => undefined, block: () => undefined };
/** No text of YAML's begins so without quotes. */
const unquotedMark = /^[ \t-]*[\w."-]{1,200}:[ \t]+\{\{[^{}\n]{1,300}\}\}/m;

/** The documents of a YAML file. */
export class YamlTree {
  readonly source: SourceText;
  /** The text that was parsed: as long as the file's, template marks covered. */
  readonly text: string;
  readonly roots: readonly YamlValue[];
  readonly problems: readonly FileProblem[];
  readonly variable: string | undefined;
  readonly #template: YamlTemplate | undefined;
  readonly #places: readonly TemplatePlace[];
  readonly #targets = new Map<Alias, Node>();
  #mergedPairs = 0;

  constructor(path: string, text: string, { template, variable }: YamlOptions = {}) {
    this.source = new SourceText(path, text, template?.defaults);
    this.variable = variable;
    const { documents, problems, masked, filledIn } = this.#best(text, template);
    this.text = masked.text;
    this.#template = filledIn;
    this.#places = masked.places;
    if (/[&*]\w/.test(this.text)) for (const document of documents) this.#followAliases(document);
    this.roots = documents.flatMap(({ contents }) => (contents === null ? [] : [new YamlValue(this, contents)]));
    this.problems = problems;
  }

  /** As it stands, unless a template alone makes sense of it: then as one, without the lines that only a part of is sure if need be. */
  #best(text: string, template: YamlTemplate | undefined): Attempt {
    const asTemplate = (style: "yaml" | "yaml-lines"): Attempt => this.#attempt(maskTemplate(text, style), template ?? unknownTemplate);
    let best = template !== undefined || unquotedMark.test(text) ? asTemplate("yaml") : this.#attempt({ text, places: [] }, undefined);
    if (best.problems.length === 0 || text.length > maxTried || !hasTemplateMarks(text)) return best;
    for (const style of ["yaml", "yaml-lines"] as const) {
      const next = asTemplate(style);
      if (next.problems.length < best.problems.length) best = next;
      if (best.problems.length === 0) break;
    }
    return best;
  }

  #attempt(masked: MaskedTemplate, filledIn: YamlTemplate | undefined): Attempt {
    const problems: FileProblem[] = [];
    return { documents: this.#parse(masked.text, problems), problems, masked, filledIn };
  }

  #parse(text: string, problems: FileProblem[]): readonly Document.Parsed[] {
    if (text.length > maxLength || !shallowEnough(text)) {
      problems.push(this.source.problem(0, 0, `a YAML file of more than ${maxLength} characters or nested too deeply, not read`));
      return [];
    }
    try {
      const documents = parseAllDocuments(text, { uniqueKeys: false, merge: false, logLevel: "silent", prettyErrors: false });
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

  /** Whether templates decide what of it there is. */
  get isTemplate(): boolean {
    return this.#template !== undefined;
  }

  /** The block that a template prints behind a key: `{{ toYaml .Values.resources | nindent 12 }}` on lines of its own. */
  blockBehind(offset: number): { readonly value: YamlValue | undefined } | undefined {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.start ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.#places.length; i += 1) {
      const place = this.#places[i];
      if (place === undefined || !/^[\s:#\uE000]*$/.test(this.text.slice(offset, place.start))) return undefined;
      if (place.kind === "value") return { value: this.#blockOf(place.start, place.end, i) };
    }
    return undefined;
  }

  /** What `{{ toYaml .Values.resources }}` stands for. */
  blockAt(start: number, end: number): YamlValue | undefined {
    return this.#blockOf(start, end, this.#places.findIndex((place) => place.start === start));
  }

  #blockOf(start: number, end: number, index: number): YamlValue | undefined {
    const path = /^\{\{-?\s*(?:toYaml|tpl \(toYaml)\s+(\$?\.[\w.]*)/.exec(this.source.text.slice(start, Math.min(end, start + 300)))?.[1];
    return path === undefined ? undefined : this.#template?.block(path === "." ? (this.#withBefore(index) ?? "") : path.replace(/^\$\./, "."));
  }

  /** The path of the `with` block around a place. */
  #withBefore(index: number): string | undefined {
    for (let i = index - 1; i >= Math.max(0, index - 4); i -= 1) {
      const place = this.#places[i];
      if (place?.kind !== "action") continue;
      const action = this.source.text.slice(place.start, Math.min(place.end, place.start + 300));
      const path = /^\{\{-?\s*with\s+\$?(\.Values[\w.]*)\s*-?\}\}$/.exec(action)?.[1];
      if (path !== undefined || !/^\{\{-?\s*if\b/.test(action)) return path;
    }
    return undefined;
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
    return path.reduce<YamlValue | undefined>((value, key) => value?.entry(key), this);
  }

  entry(key: string): YamlValue | undefined {
    const pair = this.#pair(key);
    if (pair === undefined) return undefined;
    return valueOf(this.tree, pair.value) ?? this.#blockBehind(pair)?.value;
  }

  /** A template prints what stands behind a key, and it is not known what. */
  isOpen(key: string): boolean {
    const pair = this.#pair(key);
    if (pair === undefined) return false;
    const value = valueOf(this.tree, pair.value);
    return value === undefined ? this.#blockBehind(pair) !== undefined && this.#blockBehind(pair)?.value === undefined : isScalar(value.node) && value.known.kind === "dynamic";
  }

  /** Written, and null: a patch takes it away so. */
  isNull(key: string): boolean {
    const pair = this.#pair(key);
    return pair !== undefined && valueOf(this.tree, pair.value) === undefined;
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

  /** A scalar's text with the place of each character; what a template fills in is marks. */
  get mapped(): MappedText | undefined {
    const mapped = isScalar(this.node) ? scalarText(this.node, this.tree.text) : undefined;
    if (mapped?.text.includes(`#${templateMark}`) !== true || !this.#isBlock) return mapped;
    const builder = new MapBuilder(mapped.start(0));
    const text = mapped.text.replaceAll(`#${templateMark}`, templateMark.repeat(2));
    for (const { at, length, start, end } of mapped.segments) builder.add(text.slice(at, at + length), start, end);
    return builder.build();
  }

  /** A scalar's text where it is known, defaults filled in; else as it is written, for names that are only compared. */
  get text(): string | undefined {
    const { mapped } = this;
    if (mapped?.text.includes(templateMark) !== true) return mapped?.text;
    const { known } = this;
    if ("value" in known) return known.value;
    const written = mapped.text.replace(/\uE000+/g, (run, at: number) => this.tree.source.text.slice(mapped.start(at), mapped.end(at + run.length)));
    return written.replace(/\s+/g, " ").replace(/\{\{-? ?/g, "{{ ").replace(/ ?-?\}\}/g, " }}");
  }

  /** As written in the file. */
  get written(): string {
    const { start, end } = this.origin.range;
    return this.tree.source.text.slice(start.offset, end.offset);
  }

  /** What is known of a scalar's text. */
  get known(): SimpleValue<string> {
    const { mapped } = this;
    if (mapped === undefined) return { kind: "dynamic" };
    const pieces = templatePieces(mapped, this.tree.source);
    const value = joinPieces(pieces);
    if (value.kind === "exact") return this.tree.variable !== undefined ? { kind: "assumed", value: value.value, variable: this.tree.variable } : this.tree.isTemplate ? { kind: "assumed", value: value.value } : value;
    return value.kind === "oneOf" ? { kind: "dynamic" } : value;
  }

  /** What a user edits to change it, and the places that it went through from there. */
  get place(): { readonly origin: FileOrigin; readonly via: readonly FileOrigin[] } {
    const { origin, mapped } = this;
    const whole = mapped !== undefined && /^\uE000+$/.test(mapped.text) ? this.tree.source.text.slice(mapped.start(0), mapped.end(mapped.text.length)) : undefined;
    const elsewhere = whole === undefined ? undefined : templateValue(whole, this.tree.source.defaults).origin;
    return elsewhere === undefined ? { origin, via: [] } : { origin: elsewhere, via: [origin] };
  }

  get origin(): FileOrigin {
    const range = isScalar(this.node) || isMap(this.node) || isSeq(this.node) ? this.node.range : undefined;
    const [start, end] = range ?? [0, 0];
    return this.tree.source.origin(start, trimmedEnd(this.tree.text, start, end));
  }

  get #isBlock(): boolean {
    return isScalar(this.node) && (this.node.type === "BLOCK_LITERAL" || this.node.type === "BLOCK_FOLDED");
  }

  #pair(key: string): Pair | undefined {
    return this.tree.pairs(this.node).findLast((candidate) => isScalar(candidate.key) && candidate.key.value === key);
  }

  #blockBehind({ key, value }: Pair): { readonly value: YamlValue | undefined } | undefined {
    const end = isScalar(key) && (value === null || (isScalar(value) && value.value === null)) ? key.range?.[1] : undefined;
    return end === undefined || !this.tree.isTemplate ? undefined : this.tree.blockBehind(end);
  }
}

function valueOf(tree: YamlTree, node: unknown): YamlValue | undefined {
  const value = new YamlValue(tree, node);
  if (value.node === undefined || value.node === null || (isScalar(value.node) && value.node.value === null)) return undefined;
  // `resources: {{ toYaml .Values.resources | nindent 12 }}`
  const marks = tree.isTemplate && isScalar(value.node) && typeof value.node.value === "string" && /^\uE000+$/.test(value.node.value) ? value.node.range : undefined;
  return (marks === null || marks === undefined ? undefined : tree.blockAt(marks[0], marks[1])) ?? value;
}

/** A block ends where the next key begins; its last blanks are not part of it. */
function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}
