/** The parser and its composer recurse; nobody writes files that nest like this. */
const maxDepth = 200;

/** Whether flow brackets and block indentation nest no deeper than a parser may safely follow. Counts brackets in strings too. */
export function shallowEnough(text: string): boolean {
  let brackets = 0;
  const indents: number[] = [];
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    let at = start;
    // `- - - x` nests once a dash; `? ` and `: ` do the same.
    while (at < end && /[ \-?:]/.test(text[at] ?? "") && (text[at] === " " || text[at + 1] === " " || at + 1 === end)) at += 1;
    const dashes = /[-?:] /.test(text.slice(start, Math.min(at, start + 2 * maxDepth))) ? text.slice(start, at).replace(/ /g, "").length : 0;
    if (at < end) {
      while ((indents.at(-1) ?? -1) >= at - start) indents.pop();
      indents.push(at - start);
    }
    if (indents.length + dashes > maxDepth) return false;
    for (; at < end; at += 1) {
      const char = text[at];
      if (char === "[" || char === "{") brackets += 1;
      else if ((char === "]" || char === "}") && brackets > 0) brackets -= 1;
      if (brackets > maxDepth) return false;
    }
    start = end + 1;
  }
  return true;
}
