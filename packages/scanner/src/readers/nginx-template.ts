/** Stands for a character of a placeholder in text given to the parser; no configuration has a use for it. */
export const PLACEHOLDER = "\uE000";

export interface MaskedText {
  /** As long as the original, so that every offset stays true. */
  readonly text: string;
  /** The first branch, loop or included part; undefined when there are only values to fill in. */
  readonly control: { readonly start: number; readonly end: number } | undefined;
}

const pairs = [
  { open: "{{", close: "}}" },
  { open: "{%", close: "%}" },
  { open: "{#", close: "#}" },
  { open: "<%", close: "%>" },
] as const;

/** First words of what acts and prints no value, in Go templates and Handlebars. */
const controlWords = new Set(["if", "else", "end", "range", "with", "define", "block", "template", "break", "continue", "include", "unless", "each"]);

/** Whether the text uses a template language whose marks are no nginx syntax (Jinja, ERB, Go, Mustache). */
export function hasTemplateMarks(text: string): boolean {
  return pairs.some(({ open }) => text.includes(open));
}

/**
 * Makes a template readable: values to fill in become words of placeholder characters, everything that acts
 * (branches, loops, comments, a value alone on its line, which stands for whole directives) becomes spaces.
 * All branches stay visible. An unclosed mark is left as it is.
 */
export function maskTemplate(text: string): MaskedText {
  const parts: string[] = [];
  let control: MaskedText["control"];
  let copied = 0;
  for (const mark of findMarks(text)) {
    parts.push(text.slice(copied, mark.start));
    const value = printsValue(text, mark) && !aloneOnLine(text, mark.start, mark.end);
    parts.push((value ? PLACEHOLDER : " ").repeat(mark.end - mark.start));
    if (!value && mark.open !== "{#") control ??= { start: mark.start, end: mark.end };
    copied = mark.end;
  }
  parts.push(text.slice(copied));
  return { text: parts.join(""), control };
}

interface Mark {
  readonly open: string;
  readonly start: number;
  readonly end: number;
}

function* findMarks(text: string): Generator<Mark, void, undefined> {
  const opening = /\{[{%#]|<%/g;
  const unclosed = new Set<string>();
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const open = match[0];
    const close = pairs.find((pair) => pair.open === open)?.close;
    if (close === undefined || unclosed.has(open)) continue;
    const end = text.indexOf(close, match.index + 2);
    if (end === -1) {
      unclosed.add(open);
      continue;
    }
    yield { open, start: match.index, end: end + 2 };
    opening.lastIndex = end + 2;
  }
}

function printsValue(text: string, mark: Mark): boolean {
  if (mark.open === "<%") return text[mark.start + 2] === "=";
  if (mark.open !== "{{") return false;
  const inner = text.slice(mark.start + 2, mark.end - 2).replace(/^[-~]/, "").trimStart();
  if (/^[#/^!>]/.test(inner) || inner.includes(":=")) return false;
  return !controlWords.has(/^\w*/.exec(inner)?.[0] ?? "");
}

function aloneOnLine(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (isBlank(text[before])) before -= 1;
  let after = end;
  while (isBlank(text[after])) after += 1;
  return [undefined, "\n"].includes(text[before]) && [undefined, "\n"].includes(text[after]);
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\r";
}

/**
 * Whether a word holds something that is filled in before nginx reads it, as deployments write it: `${PORT}` or
 * `$PORT` (envsubst), `{{ port }}`, `<%= port %>`, `__PORT__`, `@PORT@`, `%PORT%`, `<PORT>`, `%(port)s`. nginx knows no
 * variables in the settings that we read (a pass excepted, where one is not known before run time either).
 */
export function isTemplated(value: string): boolean {
  return /[$\uE000]|\{\{|\{%|<[A-Za-z]|%[A-Za-z(]|__[A-Za-z][A-Za-z0-9_]*__|@[A-Z]|#\{/.test(value);
}
