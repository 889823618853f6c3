/** The characters that the tokenizer looks at. All are ASCII, so UTF-16 code units stand for nginx's bytes. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const DOLLAR = 0x24;
export const PERCENT = 0x25;
export const SINGLE_QUOTE = 0x27;
export const PAREN_CLOSE = 0x29;
export const HYPHEN = 0x2d;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BRACKET_OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;
export const BOM = 0xfeff;

/** The four characters that part words (nginx: src/core/ngx_conf_file.c ngx_conf_read_token). */
export function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || code === LF || code === CR;
}
