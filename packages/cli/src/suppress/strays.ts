import type { Comment, CommentSyntax } from "@audit-backlog/scanner";

/** Why what looks like a comment is none, in formats where people take it for one. Elsewhere it is a string on purpose. */
const because: Readonly<Partial<Record<CommentSyntax, string>>> = {
  dockerfile: "in a Dockerfile a comment has a line of its own",
  systemd: "in a unit file a comment has a line of its own",
  yaml: "it stands inside a value",
  json: "JSON has none; the configuration file can ignore rules",
};

export interface Stray {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Wishes that stand in no comment of the file. `comments` in order. */
export function strays(text: string, comments: readonly Comment[], syntax: CommentSyntax): readonly Stray[] {
  const why = because[syntax];
  if (why === undefined) return [];
  const found: Stray[] = [];
  let next = 0;
  for (const match of text.matchAll(/audit-backlog:[ \t]{0,9}ignore(?:-\w{1,9})?\[/g)) {
    const start = match.index;
    while ((comments[next]?.end ?? Infinity) <= start) next += 1;
    if ((comments[next]?.start ?? Infinity) > start) found.push({ start, end: start + match[0].length, text: `it is no comment, for ${why}` });
  }
  return found;
}
