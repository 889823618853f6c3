import { posix } from "node:path";
import { isMap, isNode, isScalar, isSeq, type YAMLMap } from "yaml";
import type { FileOrigin, Sourced } from "@audit-backlog/model";
import type { Lookup } from "../facts.ts";
import { inTree } from "./commands/shell-builtins.ts";
import { joinPieces } from "./commands/pieces.ts";
import type { MappedText } from "./commands/text.ts";
import { readEnvFile } from "./compose-env-file.ts";
import { ComposeYaml } from "./compose-yaml.ts";

/** `extends` of `extends` of …; nobody writes more. */
const maxExtends = 20;
const maxServices = 2_000;
/** A longer value of `.env` is no number, address or path; and it may be named a thousand times. */
const maxVariable = 1_000;

/** A value in one of the files that make up a service. */
export interface Valued {
  readonly yaml: ComposeYaml;
  readonly node: unknown;
}

/** An entry of a mapping that may also be written as a list of `NAME=value`. */
export interface Entry {
  readonly yaml: ComposeYaml;
  readonly name: MappedText;
  /** Undefined for a name alone: the machine's own value is passed on. */
  readonly value: MappedText | undefined;
}

interface Layer {
  readonly yaml: ComposeYaml;
  readonly map: YAMLMap;
}

/**
 * A service as the files of its project make it: what it extends, then each file in order. A later layer's scalar wins,
 * mappings are merged by key, lists are joined; command, entrypoint and a health check's test are replaced.
 * Source: compose-spec 13-merge.md, 05-services.md extends; compose-go override/merge.go.
 */
export class LayeredService {
  readonly name: string;
  /** The key of the service, where it was first written. */
  readonly origin: FileOrigin;
  readonly #layers: readonly Layer[];

  constructor(name: string, origin: FileOrigin, layers: readonly Layer[]) {
    this.name = name;
    this.origin = origin;
    this.#layers = layers;
  }

  get files(): readonly string[] {
    return [...new Set(this.#layers.map(({ yaml }) => yaml.source.path))];
  }

  /** What each layer says at a path, lowest first, from the last `!override` or `!reset` on. */
  values(...path: readonly string[]): readonly Valued[] {
    let found: Valued[] = [];
    for (const { yaml, map } of this.#layers) {
      let node: unknown = map;
      let tag: string | undefined;
      for (const key of path) {
        const inner = yaml.resolve(node);
        node = isMap(inner) ? yaml.entry(inner, key) : undefined;
        tag = isNode(node) ? (node.tag ?? tag) : tag;
      }
      if (tag === "!reset" || tag === "!override") found = [];
      const known = yaml.resolve(node);
      if (known === undefined || known === null || tag === "!reset" || (isScalar(known) && known.value === null)) continue;
      found.push({ yaml, node: known });
    }
    return found;
  }

  /** The value in force where a later layer replaces an earlier one. */
  last(...path: readonly string[]): Valued | undefined {
    return this.values(...path).at(-1);
  }

  /** The scalar in force. */
  sourced(...path: readonly string[]): Sourced<string> | undefined {
    const found = this.last(...path);
    return found?.yaml.sourced(found.node);
  }

  /** Its text where that is known; a default counts. */
  known(...path: readonly string[]): string | undefined {
    const found = this.last(...path);
    return found?.yaml.known(found.node);
  }

  /** Items of a list, those of all layers; a scalar counts as a list of one. */
  items(...path: readonly string[]): readonly Valued[] {
    return this.values(...path).flatMap(({ yaml, node }) => (isSeq(node) ? node.items.map((item) => ({ yaml, node: yaml.resolve(item) })) : isScalar(node) ? [{ yaml, node }] : []));
  }

  /** Pairs of a map of anything, later layers over earlier ones by key. */
  pairs(...path: readonly string[]): ReadonlyMap<string, Valued> {
    const found = new Map<string, Valued>();
    for (const { yaml, node } of this.values(...path)) {
      if (isMap(node)) for (const { key, value } of yaml.items(node)) if (isScalar(key)) found.set(String(key.value), { yaml, node: yaml.resolve(value) });
      if (isSeq(node)) for (const item of node.items) found.set(yaml.known(item) ?? "", { yaml, node: undefined });
    }
    return found;
  }

  /** Entries of a mapping of scalars in either form. */
  entries(...path: readonly string[]): ReadonlyMap<string, Entry> {
    const found = new Map<string, Entry>();
    for (const { yaml, node } of this.values(...path)) for (const entry of entriesOf(yaml, node)) found.set(entry.name.text, entry);
    return found;
  }
}

function entriesOf(yaml: ComposeYaml, node: unknown): readonly Entry[] {
  if (isSeq(node)) {
    return node.items.flatMap((item): Entry[] => {
      const text = yaml.scalar(item);
      if (text === undefined) return [];
      const equals = text.text.indexOf("=");
      if (equals === -1) return [{ yaml, name: text, value: undefined }];
      return [{ yaml, name: text.slice(0, equals), value: text.slice(equals + 1, text.text.length) }];
    });
  }
  if (!isMap(node)) return [];
  return yaml.items(node).flatMap(({ key, value }) => {
    const name = yaml.scalar(key);
    if (name === undefined) return [];
    const inner = yaml.resolve(value);
    const empty = inner === undefined || inner === null || (isScalar(inner) && inner.value === null);
    return [{ yaml, name, value: empty ? undefined : yaml.scalar(inner) }];
  });
}

/** Reads each file of a set of projects once. */
export class ComposeFiles {
  readonly #lookup: Lookup;
  readonly #known = new Map<string, ComposeYaml | undefined>();
  readonly #variables = new Map<string, ReadonlyMap<string, string>>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  get(path: string): ComposeYaml | undefined {
    if (!this.#known.has(path)) {
      const text = this.#lookup(path);
      this.#known.set(path, text === undefined ? undefined : new ComposeYaml(path, text, this.#variablesBeside(path)));
    }
    return this.#known.get(path);
  }

  /** Compose reads `.env` in the project's directory by itself (docs.docker.com/compose/how-tos/environment-variables/variable-interpolation). */
  #variablesBeside(path: string): ReadonlyMap<string, string> {
    const file = posix.join(posix.dirname(path), ".env");
    const known = this.#variables.get(file);
    if (known !== undefined) return known;
    const read = new Map(
      readEnvFile(file, this.#lookup(file) ?? "").flatMap(([name, { pieces }]) => {
        const value = joinPieces(pieces);
        return value.kind === "exact" && value.value.length <= maxVariable ? [[name, value.value] as const] : [];
      }),
    );
    this.#variables.set(file, read);
    return read;
  }

  get all(): readonly ComposeYaml[] {
    return [...this.#known.values()].filter((yaml) => yaml !== undefined);
  }
}

/** The services of a project: those of its files, each over those before it. */
export function layeredServices(files: ComposeFiles, paths: readonly string[]): readonly LayeredService[] {
  const layers = new Map<string, { origin: FileOrigin; layers: Layer[] }>();
  for (const path of paths) {
    const yaml = files.get(path);
    const services = yaml?.section("services");
    if (yaml === undefined || services === undefined) continue;
    const items = yaml.items(services);
    if (items.length > maxServices) yaml.problem(0, 0, `more than ${maxServices} services; only the first were read`);
    for (const { key, value } of items.slice(0, maxServices)) {
      const map = yaml.resolve(value);
      if (!isScalar(key) || !isMap(map)) continue;
      const name = String(key.value);
      const own = extended(files, { yaml, map }, name, new Set());
      const known = layers.get(name);
      if (known === undefined) layers.set(name, { origin: yaml.origin(key), layers: own });
      else known.layers.push(...own);
    }
  }
  return [...layers].map(([name, { origin, layers: own }]) => new LayeredService(name, origin, own));
}

/** A service's own layer behind those that it extends. */
function extended(files: ComposeFiles, layer: Layer, name: string, seen: Set<string>): Layer[] {
  const { yaml, map } = layer;
  const node = yaml.resolve(yaml.entry(map, "extends"));
  const own = `${yaml.source.path}#${name}`;
  if (node === undefined || node === null) return [layer];
  if (seen.has(own) || seen.size >= maxExtends) {
    const { start, end } = yaml.origin(node).range;
    yaml.problem(start.offset, end.offset, seen.has(own) ? `${name} extends itself: Compose refuses that` : `more than ${maxExtends} services that extend each other; the rest was left out`);
    return [layer];
  }
  seen.add(own);
  const service = isMap(node) ? yaml.known(yaml.entry(node, "service")) : yaml.known(node);
  const file = isMap(node) ? yaml.known(yaml.entry(node, "file")) : undefined;
  const path = file === undefined ? yaml.source.path : inTree(posix.join(posix.dirname(yaml.source.path), file));
  const other = path === undefined ? undefined : files.get(path);
  const services = other?.section("services");
  const base = other === undefined || services === undefined || service === undefined ? undefined : other.resolve(other.entry(services, service));
  if (other === undefined || service === undefined || !isMap(base)) {
    const { start, end } = yaml.origin(node).range;
    yaml.problem(start.offset, end.offset, `extends ${service ?? "a service"}${file === undefined ? "" : ` of ${file}`}, which was not found: what it brings in is unknown`);
    return [layer];
  }
  return [...extended(files, { yaml: other, map: base }, service, seen), layer];
}
