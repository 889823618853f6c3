import { BACKSLASH } from "./chars.ts";

/** Which characters a backslash may stand before, and what the two then mean (nginx: src/core/ngx_conf_file.c ngx_conf_read_token). */
const escapes: Readonly<Record<string, string>> = { '"': '"', "'": "'", "\\": "\\", t: "\t", r: "\r", n: "\n" };

/** What nginx hands on for the word's text in `[start, end)`. A backslash before any other character stays. */
export function unescape(text: string, start: number, end: number): string {
  let value = "";
  let copied = start;
  for (let at = start; at < end - 1; at++) {
    if (text.charCodeAt(at) !== BACKSLASH) continue;
    const meant = escapes[text.charAt(at + 1)];
    if (meant === undefined) continue;
    value += text.slice(copied, at) + meant;
    at++;
    copied = at + 1;
  }
  return value + text.slice(copied, end);
}
