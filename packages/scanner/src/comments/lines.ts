import { lineComment, type Comment } from "./comment.ts";

/** Comments that take whole lines, behind blanks: systemd units, sysctl.conf (`marks` "#;"). */
export function commentLines(text: string, marks: string): readonly Comment[] {
  const found: Comment[] = [];
  for (const [start, end] of linesOf(text)) {
    const at = firstInLine(text, start, end);
    if (at < end && marks.includes(text[at] ?? "")) found.push(lineComment(text, at, end));
  }
  return found;
}

/** Comments as supervisord has them: `;` or `#` at a line's start or behind a blank. supervisor: options.py UnhosedConfigParser. */
export function iniComments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  for (const [start, end] of linesOf(text)) {
    for (let at = start; at < end; at += 1) {
      const mark = text[at];
      if ((mark !== ";" && mark !== "#") || !(at === start || isBlank(text[at - 1]))) continue;
      found.push(lineComment(text, at, end));
      break;
    }
  }
  return found;
}

/** Each line without its line feed. A byte order mark belongs to no line. */
export function* linesOf(text: string): Generator<readonly [start: number, end: number]> {
  for (let start = text.startsWith("\uFEFF") ? 1 : 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    yield [start, end];
    start = end + 1;
  }
}

export function firstInLine(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text[at])) at += 1;
  return at;
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\f" || char === "\v";
}
