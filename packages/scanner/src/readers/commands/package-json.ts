import { posix } from "node:path";
import { findNodeAtLocation, parseTree, type ParseError } from "jsonc-parser";
import type { CommandFacts } from "../../facts.ts";
import { Collector } from "./collector.ts";
import { decodeJsonString } from "./json-text.ts";
import { inTree } from "./shell-builtins.ts";
import { walkShell } from "./shell-walk.ts";
import { MappedText, SourceText } from "./text.ts";

/** Larger ones are no package.json that somebody wrote; the parser recurses, so brackets are counted first. */
const maxLength = 1_000_000;
const maxDepth = 200;

/** The `scripts` of a package.json, which npm runs with a shell in the package's directory. */
export function readPackageScripts(path: string, text: string): CommandFacts {
  const source = new SourceText(path, text);
  const collector = new Collector(source);
  if (text.length > maxLength || nesting(text) > maxDepth) {
    collector.problem(0, 0, `longer than ${maxLength} characters or nested deeper than ${maxDepth}; not read`);
    return collector.facts();
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors);
  const error = errors[0];
  if (error !== undefined) collector.problem(error.offset, error.offset + error.length, "not valid JSON; scripts around it may be missing");
  const scripts = tree === undefined ? undefined : findNodeAtLocation(tree, ["scripts"]);
  const json = MappedText.verbatim(text, 0, text.length);
  const directory = inTree(posix.dirname(path));
  for (const property of scripts?.type === "object" ? (scripts.children ?? []) : []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value?.type !== "string" || typeof key.value !== "string") continue;
    const closed = text[value.offset + value.length - 1] === '"' && value.length > 1;
    const command = decodeJsonString(json, value.offset + 1, value.offset + value.length - (closed ? 1 : 0));
    walkShell(command, new Map(), directory, collector.sink({ holder: { kind: "package-script", name: key.value } }));
  }
  return collector.facts();
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
