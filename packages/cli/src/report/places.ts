import type { FileOrigin, Origin } from "@audit-backlog/model";
import { safe } from "./text.ts";

/** Shows files the way a shell in the current directory would name them. */
export type ShowFile = (file: string) => string;

/** `gunicorn.conf.py:3`, `default of gunicorn`, `--somaxconn`. */
export function place(origin: Origin, show: ShowFile): string {
  switch (origin.kind) {
    case "file":
      return `${show(safe(origin.file))}:${origin.range.start.line}`;
    case "default":
      return `default of ${origin.of}`;
    case "option":
      return origin.flag;
    case "host":
      return origin.path;
  }
}

/** With the column, as editors open it: `gunicorn.conf.py:3:11`. */
export function exactPlace(origin: FileOrigin, show: ShowFile): string {
  return `${place(origin, show)}:${origin.range.start.column}`;
}
