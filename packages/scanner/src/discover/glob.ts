/**
 * Whether a path matches a pattern of glob(3), which nginx uses for `include`: `*`, `?` and `[...]` never match
 * a slash, and a leading dot has to be written out. Linear in practice: one star is retried at a time.
 */
export function globMatches(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const parts = path.split("/");
  const matches = (pattern: string, name: string): boolean => (!name.startsWith(".") || pattern.startsWith(".")) && segmentMatches(pattern, name);
  return patterns.length === parts.length && patterns.every((part, index) => matches(part, parts[index] ?? ""));
}

/**
 * Whether a path of a tree matches a pattern of our configuration: as above, `**` is any number of directories, a leading
 * dot is like every other character, and what names a directory takes in all that lies below it.
 */
export function pathMatches(pattern: string, path: string): boolean {
  const written = pattern.replace(/^\.\//, "").split("/").filter((part, index) => part !== "" || index === 0);
  // At the end, `**` is what lies in a directory, not the directory.
  const patterns = written.at(-1) === "**" ? [...written.slice(0, -1), "*", "**"] : [...written, "**"];
  const parts = path.split("/");
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < parts.length) {
    if (patterns[p] === "**") {
      star = p;
      resume = n;
      p += 1;
      if (p === patterns.length) return true;
    } else if (p < patterns.length && segmentMatches(patterns[p] ?? "", parts[n] ?? "")) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      n = resume;
    } else {
      return false;
    }
  }
  return patterns.slice(p).every((part) => part === "**");
}

function segmentMatches(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const step = pattern[p] === "*" ? 0 : matchOne(pattern, p, name.charAt(n));
    if (pattern[p] === "*") {
      star = p;
      resume = n;
      p += 1;
    } else if (step > 0) {
      p += step;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      n = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}

/** How many characters of the pattern match this one character; 0 when they don't. */
function matchOne(pattern: string, p: number, char: string): number {
  const first = pattern[p];
  if (first === undefined) return 0;
  if (first === "?") return 1;
  if (first === "\\" && p + 1 < pattern.length) return pattern[p + 1] === char ? 2 : 0;
  if (first === "[") {
    const close = pattern.indexOf("]", pattern[p + 1] === "]" || pattern[p + 1] === "!" ? p + 2 : p + 1);
    if (close !== -1) return inSet(pattern.slice(p + 1, close), char) ? close - p + 1 : 0;
  }
  return first === char ? 1 : 0;
}

function inSet(set: string, char: string): boolean {
  const negated = set.startsWith("!") || set.startsWith("^");
  const members = negated ? set.slice(1) : set;
  let found = false;
  for (let i = 0; i < members.length; i += 1) {
    const from = members.charAt(i);
    if (members[i + 1] === "-" && i + 2 < members.length) {
      found ||= from <= char && char <= members.charAt(i + 2);
      i += 2;
    } else {
      found ||= from === char;
    }
  }
  return found !== negated;
}
