import { MapBuilder, type MappedText } from "./text.ts";

/** How a format continues a line on the next. */
export interface Continuation {
  /** At the end of a line (without its line break): the continuation, to be cut off there. */
  readonly ending: RegExp;
  /** A line between continued ones that is left out. */
  readonly comment: RegExp;
  /** What the continuation and its line break turn into. */
  readonly becomes: string;
}

/** Joins the lines of `text`, which is one logical line in its file. */
export function joinLines(text: MappedText, { ending, comment, becomes }: Continuation): MappedText {
  const builder = new MapBuilder(text.start(0));
  const { text: content } = text;
  let continued = false;
  for (let start = 0; start < content.length; ) {
    const newline = content.indexOf("\n", start);
    const next = newline === -1 ? content.length : newline + 1;
    const end = newline === -1 ? next : content[newline - 1] === "\r" ? newline - 1 : newline;
    const line = content.slice(start, end);
    if (!continued || !comment.test(line)) {
      const cut = newline === -1 ? -1 : line.search(ending);
      continued = cut !== -1;
      builder.append(text.slice(start, cut === -1 ? end : start + cut));
      if (continued) builder.add(becomes, text.start(start + cut), text.end(next));
      else if (newline !== -1) builder.append(text.slice(end, next));
    }
    start = next;
  }
  return builder.build();
}
