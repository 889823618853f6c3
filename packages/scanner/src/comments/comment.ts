/** A comment of a file. Offsets count UTF-16 code units in the file's text. */
export interface Comment {
  /** With its marks; a line comment ends before the line break. */
  readonly start: number;
  readonly end: number;
  /** What stands between the marks. */
  readonly from: number;
  readonly to: number;
  /** "block" where a closing mark ends it and not the line. */
  readonly kind: "line" | "block";
}

/** A comment from a mark of one character to the line's end, the carriage return left out. */
export function lineComment(text: string, start: number, end: number): Comment {
  const to = end > start && text[end - 1] === "\r" ? end - 1 : end;
  return { start, end: to, from: Math.min(start + 1, to), to, kind: "line" };
}
