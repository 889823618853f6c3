import { posix } from "node:path";
import type { NginxFacts } from "../readers/nginx.ts";
import type { Node } from "./nginx-include.ts";
import { passKind } from "./nginx-pass.ts";
import type { Unit } from "./nginx-unit.ts";

interface Fragment {
  readonly facts: NginxFacts;
  readonly nodes: readonly Node[];
}

/** Directories that the usual main configurations include as a whole, and which of their files. */
const wholeDirectories: readonly { readonly name: RegExp; readonly file: RegExp }[] = [
  { name: /^(?:conf|http|stream|streams-enabled|vhosts?)\.d$/, file: /\.conf$/ },
  { name: /^(?:sites|streams)-enabled$/, file: /^[^.]/ },
];

/**
 * Which files that no main configuration reaches belong to one nginx. The files of a directory such as conf.d do: one mask
 * includes them all, so that their addresses are merged. Unless two of them define the same upstream: nginx would not
 * start, so they are alternatives. Elsewhere (dev.conf beside prod.conf) each file stands for itself, and only
 * borrows an upstream that it passes to and that exactly one file beside it defines.
 */
export function fragmentUnits(fragments: readonly Fragment[]): Unit[] {
  const byDirectory = new Map<string, Fragment[]>();
  for (const fragment of fragments) {
    const directory = posix.dirname(fragment.facts.file);
    const known = byDirectory.get(directory);
    if (known === undefined) byDirectory.set(directory, [fragment]);
    else known.push(fragment);
  }
  return [...byDirectory].flatMap(([directory, siblings]) => {
    const definitions = upstreamDefinitions(siblings);
    const joined = [...definitions.values()].some((nodes) => nodes.length > 1) ? [] : siblings.filter(({ facts }) => includedAsWhole(facts.file));
    const [only] = joined;
    const alone = siblings.filter((fragment) => joined.length < 2 || !joined.includes(fragment));
    const units: Unit[] = alone.map((fragment) => ({ id: fragment.facts.file, fragment: true, roots: [fragment], borrowed: borrow([fragment], definitions) }));
    if (only !== undefined && joined.length > 1) units.push({ id: `${directory}/`, fragment: true, roots: joined, borrowed: borrow(joined, definitions) });
    return units;
  });
}

function includedAsWhole(file: string): boolean {
  const directory = posix.basename(posix.dirname(file));
  return wholeDirectories.some(({ name, file: fileName }) => name.test(directory) && fileName.test(posix.basename(file)));
}

/** Upstream blocks by lower-case name: on top of a file, or in a block of the main context. */
function upstreamDefinitions(fragments: readonly Fragment[]): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  for (const { nodes } of fragments) {
    for (const node of nodes) {
      const [name] = node.args;
      if (node.name !== "upstream" || name === undefined) continue;
      const key = name.value.toLowerCase();
      const known = found.get(key);
      if (known === undefined) found.set(key, [node]);
      else known.push(node);
    }
  }
  return found;
}

function borrow(fragments: readonly Fragment[], definitions: ReadonlyMap<string, readonly Node[]>): Node[] {
  const own = upstreamDefinitions(fragments);
  const borrowed = new Map<string, Node>();
  for (const name of passedNames(fragments.flatMap(({ nodes }) => nodes))) {
    const [definition, ...others] = definitions.get(name) ?? [];
    if (definition !== undefined && others.length === 0 && !own.has(name)) borrowed.set(name, definition);
  }
  return [...borrowed.values()];
}

/** What passes name where an upstream could stand, in lower case. */
function passedNames(nodes: readonly Node[]): Set<string> {
  const names = new Set<string>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const child of node.children ?? []) waiting.push(child);
    if (passKind(node.name, "http") === undefined) continue;
    const target = /^(?:[a-z]+:\/\/)?([^/:$?]+)/i.exec(node.args[0]?.value ?? "")?.[1];
    if (target !== undefined) names.add(target.toLowerCase());
  }
  return names;
}
