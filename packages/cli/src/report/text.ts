import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

/**
 * Text from an audited file, fit for a terminal: escape sequences, other control characters and characters that
 * reorder a line are shown, not obeyed.
 */
export function safe(text: string): string {
  // The first test is for speed: nearly all text passes it.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu, (char) => {
    if (char === "\t") return "\t";
    return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** ASCII and the characters that reports are made of: each takes one column. */
export const ONE_COLUMN = /^[\x20-\x7e±µ·×μ–—…←-↓−≈≤≥⌈-⌋─-╿●]*$/;

/** Columns that a text takes in a terminal. Tabs must have been expanded. */
export function width(text: string): number {
  const plain = stripVTControlCharacters(text);
  // Measuring any text takes as long to set up as a small audit takes.
  return ONE_COLUMN.test(plain) ? plain.length : stringWidth(plain);
}

const TAB = 4;

/** Replaces each tab by the spaces up to the next multiple of four columns. */
export function expandTabs(text: string): string {
  let result = "";
  for (const [index, part] of text.split("\t").entries()) {
    if (index > 0) result += " ".repeat(TAB - (width(result) % TAB));
    result += part;
  }
  return result;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/** The first lines, and one that says how many more there are: one setting of a large mesh has thousands of reasons. */
export function firstLines(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more (--format json has all)`];
}

/** Breaks text into lines of at most `columns` at its spaces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * Lines of a report as the log of a GitHub job may show them: there a line that begins with `::`, and `##[` anywhere, are
 * commands to the runner, and words of an audited file may come to stand so.
 * Source: actions/runner: src/Runner.Common/ActionCommand.cs TryParseV2, TryParse.
 */
export function inert(line: string): string {
  return line.replace(/^(\s*)::/, String.raw`$1\u{3a}:`).replaceAll("##[", String.raw`#\u{23}[`);
}

/** JSON that is the same data, with nothing in it that a terminal or a runner obeys or that reorders a line. */
export function jsonText(data: unknown): string {
  const text = JSON.stringify(data, null, 2);
  return `${text.replaceAll(/[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).replaceAll("##[", String.raw`#\u0023[`)}\n`;
}
