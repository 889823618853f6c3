import type { Range } from "@audit-backlog/model";
import { expandTabs, safe, width } from "./text.ts";

/** A line of source longer than this is cut around the span. */
const MAX_COLUMNS = 110;

export interface Frame {
  /** The source line as it is shown. */
  readonly source: string;
  /** Columns before the span, and of the span, in the shown line. */
  readonly indent: number;
  readonly span: number;
}

/** The line of a span, ready to print, and where the span stands in it. A span over several lines ends with its first. */
export function frame(text: string, range: Range): Frame | undefined {
  const line = sourceLine(text, range.start.offset);
  if (line === undefined) return undefined;
  const from = range.start.offset - line.start;
  const to = Math.max(from + 1, Math.min(range.end.offset - line.start, line.text.length));
  const leading = /^\s*/.exec(line.text)?.[0].length ?? 0;
  // Common indentation says nothing here.
  const start = Math.min(leading, from);
  let before = expandTabs(safe(line.text.slice(start, from)));
  let marked = expandTabs(safe(line.text.slice(from, to)));
  let after = expandTabs(safe(line.text.slice(to)).trimEnd());
  if (width(before) > MAX_COLUMNS / 2) before = `…${before.slice(-MAX_COLUMNS / 2)}`;
  if (width(marked) > MAX_COLUMNS) marked = `${marked.slice(0, MAX_COLUMNS)}…`;
  const room = Math.max(0, MAX_COLUMNS - width(before) - width(marked));
  if (width(after) > room) after = `${after.slice(0, room)}…`;
  return { source: before + marked + after, indent: width(before), span: Math.max(1, width(marked)) };
}

function sourceLine(text: string, offset: number): { readonly text: string; readonly start: number } | undefined {
  if (offset > text.length) return undefined;
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end === -1 ? text.length : end).replace(/\r$/, "");
  // A BOM takes no column.
  return start === 0 && line.startsWith("\uFEFF") ? { text: line.slice(1), start: 1 } : { text: line, start };
}
