import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_OPEN,
  DOUBLE_QUOTE,
  EQUALS,
  HYPHEN,
  LF,
  SINGLE_QUOTE,
} from "./chars.ts";

/** Where a block of Lua ends: at its `}`, or at the text's end with what is missing, in lua-nginx-module's words. */
export interface LuaEnd {
  readonly end: number;
  readonly problem?: string;
}

/** Whether the directive's block holds Lua (lua-nginx-module: `content_by_lua_block`, `init_by_lua_block` and the like). */
export function holdsLua(name: string): boolean {
  return name.endsWith("_by_lua_block");
}

/**
 * Finds the `}` that closes the block whose inside starts at `start`. Braces inside of strings, long brackets and comments
 * don't count. A quote that isn't closed on its line is no string (lua-nginx-module: util/gen-lexer-c holds the patterns).
 */
export function findLuaEnd(text: string, start: number): LuaEnd {
  let depth = 1;
  let at = start;
  // Up to where no string opened by this quote closes any more: without it, `"\"\"…` would take quadratic time.
  const openUntil = new Map<number, number>();
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BRACE_OPEN) {
      depth++;
      at++;
    } else if (code === BRACE_CLOSE) {
      depth--;
      if (depth === 0) return { end: at };
      at++;
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      if (at >= (openUntil.get(code) ?? 0)) {
        const { end, closed } = scanString(text, at);
        if (closed) {
          at = end;
          continue;
        }
        openUntil.set(code, end);
      }
      at++;
    } else if (code === BRACKET_OPEN || (code === HYPHEN && text.charCodeAt(at + 1) === HYPHEN)) {
      const bracket = code === HYPHEN ? at + 2 : at;
      const closing = closingBracket(text, bracket);
      if (closing === undefined) {
        at = code === HYPHEN ? lineEnd(text, at) : at + 1;
        continue;
      }
      const found = text.indexOf(closing, bracket + closing.length);
      if (found < 0) {
        const problem = `Lua code block missing the closing long bracket "${closing}", the inlined Lua code may be too long`;
        return { end: text.length, problem };
      }
      at = found + closing.length;
    } else at++;
  }
  return { end: text.length, problem: "unexpected end of file, expecting terminating characters for lua code block" };
}

/** Where the string that opens at `start` ends: after its closing quote, or unclosed at the end of its line. */
function scanString(text: string, start: number): { readonly end: number; readonly closed: boolean } {
  const quote = text.charCodeAt(start);
  let at = start + 1;
  for (; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code === quote) return { end: at + 1, closed: true };
    if (code === BACKSLASH) code = text.charCodeAt(++at);
    if (code === LF) break;
  }
  return { end: at, closed: false };
}

/** `]==]` for the `[==[` that starts at `start`; undefined where none does. */
function closingBracket(text: string, start: number): string | undefined {
  if (text.charCodeAt(start) !== BRACKET_OPEN) return undefined;
  let at = start + 1;
  while (text.charCodeAt(at) === EQUALS) at++;
  return text.charCodeAt(at) === BRACKET_OPEN ? `]${"=".repeat(at - start - 1)}]` : undefined;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}
