import { MapBuilder, MappedText } from "./text.ts";

/** A setting, or a section's beginning where `name` is absent. */
export interface IniEntry {
  readonly section: string;
  readonly name?: string;
  readonly value?: MappedText;
}

/**
 * Sections and settings as Python's configparser reads them with inline comments behind `;` and `#`, which is how
 * supervisord sets it up. Lines indented deeper than their setting continue it. Python: Lib/configparser.py
 * RawConfigParser._read; supervisor: options.py UnhosedConfigParser.
 */
export function iniEntries(text: string): IniEntry[] {
  const entries: IniEntry[] = [];
  let section = "";
  let indent = 0;
  let name: string | undefined;
  let parts: [number, number][] = [];
  const finish = (): void => {
    if (name !== undefined) entries.push({ section, name, value: joined(text, parts) });
    name = undefined;
    parts = [];
  };
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline;
    const from = skipBlanks(text, start, next);
    const to = trimEnd(text, from, commentStart(text, start, next));
    if (to > from) {
      const depth = from - start;
      if (name !== undefined && depth > indent) parts.push([from, to]);
      else {
        finish();
        indent = depth;
        const header = text[from] === "[" ? /^\[(.+)\]/.exec(text.slice(from, Math.min(to, from + 1000)))?.[1] : undefined;
        const delimiter = firstDelimiter(text, from, to);
        if (header !== undefined) {
          section = header;
          entries.push({ section });
        } else if (delimiter !== -1) {
          name = text.slice(from, delimiter).trimEnd().toLowerCase();
          parts = [[skipBlanks(text, delimiter + 1, to), to]];
        }
      }
    }
    start = next + 1;
  }
  finish();
  return entries;
}

function joined(text: string, parts: readonly [number, number][]): MappedText {
  const builder = new MapBuilder(parts[0]?.[0] ?? 0);
  let end = -1;
  for (const [from, to] of parts) {
    if (end !== -1) builder.add("\n", end, from);
    builder.append(MappedText.verbatim(text, from, to));
    end = to;
  }
  return builder.build();
}

/** Where a comment begins in a line: `;` or `#` at its start or behind a blank; else the line's end. */
function commentStart(text: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    if ((text[at] === ";" || text[at] === "#") && (at === start || isBlank(text[at - 1]))) return at;
  }
  return end;
}

function firstDelimiter(text: string, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (text[at] === "=" || text[at] === ":") return at;
  return -1;
}

function skipBlanks(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text[at])) at += 1;
  return at;
}

function trimEnd(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(text[at - 1])) at -= 1;
  return at;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\f" || char === "\v";
}
