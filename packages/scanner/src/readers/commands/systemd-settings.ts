import { joinLines } from "./joined-lines.ts";
import { MappedText } from "./text.ts";

/** A line of settings: only those below a `[Section]` count. */
const setting = /^[ \t]*([A-Za-z]\w*)[ \t]*=[ \t]*/;
/** systemd.syntax(7): a backslash at the end becomes a space, comment lines between do not count. */
const continuation = { ending: /\\$/, comment: /^[ \t]*[#;]/, becomes: " " };

/** One `Name=value` of a unit file. */
export interface Setting {
  readonly section: string;
  readonly name: string;
  readonly value: MappedText;
}

/** The settings of a unit file in order, lines joined, blanks around values gone. systemd.syntax(7). */
export function* settings(text: string): Generator<Setting> {
  const whole = MappedText.verbatim(text, 0, text.length);
  let section = "";
  for (const [start, end] of logicalLines(text)) {
    const header = /^[ \t]*\[([^\]\n]*)\]/.exec(text.slice(start, Math.min(end, start + 200)));
    if (header !== null) {
      section = header[1] ?? "";
      continue;
    }
    const match = setting.exec(text.slice(start, end));
    if (match?.[1] === undefined) continue;
    const joined = joinLines(whole.slice(start + match[0].length, end), continuation);
    yield { section, name: match[1], value: joined.slice(0, joined.text.trimEnd().length) };
  }
}

/** Lines with their continuations, comment lines left out. */
function* logicalLines(text: string): Generator<[number, number]> {
  let from = -1;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline;
    const end = text[next - 1] === "\r" && next > start ? next - 1 : next;
    const line = text.slice(start, end);
    if (!continuation.comment.test(line)) {
      if (from === -1) from = start;
      if (!line.endsWith("\\")) {
        yield [from, end];
        from = -1;
      }
    }
    start = next + 1;
  }
  if (from !== -1) yield [from, text.length];
}
