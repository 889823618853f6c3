import { BACKSLASH, BRACE_OPEN, DOLLAR, isSpace, LF, SEMICOLON } from "./chars.ts";
import type { Placeholder } from "./template.ts";

/** Finds the template placeholder that starts at an offset, where such are looked for. */
export type FindPlaceholder = (start: number) => Placeholder | undefined;

/**
 * Where the word without quotes ends that starts at `start`: before a space, a `;` or a `{` that no `$` stands before.
 * A backslash takes the next character along (nginx: src/core/ngx_conf_file.c ngx_conf_read_token).
 */
export function bareWordEnd(text: string, start: number, findPlaceholder: FindPlaceholder | undefined): number {
  let variable = false;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BRACE_OPEN) {
      const placeholder = findPlaceholder?.(at);
      if (placeholder !== undefined) {
        at = placeholder.end;
        continue;
      }
      if (!variable) break;
      at++;
      continue;
    }
    variable = code === DOLLAR;
    if (code === SEMICOLON || isSpace(code)) break;
    at += code === BACKSLASH ? 2 : 1;
  }
  return Math.min(at, text.length);
}

export interface QuotedWord {
  /** After the closing quote, or the text's end. */
  readonly end: number;
  readonly closed: boolean;
  /** The `;` that ends the word's first line, where the word goes on after it: the quote was probably never closed. */
  readonly suspect?: number;
}

/** Scans the word that opens with the quote at `start`. */
export function scanQuotedWord(text: string, start: number, findPlaceholder: FindPlaceholder | undefined): QuotedWord {
  const quote = text.charCodeAt(start);
  let firstLine = true;
  let lastSemicolon: number | undefined;
  let suspect: number | undefined;
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return { end: at + 1, closed: true, ...(suspect !== undefined && { suspect }) };
    if (firstLine) {
      if (code === LF) {
        firstLine = false;
        suspect = lastSemicolon;
      } else if (!isSpace(code)) lastSemicolon = code === SEMICOLON ? at : undefined;
    }
    const placeholder = code === BRACE_OPEN ? findPlaceholder?.(at) : undefined;
    if (placeholder !== undefined) at = placeholder.end;
    else at += code === BACKSLASH ? 2 : 1;
  }
  return { end: text.length, closed: false, ...(suspect !== undefined && { suspect }) };
}
