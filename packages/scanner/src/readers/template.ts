/** Stands for a character of a value to fill in; no configuration has a use for it. */
export const templateMark = "\uE000";

/**
 * What becomes of a value that stands alone on its line, and of what acts: `marks` keep the value, for it may be a
 * word of the command around it; `blank` takes it for whole statements; `yaml` makes it a comment, which is text again
 * inside a block scalar. `yaml-lines` is the same without the lines of which a branch holds a part: `{% if a %}- b{% endif %}`
 * would stand in another column than its neighbours.
 */
export type TemplateStyle = "marks" | "blank" | "yaml" | "yaml-lines";

export interface TemplatePlace {
  /** `value` prints something, `action` decides what is printed, `comment` does nothing. */
  readonly kind: "value" | "action" | "comment";
  readonly start: number;
  readonly end: number;
  /** Nothing but places of the template on its lines. */
  readonly alone: boolean;
}

export interface MaskedTemplate {
  /** As long as the original, so that every offset stays true. */
  readonly text: string;
  readonly places: readonly TemplatePlace[];
}

const closing: Readonly<Record<string, string>> = { "{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>" };

/** First words of what acts and prints nothing itself, in Go templates and Handlebars. */
const controlWords: ReadonlySet<string> = new Set(["if", "else", "end", "range", "with", "define", "block", "break", "continue", "unless", "each"]);

/** Whether the text has marks of a template language: Jinja, ERB, Go, Mustache. */
export function hasTemplateMarks(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#") || text.includes("<%");
}

/** Whether a file is one that somebody fills in, by its name. */
export function isTemplateName(path: string): boolean {
  return /\.(?:j2|jinja2?|erb|epp|tpl|tmpl|template|ctmpl|gotmpl|mustache|hbs|ejs|sigil)$/i.test(path);
}

/**
 * Covers what a template language fills in, so that the rest can be parsed and every offset stays true: values become
 * marks of the same length, everything that acts becomes blank, and all branches stay visible. An unclosed mark is
 * left as it is. `sameLine`: a mark closes on the line where it opens, as in a script that may be no template at all.
 */
export function maskTemplate(text: string, style: TemplateStyle, sameLine = false): MaskedTemplate {
  if (!hasTemplateMarks(text)) return { text, places: [] };
  const found = withLoneLines(text, [...findPlaces(text, sameLine)]);
  const places = style === "yaml" ? joined(text, found) : style === "yaml-lines" ? withoutLines(text, joined(text, found)) : found;
  const parts: string[] = [];
  let copied = 0;
  for (const place of places) {
    parts.push(text.slice(copied, place.start), cover(text, place, style === "yaml-lines" ? "yaml" : style));
    copied = place.end;
  }
  parts.push(text.slice(copied));
  return { text: parts.join(""), places };
}

function* findPlaces(text: string, sameLine: boolean): Generator<TemplatePlace, void, undefined> {
  const opening = /(\$?)(\{[{%#]|<%)/g;
  const next = new Map<string, number>();
  /** Looked up again only once passed, which keeps long lines linear. */
  const find = (what: string, from: number): number => {
    const known = next.get(what);
    if (known !== undefined && known >= from) return known;
    const at = text.indexOf(what, from);
    next.set(what, at === -1 ? Infinity : at);
    return at === -1 ? Infinity : at;
  };
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [, dollar = "", open = ""] = match;
    // `${#name}` and `${%…}` are the shell's.
    if (dollar !== "" && (open === "{#" || (open === "{%" && sameLine))) continue;
    const start = match.index + dollar.length;
    const isComment = open === "{{" && /^\{\{-?\s{0,20}\/\*/.test(text.slice(start, start + 30));
    const at = find(closing[open] ?? "", isComment ? find("*/", start + 2) : start + 2);
    if (at === Infinity || (sameLine && at >= find("\n", start))) continue;
    const end = at + 2;
    yield { kind: kindOf(text, open, start, end), start, end, alone: false };
    opening.lastIndex = end;
  }
}

function kindOf(text: string, open: string, start: number, end: number): TemplatePlace["kind"] {
  if (open === "{#") return "comment";
  if (open === "<%") return text[start + 2] === "=" ? "value" : text[start + 2] === "#" ? "comment" : "action";
  if (open !== "{{") return "action";
  const inner = text.slice(start + 2, Math.min(end - 2, start + 200)).replace(/^[-~]/, "").trimStart();
  if (inner.startsWith("/*") || inner.startsWith("!")) return "comment";
  if (/^[#/^>]/.test(inner) || /^\$\w*(?:\s*,\s*\$\w+)?\s*:?=[^=]/.test(inner)) return "action";
  return controlWords.has(/^\w*/.exec(inner)?.[0] ?? "") ? "action" : "value";
}

/** Marks the places whose lines hold places and blanks only. */
function withLoneLines(text: string, places: readonly TemplatePlace[]): readonly TemplatePlace[] {
  const alone = places.map(() => false);
  for (let first = 0; first < places.length; ) {
    let last = first;
    while (last + 1 < places.length && isBlank(text, places[last]?.end ?? 0, places[last + 1]?.start ?? 0)) last += 1;
    if (startsLine(text, places[first]?.start ?? 0) && endsLine(text, places[last]?.end ?? 0)) alone.fill(true, first, last + 1);
    first = last + 1;
  }
  return places.map((place, i) => ({ ...place, alone: alone[i] === true }));
}

const opens = /^(?:if|range|with|block|define|for)\b/;
const definition = /^define\b/;
const closes = /^end(?:if|for)?\b/;
/** What prints lines of its own, wherever it stands. */
const printsLines = /\bnindent\b/;

/**
 * Places of a template for YAML: what `define` only keeps for later is a comment, branches within a line are one value, and
 * what ends a line with whole lines of its own stands alone.
 */
function joined(text: string, places: readonly TemplatePlace[]): readonly TemplatePlace[] {
  const result: TemplatePlace[] = [];
  const ends = endsOf(text, places);
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i];
    if (place === undefined) break;
    const word = place.kind === "action" ? firstWord(text, place) : "";
    const inLine = place.kind === "action" && !place.alone && opens.test(word) && !startsLine(text, place.start) && !endsKey(text, place.start);
    const last = definition.test(word) || inLine ? ends.get(i) : undefined;
    const end = last === undefined ? undefined : places[last]?.end;
    if (last !== undefined && end !== undefined && definition.test(word)) {
      result.push({ kind: "comment", start: place.start, end, alone: true });
      i = last;
    } else if (last !== undefined && end !== undefined && !text.slice(place.start, end).includes("\n")) {
      result.push({ kind: "value", start: place.start, end, alone: false });
      i = last;
    } else if (place.kind === "value" && !place.alone && endsLine(text, place.end) && printsLines.test(text.slice(place.start, place.end))) result.push({ ...place, alone: true });
    else result.push(place);
  }
  return result;
}

/** Places that act at the start of a line with more behind them, taken for the whole line. */
function withoutLines(text: string, places: readonly TemplatePlace[]): readonly TemplatePlace[] {
  const result: TemplatePlace[] = [];
  for (const place of places) {
    const last = result.at(-1);
    if (last !== undefined && place.start < last.end) {
      if (place.end > last.end) result[result.length - 1] = { ...last, end: endOfLine(text, place.end) };
    } else if (place.kind === "action" && !place.alone && startsLine(text, place.start)) result.push({ kind: "comment", start: place.start, end: endOfLine(text, place.end), alone: true });
    else result.push(place);
  }
  return result;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}

function firstWord(text: string, { start, end }: TemplatePlace): string {
  return text.slice(start + 2, Math.min(end, start + 40)).replace(/^[-~\s]+/, "");
}

/** By the index of each branch, loop or definition, that of the place that ends it. */
function endsOf(text: string, places: readonly TemplatePlace[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (const [i, place] of places.entries()) {
    if (place.kind !== "action") continue;
    const word = firstWord(text, place);
    if (opens.test(word)) open.push(i);
    else if (closes.test(word)) {
      const first = open.pop();
      if (first !== undefined) found.set(first, i);
    }
  }
  return found;
}

function startsLine(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= 0 && isBlank(text, at, at + 1)) at -= 1;
  return at < 0 || text[at] === "\n";
}

/** `key:{% if a %} value{% endif %}`: the blank that ends a key comes from the branch. */
function endsKey(text: string, start: number): boolean {
  return text[start - 1] === ":" && /(?:^|\n)[ \t]*(?:- +)?[\w.-]{1,100}:$/.test(text.slice(Math.max(0, start - 120), start));
}

function endsLine(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && isBlank(text, at, at + 1)) at += 1;
  return at === text.length || text[at] === "\n";
}

/** Blanks, and no end of a line. */
function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (text[at] !== " " && text[at] !== "\t" && text[at] !== "\r") return false;
  return true;
}

function cover(text: string, { kind, start, end, alone }: TemplatePlace, style: TemplateStyle): string {
  const length = end - start;
  const before = start === 0 ? "\n" : text[start - 1];
  const first = before === "\n";
  if (kind === "value" && (!alone || style === "marks" || (style === "yaml" && !/\s/.test(before ?? "\n")))) return templateMark.repeat(length);
  if (kind === "value" && style === "yaml" && !first) return `#${templateMark.repeat(length - 1)}`;
  // The lines around go on where the one before ends in a backslash.
  if (alone && style !== "blank" && /\\[ \t\r]*\n[ \t]*$/.test(text.slice(Math.max(0, start - 100), start))) return `${" ".repeat(length - 1)}\\`;
  return alone && style === "yaml" ? blankLines(text, start, length) : " ".repeat(length);
}

/** A block scalar of YAML must not begin with lines of more blanks than its own have: the place's column is as many as are sure. */
function blankLines(text: string, start: number, length: number): string {
  let column = 0;
  while (column < 100 && isBlank(text, start - column - 1, start - column)) column += 1;
  const line = `\n${" ".repeat(Math.max(column, 2))}`;
  return line.repeat(Math.ceil(length / line.length)).slice(0, length);
}
