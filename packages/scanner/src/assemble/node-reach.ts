import type { Lookup } from "../facts.ts";
import type { JavaScriptFacts } from "../readers/javascript.ts";
import { join, dirname, type ModuleResolver } from "./node-modules.ts";

/** Files that one program may consist of, and all programs together, as far as we look. */
const maxOfOne = 1500;
const maxOfAll = 6000;

/** Module names in a text that was not parsed: of imports, re-exports and require(). */
const imported = /(?:\bfrom|\bimport|\brequire\s{0,8}\(|\bimport\s{0,8}\()\s{0,8}["'`]([^"'`\n]{1,200})["'`]/g;

/** Which files a program consists of: its entry and what that imports, inside the repository. */
export class Reach {
  readonly #files: ReadonlyMap<string, JavaScriptFacts>;
  readonly #lookup: Lookup;
  readonly #resolver: ModuleResolver;
  readonly #imports = new Map<string, readonly string[]>();

  constructor(files: ReadonlyMap<string, JavaScriptFacts>, lookup: Lookup, resolver: ModuleResolver) {
    this.#files = files;
    this.#lookup = lookup;
    this.#resolver = resolver;
  }

  /** The entry first, then by distance. Bounded: of a program without end, the nearest files. */
  from(entry: string): readonly string[] {
    const found = new Set([entry]);
    for (const file of found) {
      for (const next of this.#importsOf(file)) {
        if (found.size >= maxOfOne) return [...found];
        found.add(next);
      }
    }
    return [...found];
  }

  #importsOf(file: string): readonly string[] {
    const known = this.#imports.get(file);
    if (known !== undefined) return known;
    const names = this.#imports.size >= maxOfAll ? [] : this.#moduleNames(file);
    const found = [...new Set(names)].map((name) => this.#resolver.resolve(file, name)).filter((path) => path !== undefined && !path.endsWith(".json"));
    const facts = this.#files.get(file);
    const exec = facts?.cluster?.exec;
    const worker = exec === undefined ? undefined : this.#resolver.file(join(dirname(file), exec.replace(/^\0dirname\/*/, "")));
    const all = [...found, worker].filter((path) => path !== undefined);
    this.#imports.set(file, all);
    return all;
  }

  #moduleNames(file: string): readonly string[] {
    const facts = this.#files.get(file);
    if (facts !== undefined && facts.imports.length > 0) return facts.imports;
    const text = this.#lookup(file);
    return text === undefined ? [] : moduleNames(text);
  }
}

/**
 * The module names in a text that is not worth parsing, types left out. Samples in comments and templates don't count: an odd
 * number of backquotes before it means a template.
 */
export function moduleNames(text: string): readonly string[] {
  const names: string[] = [];
  let at = 0;
  let inTemplate = false;
  for (const match of text.matchAll(imported)) {
    for (let quote = text.indexOf("`", at); quote !== -1 && quote < match.index; quote = text.indexOf("`", quote + 1)) {
      if (text[quote - 1] !== "\\") inTemplate = !inTemplate;
    }
    at = match.index + match[0].length;
    const before = text.slice(Math.max(0, match.index - maxClause), match.index);
    if (!inTemplate && !comment.test(before.slice(before.lastIndexOf("\n") + 1)) && !(match[0].startsWith("from") && types.test(before))) names.push(match[1] ?? "");
  }
  return names;
}

/** Longer lists between `import` and `from` are nobody's. */
const maxClause = 1000;
const comment = /^\s*(?:\*|\/\/|\/\*)/;
/** An `import type` or `export type` that is still open. */
const types = /\b(?:import|export)\s+type\b\s*(?:\{[^{}]*\}|\*[^{};"'`]*|[\w$]+)\s*$/;
