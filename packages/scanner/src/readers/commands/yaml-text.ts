import { Scalar } from "yaml";
import { MapBuilder, MappedText } from "./text.ts";

/** YAML 1.2, 5.7 Escaped Characters. */
const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * A scalar's value with the place of each of its characters. Where the places can't be made out, the whole scalar
 * stands for each; the value is always the parser's own.
 */
export function scalarText(scalar: Scalar, text: string): MappedText | undefined {
  const { range } = scalar;
  if (range === null || range === undefined) return undefined;
  const [start, end] = range;
  const value = typeof scalar.value === "string" ? scalar.value : (scalar.source ?? text.slice(start, end));
  const lines = contentLines(scalar.type ?? Scalar.PLAIN, text, start, end);
  return align(value, lines, start) ?? wholeScalar(value, start, end);
}

function wholeScalar(value: string, start: number, end: number): MappedText {
  const builder = new MapBuilder(start);
  if (value.length === end - start && value.length > 0) {
    // Equal lengths would read as verbatim: the last character takes what is left.
    builder.add(value.slice(0, 1), start, start + 1);
    builder.add(value.slice(1), start, end);
  } else builder.add(value, start, end);
  return builder.build();
}

/** What each source line adds to the value, escapes decoded; the line breaks between are the alignment's matter. */
function contentLines(type: string, text: string, start: number, end: number): MappedText[] {
  if (type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED) return blockLines(text, start, end);
  const quoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  const [from, to] = quoted ? [start + 1, Math.max(start + 1, text[end - 1] === text[start] ? end - 1 : end)] : [start, end];
  const lines: MappedText[] = [];
  for (const [lineStart, lineEnd] of linesOf(text, from, to)) {
    let [low, high] = [lineStart, lineEnd];
    if (lineStart > from) while (low < high && isBlank(text[low])) low += 1;
    if (lineEnd < to) while (high > low && isBlank(text[high - 1]) && !isEscaped(text, low, high - 1, type)) high -= 1;
    if (type === Scalar.QUOTE_DOUBLE) lines.push(decodeDouble(text, low, high));
    else if (type === Scalar.QUOTE_SINGLE) lines.push(decodeSingle(text, low, high));
    else lines.push(MappedText.verbatim(text, low, high));
  }
  return lines;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}

function isEscaped(text: string, low: number, at: number, type: string): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= low && text[at - 1 - backslashes] === "\\") backslashes += 1;
  return type === Scalar.QUOTE_DOUBLE && backslashes % 2 === 1;
}

function linesOf(text: string, from: number, to: number): [number, number][] {
  const lines: [number, number][] = [];
  for (let start = from; start <= to; ) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 || newline >= to ? to : newline;
    lines.push([start, next < to && next > start && text[next - 1] === "\r" ? next - 1 : next]);
    start = next + 1;
  }
  return lines;
}

function blockLines(text: string, start: number, end: number): MappedText[] {
  const [header, ...lines] = linesOf(text, start, end);
  const explicit = header === undefined ? undefined : /^[|>][+-]?([1-9])/.exec(text.slice(...header))?.[1];
  const filled = lines.filter(([from, to]) => text.slice(from, to).trim() !== "");
  const first = filled[0];
  if (first === undefined) return [];
  // An explicit indent counts from the parent's, which the scalar does not know: the least indented line has it at the latest.
  const indents = explicit === undefined ? [indentOf(text, first)] : filled.map((line) => indentOf(text, line));
  const indent = indents.reduce((least, own) => Math.min(least, own));
  return filled.map(([from, to]) => MappedText.verbatim(text, Math.min(to, from + indent), to));
}

function indentOf(text: string, [from, to]: [number, number]): number {
  let at = from;
  while (at < to && text[at] === " ") at += 1;
  return at - from;
}

function decodeSingle(text: string, from: number, to: number): MappedText {
  const builder = new MapBuilder(from);
  let at = from;
  for (let quote = text.indexOf("''", at); quote !== -1 && quote < to; quote = text.indexOf("''", at)) {
    builder.append(MappedText.verbatim(text, at, quote));
    builder.add("'", quote, quote + 2);
    at = quote + 2;
  }
  builder.append(MappedText.verbatim(text, at, to));
  return builder.build();
}

function decodeDouble(text: string, from: number, to: number): MappedText {
  const builder = new MapBuilder(from);
  let at = from;
  for (let escape = text.indexOf("\\", at); escape !== -1 && escape < to; escape = text.indexOf("\\", at)) {
    builder.append(MappedText.verbatim(text, at, escape));
    const kind = escape + 1 < to ? (text[escape + 1] ?? "") : "";
    const length = codeLengths[kind] ?? 0;
    const end = Math.min(to, escape + 2 + length);
    const code = Number.parseInt(text.slice(escape + 2, end), 16);
    const char = length === 0 ? (escapes[kind] ?? kind) : code <= 0x10ffff ? String.fromCodePoint(code) : "";
    builder.add(char, escape, end);
    at = end;
  }
  builder.append(MappedText.verbatim(text, Math.min(at, to), to));
  return builder.build();
}

/** Lays the lines along the value; between them, the value holds what line breaks were folded to. */
function align(value: string, lines: readonly MappedText[], place: number): MappedText | undefined {
  const builder = new MapBuilder(place);
  let at = 0;
  let end = place;
  for (const line of lines) {
    if (line.text === "") continue;
    let folded = at;
    while (!value.startsWith(line.text, folded) && (value[folded] === "\n" || value[folded] === " ")) folded += 1;
    if (!value.startsWith(line.text, folded)) return undefined;
    addFolded(builder, value.slice(at, folded), end, line.start(0));
    builder.append(line);
    at = folded + line.text.length;
    end = line.end(line.text.length);
  }
  const rest = value.slice(at);
  if (/[^\n ]/.test(rest)) return undefined;
  addFolded(builder, rest, end, end);
  return builder.build();
}

function addFolded(builder: MapBuilder, folded: string, start: number, end: number): void {
  for (const char of folded) builder.add(char, start, Math.max(start, end));
}
