import { parseTree, printParseErrorCode, type ParseError } from "jsonc-parser";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Range } from "@audit-backlog/model";
import { shallowEnough } from "@audit-backlog/scanner";

/** A piece of a configuration with its place. */
export type Node =
  | { readonly kind: "map"; readonly entries: readonly Entry[]; readonly range: Range }
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly range: Range }
  | { readonly kind: "scalar"; readonly value: string | number | boolean | null; readonly range: Range };

export interface Entry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: Node;
}

/** What is wrong with a configuration, and what to do about it. */
export interface Problem {
  readonly range: Range;
  readonly message: string;
}

/** The content of a configuration: undefined for an empty one. JSON is read as the YAML that it is, once it is known to be JSON. */
export function parseConfig(file: string, text: string): { readonly node?: Node; readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const rangeOf = (from: number, to: number): Range => ({ start: positionIn(lines, from), end: positionIn(lines, to) });
  const start: Range = { start: { offset: 0, line: 1, column: 1 }, end: { offset: 0, line: 1, column: 1 } };
  if (!shallowEnough(text)) return { problems: [{ range: start, message: "it is nested too deeply" }] };
  const document = parseDocument(text, { lineCounter: lines, logLevel: "error", uniqueKeys: false });
  if (file.endsWith(".json")) {
    const errors: ParseError[] = [];
    parseTree(text.replace(/^\uFEFF/, " "), errors, { disallowComments: true, allowTrailingComma: false });
    // Of one wrong character it complains twice.
    const first = errors.filter(({ offset }, at) => offset !== errors[at - 1]?.offset);
    for (const { error, offset, length } of first) problems.push({ range: rangeOf(offset, offset + length), message: `this is not JSON: ${words(printParseErrorCode(error))}` });
    if (problems.length > 0) return { problems };
  }
  for (const { pos, message } of document.errors) problems.push({ range: rangeOf(pos[0], pos[1]), message: `this is not YAML: ${lowerFirst(firstLine(message))}` });
  if (problems.length > 0) return { problems };

  const convert = (node: unknown): Node | undefined => {
    if (isAlias(node)) {
      problems.push({ range: placed(node), message: "aliases are not read here: write the value out" });
      return undefined;
    }
    if (isScalar(node)) {
      const { value } = node;
      const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
      return { kind: "scalar", value: plain, range: placed(node) };
    }
    if (isSeq(node)) return { kind: "list", items: node.items.flatMap((item) => convert(item) ?? []), range: placed(node) };
    if (!isMap(node)) return undefined;
    const lineOf = new Map<string, number>();
    const entries = node.items.flatMap(({ key, value }): Entry[] => {
      const keyNode = convert(key);
      if (keyNode === undefined) return [];
      if (keyNode.kind !== "scalar") {
        problems.push({ range: keyNode.range, message: "a key must be a plain word" });
        return [];
      }
      const name = String(keyNode.value);
      const before = lineOf.get(name);
      if (before !== undefined) problems.push({ range: keyNode.range, message: `${JSON.stringify(name)} stands twice: line ${before} has it, too` });
      else lineOf.set(name, keyNode.range.start.line);
      // `key:` without a value has no node in some places.
      const content = value === null ? { kind: "scalar" as const, value: null, range: keyNode.range } : convert(value);
      return content === undefined ? [] : [{ key: name, keyRange: keyNode.range, value: content }];
    });
    return { kind: "map", entries, range: placed(node) };
  };
  const placed = (node: { readonly range?: readonly [number, number, number] | null | undefined }): Range => rangeOf(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
  const node = document.contents === null ? undefined : convert(document.contents);
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return { problems };
  return { node, problems };
}

function positionIn(lines: LineCounter, offset: number): Range["start"] {
  const { line, col } = lines.linePos(offset);
  return { offset, line: Math.max(1, line), column: Math.max(1, col) };
}

function firstLine(message: string): string {
  if (message.startsWith("Source contains multiple documents")) return "it holds several documents";
  return (message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}

/** "CommaExpected" → "comma expected". */
function words(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
