/** Scripts longer than this are not searched for branches. In characters. */
const maxLength = 100_000;

/**
 * Whether a command of an entrypoint script runs when the script's first argument is `argument`: false where it stands in a
 * branch of `case $1` for others, directly or in a function that only such branches call. By lines: what is written in
 * another way counts as run.
 */
export function runsFor(text: string, offset: number, argument: string): boolean {
  if (text.length > maxLength) return true;
  const lines = text.split("\n");
  const at = text.slice(0, offset).split("\n").length - 1;
  const column = offset - (text.lastIndexOf("\n", offset - 1) + 1);
  const own = branchOf(lines, at, (lines[at] ?? "").slice(0, column));
  if (own !== undefined) return matches(own, argument);
  const name = functionAround(lines, at);
  if (name === undefined) return true;
  const calls: (readonly string[] | undefined)[] = [];
  const call = new RegExp(`^(\\s*(?:\\S{1,60}\\)\\s*)?)${name}(?=$|[\\s;])(?!\\s*\\()`);
  for (const [index, line] of lines.entries()) {
    const match = calls.length < 20 ? call.exec(line) : null;
    if (match !== null) calls.push(branchOf(lines, index, match[1] ?? ""));
  }
  return calls.length === 0 || calls.some((labels) => labels === undefined || matches(labels, argument));
}

/** The patterns of the branch of `case $1` around a place; undefined where there is none. */
function branchOf(lines: readonly string[], at: number, before: string): readonly string[] | undefined {
  let labels: readonly string[] | undefined;
  let inner = 0;
  for (let index = at; index >= 0; index -= 1) {
    const line = (index === at ? before : (lines[index] ?? "")).trim();
    if (/^esac\b/.test(line)) inner += 1;
    else if (/^case\b/.test(line)) {
      if (inner > 0) inner -= 1;
      else if (/^case\s+"?\$\{?1\b/.test(line)) return labels;
      else labels = undefined;
    } else if (inner === 0 && labels === undefined) {
      const match = /^\(?\s*([\w"'*?.| -]{1,200})\)(?!\s*\{)/.exec(line);
      if (match?.[1] !== undefined) labels = match[1].split("|").map((label) => label.trim().replace(/^["']|["']$/g, ""));
    }
    if (/^\S.*\(\)/.test(lines[index] ?? "") && index !== at) return undefined;
  }
  return undefined;
}

/** The name of the function that a line stands in, where its braces stand at the beginnings of lines. */
function functionAround(lines: readonly string[], at: number): string | undefined {
  for (let index = at; index >= 0; index -= 1) {
    const line = lines[index] ?? "";
    if (index !== at && line.startsWith("}")) return undefined;
    const match = /^(?:function\s+)?([A-Za-z_]\w{0,60})\s*\(\)/.exec(line);
    if (match !== null) return match[1];
  }
  return undefined;
}

function matches(labels: readonly string[], argument: string): boolean {
  return labels.some((label) => label === argument || /[*?[]/.test(label));
}
