import { lookUpExport, type Exported, type Imported, type Literal, type Receiver, type Resolved } from "@audit-backlog/listen-calls";
import type { FileOrigin, Origin, Value } from "@audit-backlog/model";
import type { Lookup } from "../facts.ts";
import { fileOrigin, memberOf, sourcedOf } from "../readers/data.ts";
import { readJsonData } from "../readers/javascript-module.ts";
import { rangeOf } from "../readers/javascript-parse.ts";
import { readJavaScript, type ArgumentFact, type JavaScriptFacts } from "../readers/javascript.ts";
import { configValue, type NodeConfigFile } from "../readers/node-config.ts";
import { dirname, type ModuleResolver } from "./node-modules.ts";

/** An argument after following it into other files. */
export interface Settled {
  readonly value: Value<Literal>;
  readonly origin: Origin;
  readonly via: readonly Origin[];
  readonly text: string;
}

/** Constants handed from module to module more often than this go in a circle. */
const maxImports = 12;

/** Modules asked for one name. */
const maxReexports = 200;

/** Files parsed for the sake of others: a bound against endless repositories. */
const maxParsed = 400;

/** The modules of a repository, parsed where they are needed. */
export class ModuleGraph {
  readonly #files = new Map<string, JavaScriptFacts | undefined>();
  readonly #lookup: Lookup;
  readonly #resolver: ModuleResolver;
  readonly #configs: readonly NodeConfigFile[];
  #parsed = 0;

  constructor(files: ReadonlyMap<string, JavaScriptFacts>, lookup: Lookup, resolver: ModuleResolver, configs: readonly NodeConfigFile[]) {
    for (const [path, facts] of files) this.#files.set(path, facts);
    this.#lookup = lookup;
    this.#resolver = resolver;
    this.#configs = configs;
  }

  facts(path: string): JavaScriptFacts | undefined {
    if (this.#files.has(path)) return this.#files.get(path);
    const text = this.#parsed < maxParsed ? this.#lookup(path) : undefined;
    if (text !== undefined) this.#parsed += 1;
    const facts = text === undefined ? undefined : readJavaScript(path, text);
    this.#files.set(path, facts);
    return facts;
  }

  /** The facts of a file with its imported servers known: read once more where it listens on something imported from here. */
  withReceivers(facts: JavaScriptFacts): JavaScriptFacts {
    const packageOf = (module: string): string | undefined => this.#resolver.packageAt(facts.file, module);
    const wanted = facts.calls.some(({ receiver }) => receiver.kind === "unknown" && receiver.imported !== undefined && (packageOf(receiver.imported.module) !== undefined || this.#receiver(facts.file, receiver.imported) !== undefined));
    const text = wanted ? this.#lookup(facts.file) : undefined;
    return text === undefined ? facts : readJavaScript(facts.file, text, (imported) => this.#receiver(facts.file, imported), packageOf);
  }

  #receiver(from: string, imported: Imported): Receiver | undefined {
    for (const { exported } of this.#exported(from, imported, new Set())) if (exported.kind === "server") return exported;
    return undefined;
  }

  /** What an argument of a file comes to. */
  settle(file: string, argument: ArgumentFact): Settled {
    const place = fileOrigin(file, argument.range);
    const via = argument.via.map((range) => fileOrigin(file, range));
    const known = argument.configKey === undefined ? undefined : this.#config(file, argument.configKey, [place, ...via]);
    if (known !== undefined) return known;
    const settled = this.#settle(file, argument.value, { origin: place, via, text: argument.text }, 0);
    // Of a value that nobody knows, a whole object says no more than the name of it.
    return settled.value.kind === "dynamic" && settled.text.includes("\n") ? { ...settled, text: argument.text } : settled;
  }

  #settle(file: string, value: Resolved<Literal>["value"], place: { origin: FileOrigin; via: readonly Origin[]; text: string }, depth: number): Settled {
    if (value.kind !== "imported") return { ...place, value };
    const outward = [place.origin, ...place.via];
    const found = this.#imported(file, value, outward, depth);
    if (found === undefined) return { ...place, value: value.fallback?.variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable: value.fallback.variable } };
    return value.fallback === undefined ? found : { ...found, value: assumedOf(found.value, value.fallback.variable) };
  }

  #imported(from: string, imported: Imported, outward: readonly Origin[], depth: number): Settled | undefined {
    if (imported.module === "config" && (imported.name === "default" || imported.name === "*") && imported.called !== true) return this.#config(from, imported.path, outward);
    const json = this.#json(from, imported, outward);
    if (json !== undefined) return json;
    if (depth > maxImports) return undefined;
    for (const { file, exported } of this.#exported(from, imported, new Set())) {
      if (exported.kind !== "value") continue;
      const { value, node, via, text } = exported.resolved;
      const place = { origin: fileOrigin(file, rangeOf(node)), via: [...via.map((one) => fileOrigin(file, rangeOf(one))), ...outward], text };
      return this.#settle(file, value, place, depth + 1);
    }
    return undefined;
  }

  /** What an import leads to, through re-exports. `seen` keeps those in a circle from being followed again. */
  #exported(from: string, imported: Imported, seen: Set<string>): readonly { file: string; exported: Exported }[] {
    const target = this.#resolver.resolve(from, imported.module);
    if (target === undefined || target.endsWith(".json")) return [];
    const key = JSON.stringify([target, imported.name, imported.path, imported.called]);
    if (seen.has(key) || seen.size > maxReexports) return [];
    seen.add(key);
    const exports = this.facts(target)?.exports;
    if (exports === undefined) return [];
    return lookUpExport(exports, imported).flatMap((exported) => {
      const next = exported.kind === "value" && exported.resolved.value.kind === "imported" ? exported.resolved.value : undefined;
      const further = next === undefined ? [] : this.#exported(target, next, seen);
      return further.length > 0 ? further : [{ file: target, exported }];
    });
  }

  #json(from: string, { module, name, path, called }: Imported, outward: readonly Origin[]): Settled | undefined {
    const target = module.endsWith(".json") || module.startsWith(".") ? this.#resolver.resolve(from, module) : undefined;
    if (target?.endsWith(".json") !== true || called === true) return undefined;
    const text = this.#lookup(target);
    if (text === undefined) return undefined;
    const data = memberOf(readJsonData(target, text).data, name === "default" || name === "*" ? path : [name, ...path]);
    return data?.kind === "scalar" ? { ...sourcedOf(target, data), text: data.text, via: outward } : undefined;
  }

  /** The package "config" reads the directory of that name where the process starts: the nearest one above the file. */
  #config(file: string, key: readonly string[], outward: readonly Origin[]): Settled | undefined {
    const directories = new Set(this.#configs.map(({ directory }) => directory));
    let at = dirname(file);
    for (;;) {
      const directory = at === "" ? "config" : `${at}/config`;
      if (directories.has(directory)) {
        const found = configValue(this.#configs.filter((one) => one.directory === directory), key);
        return found === undefined ? undefined : { ...found, text: found.text ?? "", via: [...(found.via ?? []), ...outward] };
      }
      if (at === "") return undefined;
      at = dirname(at);
    }
  }
}

function assumedOf(value: Value<Literal>, variable: string | undefined): Value<Literal> {
  return value.kind === "exact" ? { kind: "assumed", value: value.value, ...(variable === undefined ? {} : { variable }) } : value;
}
