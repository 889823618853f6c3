import type { FileOrigin, FileProblem } from "@audit-backlog/model";
import type { Directive, Word } from "@audit-backlog/nginx-syntax";
import type { Lookup } from "../facts.ts";
import { originOf, readNginx, type NginxFacts } from "../readers/nginx.ts";
import { isTemplated } from "../readers/nginx-template.ts";
import { candidatePaths, hasMask, isStockFile, type Place } from "./nginx-paths.ts";

/** A directive with its includes put in place. */
export interface Node {
  readonly facts: NginxFacts;
  readonly directive: Directive;
  readonly name: string;
  readonly args: readonly Word[];
  /** Undefined for a directive without a block. */
  readonly children: readonly Node[] | undefined;
}

export interface Expansion {
  readonly nodes: readonly Node[];
  /** Files that took part, the root first, each once. */
  readonly files: readonly NginxFacts[];
  readonly problems: readonly FileProblem[];
  /** Where each include led, and how the path was found. */
  readonly includes: readonly ResolvedInclude[];
}

export interface ResolvedInclude {
  readonly origin: FileOrigin;
  readonly files: readonly string[];
  /** `mapped`: by a mapping that the user gave, or by what containers mount. `guessed`: an absolute path below the place of the configuration. */
  readonly how: "relative" | "mapped" | "guessed";
}

export interface IncludeOptions {
  /** Files that look like nginx, by path relative to the audited root. */
  readonly files: ReadonlyMap<string, NginxFacts>;
  readonly lookup: Lookup;
  readonly list: (glob: string) => readonly string[];
  readonly roots: ReadonlyMap<string, string>;
  /** Containers that have a main configuration: each tells which files of the tree an include means there. */
  readonly containers?: (main: string) => readonly ((path: string) => readonly string[])[];
  /** What is left to read for all configurations together; used up by reading. */
  readonly budget: { steps: number };
}

interface Found {
  readonly files: readonly string[];
  readonly how: ResolvedInclude["how"];
}

/** Blocks whose lines are data, whatever they look like; files included there hold nothing that we read. */
const dataBlocks = new Set(["map", "geo", "types", "charset_map", "split_clients", "match", "js_import"]);

const maxIncludeDepth = 20;
const maxBlockDepth = 50;
/** Includes can double at each level; far above what a real configuration holds. */
const maxSteps = 200_000;

/** Puts the text of every include in its place, as nginx reads it (src/core/ngx_conf_file.c ngx_conf_include). */
export function expandIncludes(root: NginxFacts, place: Place, options: IncludeOptions): Expansion {
  const expander = new Expander(place, options, options.containers?.(root.file) ?? []);
  const nodes = expander.file(root, []);
  return { nodes, files: [...expander.read.values()], problems: expander.problems, includes: expander.includes };
}

class Expander {
  readonly read = new Map<string, NginxFacts>();
  readonly problems: FileProblem[] = [];
  readonly includes: ResolvedInclude[] = [];
  readonly #place: Place;
  readonly #options: IncludeOptions;
  readonly #told = new Set<string>();
  readonly #found = new Map<string, Found | undefined>();
  readonly #containers: readonly ((path: string) => readonly string[])[];
  #steps = 0;

  constructor(place: Place, options: IncludeOptions, containers: readonly ((path: string) => readonly string[])[]) {
    this.#place = place;
    this.#options = options;
    this.#containers = containers;
  }

  file(facts: NginxFacts, stack: readonly string[]): Node[] {
    this.read.set(facts.file, facts);
    return this.#block(facts, facts.tree.directives, [...stack, facts.file], 0);
  }

  #block(facts: NginxFacts, directives: readonly Directive[], stack: readonly string[], depth: number): Node[] {
    const nodes: Node[] = [];
    for (const directive of directives) {
      if (!this.#step()) {
        this.#tell(facts, directive, "steps", "too many directives with all includes: what follows was left out");
        break;
      }
      if (directive.name.value === "include") {
        // One by one: a configuration of many files must not go through the argument list of a call.
        for (const node of this.#include(facts, directive, stack)) nodes.push(node);
        continue;
      }
      nodes.push({ facts, directive, name: directive.name.value, args: directive.args, children: this.#children(facts, directive, stack, depth) });
    }
    return nodes;
  }

  /** Counts directives and included files; false when there have been too many. */
  #step(): boolean {
    this.#steps += 1;
    this.#options.budget.steps -= 1;
    return this.#steps <= maxSteps && this.#options.budget.steps >= 0;
  }

  #children(facts: NginxFacts, directive: Directive, stack: readonly string[], depth: number): Node[] | undefined {
    if (directive.block === undefined) return undefined;
    if (dataBlocks.has(directive.name.value)) {
      this.#claimDataFiles(directive.block.directives);
      return [];
    }
    if (depth >= maxBlockDepth) {
      this.#tell(facts, directive, "depth", `blocks nested more than ${maxBlockDepth} deep: what they hold was left out`);
      return [];
    }
    return this.#block(facts, directive.block.directives, stack, depth + 1);
  }

  /** Files included as data are no configuration of their own, even if they look like it. */
  #claimDataFiles(directives: readonly Directive[]): void {
    for (const { name, args } of directives) {
      const [path] = args;
      if (name.value !== "include" || path === undefined) continue;
      for (const file of this.#find(path.value)?.files ?? []) {
        const facts = this.#options.files.get(file);
        if (facts !== undefined) this.read.set(file, facts);
      }
    }
  }

  #include(facts: NginxFacts, directive: Directive, stack: readonly string[]): Node[] {
    const [word] = directive.args;
    if (word === undefined) return [];
    if (isTemplated(word.value)) {
      this.#tell(facts, directive, word.value, "which file is included is known only when the template is filled in: what it sets is unknown");
      return [];
    }
    const found = this.#find(word.value);
    if (found === undefined) {
      if (!hasMask(word.value) && !isStockFile(word.value)) {
        this.#tell(facts, directive, word.value, `${word.value} was not found in the repository: what it sets is unknown`);
      }
      return [];
    }
    if (this.#firstTime(facts, directive, "include")) this.includes.push({ origin: originOf(facts, directive.start, directive.end), ...found });
    const nodes: Node[] = [];
    for (const file of found.files) {
      if (!this.#step()) break;
      if (stack.includes(file)) {
        this.#tell(facts, directive, word.value, `${word.value} includes itself again through this line: read once`);
        continue;
      }
      if (stack.length >= maxIncludeDepth) {
        this.#tell(facts, directive, word.value, `includes nested more than ${maxIncludeDepth} deep: ${word.value} was left out`);
        continue;
      }
      const included = this.#load(file);
      if (included !== undefined) for (const node of this.file(included, stack)) nodes.push(node);
    }
    return nodes;
  }

  /** The files that an include leads to; undefined where the repository has none. */
  #find(path: string): Found | undefined {
    if (!this.#found.has(path)) this.#found.set(path, this.#search(path));
    return this.#found.get(path);
  }

  #search(path: string): Found | undefined {
    const candidates = candidatePaths(path, this.#place, this.#options.roots);
    const seen = candidates.some(({ how }) => how === "mapped") ? undefined : this.#inContainers(path);
    if (seen !== undefined) return seen;
    for (const { paths, how } of candidates) {
      const [files, ...others] = paths.map((candidate) => this.#existing(candidate)).filter((found) => found.length > 0);
      // Where several places fit, none of them is known to be meant.
      if (files !== undefined) return others.length === 0 ? { files, how } : undefined;
    }
    return undefined;
  }

  /** What all containers that have this configuration agree on. */
  #inContainers(path: string): Found | undefined {
    const found = this.#containers.map((files) => files(path)).filter((files) => files.length > 0);
    const [files] = found;
    return files === undefined || found.some((other) => other.join("\n") !== files.join("\n")) ? undefined : { files, how: "mapped" };
  }

  #existing(path: string): readonly string[] {
    if (hasMask(path)) return this.#options.list(path);
    return this.#options.files.has(path) || this.#options.lookup(path) !== undefined ? [path] : [];
  }

  #load(file: string): NginxFacts | undefined {
    const known = this.#options.files.get(file) ?? this.read.get(file);
    if (known !== undefined) return known;
    const text = this.#options.lookup(file);
    return text === undefined ? undefined : readNginx(file, text);
  }

  /** Each problem once, however often the file is included. */
  #tell(facts: NginxFacts, directive: Directive, key: string, reason: string): void {
    if (!this.#firstTime(facts, directive, key)) return;
    this.problems.push({ file: facts.file, range: originOf(facts, directive.start, directive.end).range, reason });
  }

  #firstTime(facts: NginxFacts, directive: Directive, key: string): boolean {
    const id = `${facts.file}:${directive.start}:${key}`;
    if (this.#told.has(id)) return false;
    this.#told.add(id);
    return true;
  }
}
