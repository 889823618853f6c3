/** A place in a text. `offset` counts UTF-16 code units from 0; `line` and `column` (code units too) count from 1. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads the text's lines once and returns a function that tells an offset's place. As in nginx only a line feed ends a
 * line: the carriage return before it is the line's last column. Offsets outside of the text are taken to its nearest end.
 */
export function createLocator(text: string): (offset: number) => Position {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (asked) => {
    const offset = Math.min(Math.max(asked, 0), text.length);
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return { offset, line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
}
