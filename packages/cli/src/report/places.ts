import type { FileOrigin, Origin } from "@audit-backlog/model";
import type { Shown } from "./shown.ts";
import { safe } from "./text.ts";

/** Shows files the way a shell in the current directory would name them. */
export type ShowFile = (file: string) => string;

/** `gunicorn.conf.py:3`, `default of gunicorn`, `--somaxconn`. */
export function place(origin: Origin, show: ShowFile): string {
  switch (origin.kind) {
    case "file":
      return `${safe(show(origin.file))}:${origin.range.start.line}`;
    case "default":
      return `default of ${origin.of}`;
    case "option":
      return safe(origin.flag);
    case "host":
      return safe(origin.path);
  }
}

/** With the column, as editors open it: `gunicorn.conf.py:3:11`. */
export function exactPlace(origin: FileOrigin, { show, textOf }: Pick<Shown, "show" | "textOf">): string {
  return `${place(origin, show)}:${regionOf(origin, textOf).column}`;
}

/** Lines and columns from 1, columns in UTF-16 code units; the end is not part of it. */
export interface Region {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A range as editors and viewers count: a BOM, which the offsets of a text count, takes no column. */
export function regionOf({ file, range: { start, end } }: FileOrigin, textOf: Shown["textOf"]): Region {
  const bom = start.line === 1 && textOf(file)?.startsWith("\uFEFF") === true ? 1 : 0;
  return {
    line: start.line,
    column: Math.max(1, start.column - bom),
    endLine: end.line,
    endColumn: Math.max(1, end.column - (end.line === 1 ? bom : 0)),
  };
}

/**
 * Findings name files as the audited tree does, in words such as "backlog 64 (gunicorn.conf.py:3)"; this gives each such
 * place to `replace` instead, and the words between them, safe for a terminal, as they are.
 */
export function sayWithPlaces(text: string, files: ReadonlySet<string>, replace: (file: string, line: number) => string): string {
  // Word by word: one expression over all of the text would try every start in a long word.
  return safe(text).replaceAll(/[^\s()]+/g, (word) => word.replace(/^([^]+):(\d+)/, (whole, file: string, line: string) => (files.has(file) ? replace(file, Number(line)) : whole)));
}

/** The words of findings with files named as the reader's shell sees them. */
export function sayerOf({ report, show }: Pick<Shown, "report" | "show">): (text: string) => string {
  const files = filesRead(report);
  return (text) => sayWithPlaces(text, files, (file, line) => `${safe(show(file))}:${line}`);
}

export function filesRead({ deployment }: Shown["report"]): ReadonlySet<string> {
  return new Set(Object.values(deployment.coverage.read).flat());
}
