import { lineComment, type Comment } from "./comment.ts";
import { firstInLine, linesOf } from "./lines.ts";

/** What `#` may follow to begin a comment. POSIX.1-2024 XCU 2.3, rules 8 to 10. */
const beforeComment = " \t\r\n;&|()`";

/** What the shell is inside of: "(" a subshell or substitution, "{" a parameter expansion. */
type Inside = "(" | "{" | '"' | "`";

interface Heredoc {
  readonly delimiter: string;
  readonly stripsTabs: boolean;
}

/**
 * Comments of a shell text between two offsets. Quotes, expansions and here-documents hold none. Takes time linear
 * in the length; a text that no shell would take is read as far as it goes.
 */
export function shellComments(text: string, from = text.startsWith("\uFEFF") ? 1 : 0, to = text.length): readonly Comment[] {
  const found: Comment[] = [];
  const inside: Inside[] = [];
  let heredocs: Heredoc[] = [];
  for (let at = from; at < to; ) {
    const char = text[at] ?? "";
    const where = inside.at(-1);
    if (char === "\\") at += 2;
    else if (where === '"') at = inDoubleQuotes(text, at, char, inside);
    else if (char === "'") at = endOfSingle(text, at, to);
    else if (char === '"') at = push(inside, '"', at);
    else if (char === "$" && (text[at + 1] === "(" || text[at + 1] === "{")) at = push(inside, text[at + 1] === "(" ? "(" : "{", at + 1);
    else if (where === "{") {
      if (char === "}") inside.pop();
      at += 1;
    } else if (char === "#" && (at === from || beforeComment.includes(text[at - 1] ?? ""))) {
      const newline = text.indexOf("\n", at);
      const end = newline === -1 || newline > to ? to : newline;
      found.push(lineComment(text, at, end));
      at = end;
    } else if (char === "\n" && heredocs.length > 0) {
      at = behindHeredocs(text, at + 1, to, heredocs);
      heredocs = [];
    } else if (char === "<" && text[at + 1] === "<") {
      const heredoc = text[at + 2] === "<" ? undefined : heredocAt(text, at + 2, to);
      if (heredoc !== undefined) heredocs.push(heredoc);
      at += text[at + 2] === "<" ? 3 : 2;
    } else {
      if (char === "(") inside.push("(");
      else if (char === ")" && where === "(") inside.pop();
      else if (char === "`") {
        if (where === "`") inside.pop();
        else inside.push("`");
      }
      at += 1;
    }
  }
  return found;
}

/** A Procfile's own comment lines, and those of the commands in its lines. */
export function procfileComments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  for (const [start, end] of linesOf(text)) {
    const first = firstInLine(text, start, end);
    const colon = text.indexOf(":", first);
    if (text[first] === "#") found.push(lineComment(text, first, end));
    else if (colon !== -1 && colon < end) found.push(...shellComments(text, colon + 1, end));
  }
  return found;
}

function push(inside: Inside[], what: Inside, at: number): number {
  inside.push(what);
  return at + 1;
}

function inDoubleQuotes(text: string, at: number, char: string, inside: Inside[]): number {
  const next = text[at + 1];
  if (char === "$" && (next === "(" || next === "{")) return push(inside, next === "(" ? "(" : "{", at + 1);
  if (char === '"') inside.pop();
  return at + 1;
}

/** `$'…'` has escapes, `'…'` has none. An open quote ends with the text. */
function endOfSingle(text: string, at: number, to: number): number {
  const escapes = text[at - 1] === "$";
  for (let end = at + 1; end < to; end += 1) {
    if (escapes && text[end] === "\\") end += 1;
    else if (text[end] === "'") return end + 1;
  }
  return to;
}

/** Longer words are no delimiter that anybody writes. */
const delimiterWord = /(-?)[ \t]*(?:'([^'\n]{1,100})'|"([^"\n]{1,100})"|\\?([A-Za-z_][\w.-]{0,100}))/y;

function heredocAt(text: string, at: number, to: number): Heredoc | undefined {
  delimiterWord.lastIndex = at;
  const match = delimiterWord.exec(text);
  if (match === null || delimiterWord.lastIndex > to) return undefined;
  return { delimiter: match[2] ?? match[3] ?? match[4] ?? "", stripsTabs: match[1] === "-" };
}

function behindHeredocs(text: string, from: number, to: number, heredocs: readonly Heredoc[]): number {
  let at = from;
  for (const { delimiter, stripsTabs } of heredocs) {
    for (let done = false; !done && at < to; ) {
      const newline = text.indexOf("\n", at);
      const end = newline === -1 || newline > to ? to : newline;
      let start = at;
      while (stripsTabs && text[start] === "\t") start += 1;
      done = text.startsWith(delimiter, start) && /^\r?$/.test(text.slice(start + delimiter.length, Math.min(end, start + delimiter.length + 2)));
      at = end + 1;
    }
  }
  return at - 1 < from ? from : at - 1;
}
