import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import type { FileProblem, Range } from "@audit-backlog/model";
import type { Data, Scalar } from "./data.ts";
import type { DataFile } from "./javascript-module.ts";

/** A bound against documents that nest without end. */
const maxDepth = 80;

/** A YAML document as data with exact places. Never throws. */
export function readYamlData(path: string, text: string): DataFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, keepSourceTokens: false, logLevel: "silent" });
    const data = new YamlReader(text, document, lines).read(document.contents, 0);
    const [error] = document.errors;
    if (error === undefined) return data === undefined ? { problems: [] } : { data, problems: [] };
    const { line, col } = lines.linePos(error.pos[0]);
    const position = { offset: error.pos[0], line, column: col };
    const problem: FileProblem = { file: path, range: { start: position, end: position }, reason: `YAML syntax: ${firstLine(error.message)}; the file was not read` };
    return { problems: [problem] };
  } catch (error) {
    return { problems: [{ file: path, reason: `YAML syntax: ${error instanceof RangeError ? "nested too deeply" : firstLine(String(error))}; the file was not read` }] };
  }
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}

class YamlReader {
  readonly #text: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** Each node once, however many aliases lead to it; undefined while it is being read, for one may lead back into it. */
  readonly #known = new Map<unknown, Data | undefined>();

  constructor(text: string, document: Document, lines: LineCounter) {
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
  }

  read(node: unknown, depth: number): Data | undefined {
    if (depth > maxDepth) return undefined;
    if (this.#known.has(node)) return this.#known.get(node);
    this.#known.set(node, undefined);
    const data = isAlias(node) ? this.read(node.resolve(this.#document), depth + 1) : this.#content(node, depth);
    this.#known.set(node, data);
    return data;
  }

  #content(node: unknown, depth: number): Data | undefined {
    if (isScalar(node)) {
      const range = this.#range(node.range);
      return { kind: "scalar", value: { kind: "exact", value: scalarOf(node.value) }, range, text: this.#text.slice(range.start.offset, range.end.offset), via: [] };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, depth + 1)).filter((item) => item !== undefined);
      return { kind: "array", items, open: items.length < node.items.length, range: this.#range(node.range) };
    }
    if (!isMap(node)) return undefined;
    const entries = new Map<string, Data>();
    const merged = new Map<string, Data>();
    for (const item of node.items) {
      if (!isPair(item)) continue;
      const key = isScalar(item.key) ? String(item.key.value) : undefined;
      const value = this.read(item.value, depth + 1);
      if (key === undefined || value === undefined) continue;
      if (key !== "<<") entries.set(key, value);
      else for (const source of value.kind === "array" ? value.items : [value]) if (source.kind === "object") for (const [name, data] of source.entries) if (!merged.has(name)) merged.set(name, data);
    }
    return { kind: "object", entries: new Map([...merged, ...entries]), open: false, range: this.#range(node.range) };
  }

  #range(range: readonly [number, number, number] | null | undefined): Range {
    const [start, end] = range ?? [0, 0];
    const position = (offset: number): Range["start"] => {
      const { line, col } = this.#lines.linePos(offset);
      return { offset, line, column: col };
    };
    return { start: position(start), end: position(end) };
  }
}

function scalarOf(value: unknown): Scalar {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : typeof value === "bigint" ? Number(value) : null;
}
