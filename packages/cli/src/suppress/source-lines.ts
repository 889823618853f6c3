import type { Position } from "@audit-backlog/model";
import type { Comment, CommentSyntax } from "@audit-backlog/scanner";

/** A text by its lines, numbered from 1. */
export class SourceLines {
  readonly text: string;
  readonly #starts: readonly number[];

  /** JavaScript ends lines at U+2028, U+2029 and a lone carriage return as well. ECMA-262, LineTerminator. */
  constructor(text: string, syntax: CommentSyntax) {
    this.text = text;
    const ends = syntax === "javascript" || syntax === "json5" ? /\r\n?|[\n\u2028\u2029]/g : /\n/g;
    const starts = [0];
    for (const match of text.matchAll(ends)) starts.push(match.index + match[0].length);
    this.#starts = starts;
  }

  get count(): number {
    return this.#starts.length;
  }

  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  position(offset: number): Position {
    const line = this.lineAt(offset);
    return { offset, line, column: offset - (this.#starts[line - 1] ?? 0) + 1 };
  }

  /** For each line, whether it holds anything but comments and blanks. Index 0 is unused. */
  withCode(comments: readonly Comment[]): readonly boolean[] {
    const lines = new Array<boolean>(this.count + 2).fill(false);
    let at = 0;
    const mark = (end: number): void => {
      const visible = /[^\s\uFEFF]\S*/g;
      const stretch = this.text.slice(at, end);
      for (const match of stretch.matchAll(visible)) lines[this.lineAt(at + match.index)] = true;
    };
    for (const { start, end } of comments) {
      if (start > at) mark(start);
      at = Math.max(at, end);
    }
    mark(this.text.length);
    return lines;
  }
}
