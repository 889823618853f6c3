import type { Comment } from "./comment.ts";

const opening = /\{#|<%#|\{\{/g;

/** Comments of template languages: `{# Jinja #}`, `<%# ERB %>`, `{{! Mustache }}`, `{{!-- Handlebars --}}`, and Go's with slash and star. */
export function templateComments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  const unclosed = new Set<string>();
  opening.lastIndex = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = match.index;
    // `${#name}` is the shell's.
    const marks = match[0] === "{#" && text[start - 1] === "$" ? undefined : marksAt(text, start, match[0]);
    if (marks === undefined || unclosed.has(marks.close)) continue;
    const to = text.indexOf(marks.close, marks.from);
    if (to === -1) {
      unclosed.add(marks.close);
      continue;
    }
    const end = marks.close === "*/" ? closed(text, to + 2) : to + marks.close.length;
    found.push({ start, end, from: marks.from, to, kind: "block" });
    opening.lastIndex = end;
  }
  return found;
}

/** The same text with those comments blanked, line ends kept: every offset stays true. */
export function withoutComments(text: string, comments: readonly Comment[]): string {
  if (comments.length === 0) return text;
  const parts: string[] = [];
  let copied = 0;
  for (const { start, end } of comments) {
    parts.push(text.slice(copied, start), text.slice(start, end).replace(/[^\r\n]/g, " "));
    copied = end;
  }
  parts.push(text.slice(copied));
  return parts.join("");
}

function marksAt(text: string, start: number, open: string): { readonly from: number; readonly close: string } | undefined {
  if (open === "{#") return { from: start + 2, close: "#}" };
  if (open === "<%#") return { from: start + 3, close: "%>" };
  let at = start + 2;
  while (" \t-~".includes(text[at] ?? "x")) at += 1;
  if (text.startsWith("/*", at)) return { from: at + 2, close: "*/" };
  if (text.startsWith("!--", at)) return { from: at + 3, close: "--}}" };
  return text[at] === "!" ? { from: at + 1, close: "}}" } : undefined;
}

/** Behind the braces that follow a Go comment. */
function closed(text: string, from: number): number {
  let at = from;
  while (" \t-".includes(text[at] ?? "x")) at += 1;
  return text.startsWith("}}", at) ? at + 2 : from;
}
