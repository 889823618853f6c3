import { BRACE_OPEN, HASH, PERCENT } from "./chars.ts";

/** A placeholder of a template language that will be replaced before nginx reads the file. */
export interface Placeholder {
  readonly end: number;
  /** `{{ value }}`, `{% statement %}`, `{# comment #}` (Jinja and its kin; Go and Handlebars know the first). */
  readonly kind: "value" | "statement" | "comment";
}

/**
 * Returns a function that finds the placeholder starting at an offset. It remembers what it has searched, so that many
 * openings without an end take linear time as long as the offsets asked for rise, or fall back a little.
 */
export function createPlaceholderFinder(text: string): (start: number) => Placeholder | undefined {
  const next = { value: createFinder(text, "}}"), statement: createFinder(text, "%}"), comment: createFinder(text, "#}") };
  const nextLine = createFinder(text, "\n");
  return (start) => {
    if (text.charCodeAt(start) !== BRACE_OPEN) return undefined;
    const kind = kindOf(text.charCodeAt(start + 1));
    if (kind === undefined) return undefined;
    const close = next[kind](start + 2);
    // A comment may be long. A value that does not end on its line is more likely no placeholder at all.
    if (close < 0 || (kind !== "comment" && within(nextLine(start), close))) return undefined;
    return { end: close + 2, kind };
  };
}

/** Whether the file may hold placeholders: two of the openings are what nginx refuses in nearly every place. */
export function maybeTemplate(text: string): boolean {
  return /\{[{%#]/.test(text);
}

function kindOf(code: number): Placeholder["kind"] | undefined {
  if (code === BRACE_OPEN) return "value";
  if (code === PERCENT) return "statement";
  return code === HASH ? "comment" : undefined;
}

function within(offset: number, end: number): boolean {
  return offset >= 0 && offset < end;
}

/** indexOf that remembers its last answer, and on a step back searches only what lies before it. */
function createFinder(text: string, wanted: string): (from: number) => number {
  let searchedFrom = 0;
  let found: number | undefined;
  return (from) => {
    if (found !== undefined && (found < 0 || found >= from)) {
      if (from >= searchedFrom) return found;
      const before = text.slice(from, searchedFrom + wanted.length - 1).indexOf(wanted);
      if (before >= 0) found = from + before;
    } else {
      found = text.indexOf(wanted, from);
    }
    searchedFrom = from;
    return found;
  };
}
