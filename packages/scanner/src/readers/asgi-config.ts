import type { Sourced } from "@audit-backlog/model";
import { SourceText } from "./commands/text.ts";

/** What a configuration file of hypercorn sets, as texts; of a list, each item. */
export type AsgiConfig = ReadonlyMap<string, readonly Sourced<string>[]>;

const maxLength = 200_000;
const wanted: ReadonlySet<string> = new Set(["backlog", "workers", "bind", "insecure_bind", "certfile", "keep_alive_timeout"]);

/**
 * Plain settings at the top of a TOML file: numbers, texts and lists of texts on one line. Others are left out: they are none
 * of those that we ask for, or nobody writes them so. hypercorn: hypercorn/config.py Config.from_toml; toml.io.
 */
export function readHypercornToml(path: string, text: string): AsgiConfig {
  const found = new Map<string, readonly Sourced<string>[]>();
  if (text.length > maxLength) return found;
  const source = new SourceText(path, text);
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    // A table's keys are not settings of the top.
    if (/^[ \t]*\[/.test(line)) break;
    const match = /^([ \t]*)([A-Za-z_]\w*)([ \t]*=[ \t]*)/.exec(line);
    const name = match?.[2];
    if (match !== null && name !== undefined && wanted.has(name)) {
      const from = start + match[0].length;
      found.set(name, itemsOf(text.slice(from, end)).map(({ value, at, length }) => ({ value: { kind: "exact", value }, origin: source.origin(from + at, from + at + length), text: text.slice(from + at, from + at + length) })));
    }
    start = end + 1;
  }
  return found;
}

interface Item {
  readonly value: string;
  readonly at: number;
  readonly length: number;
}

/** A number, a text, or the texts of a list that ends on its line. */
function itemsOf(rest: string): readonly Item[] {
  const number = /^[+-]?\d[\d_]{0,15}(?=[ \t\r]*(?:#|$))/.exec(rest)?.[0];
  if (number !== undefined) return [{ value: number.replaceAll("_", ""), at: 0, length: number.length }];
  return [...rest.replace(/(?<=^[^"']*)#.*$/, "").matchAll(/"([^"\\]*)"|'([^']*)'/g)].map(({ 0: all, 1: double, 2: single, index }) => ({ value: double ?? single ?? "", at: index, length: all.length }));
}
