/** nginx reads a file through a buffer of this many bytes, and a word must fit in it (nginx: src/core/ngx_conf_file.c NGX_CONF_BUFFER). */
const bufferBytes = 4096;

/**
 * Whether nginx's buffer overflows. Offsets count UTF-16 code units; lengths count the bytes of UTF-8.
 * @param start where nginx's `start` stands: the word's first character, without its quote, or the `#` of a comment
 * @param moved where the next character is read that sets `start` anew; the text's length where there is none
 */
export function overflowsBuffer(text: string, start: number, moved: number): boolean {
  // No character takes more than three bytes a code unit.
  if ((moved - start) * 3 < bufferBytes) return false;
  const bytes = countBytes(text, start, moved, bufferBytes + 1);
  // At the end of the file there is nothing left to read, so a full buffer is no failure.
  return moved < text.length ? bytes >= bufferBytes : bytes > bufferBytes;
}

/** As much of the text from `start` on as fits in `limit` bytes, in whole characters. */
export function firstBytes(text: string, start: number, limit: number): string {
  let end = start;
  let bytes = 0;
  for (const character of text.slice(start, start + limit)) {
    bytes += countBytes(character, 0, character.length, limit);
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(start, end);
}

/** Bytes of UTF-8 in `[start, end)`; counting stops once they reach `enough`. A lone surrogate counts 3, as U+FFFD. */
function countBytes(text: string, start: number, end: number, enough: number): number {
  let bytes = 0;
  for (let at = start; at < end && bytes < enough; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (isPair(text, at, end)) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return bytes;
}

function isPair(text: string, at: number, end: number): boolean {
  const low = at + 1 < end ? text.charCodeAt(at + 1) : 0;
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00;
}
