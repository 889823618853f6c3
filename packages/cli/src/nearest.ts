/** The name that differs least from a mistyped one, else one that begins with it; undefined where none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  // A word of which nothing is left is near to none.
  let least = Math.min(Math.max(2, Math.floor(word.length / 3)) + 1, word.length);
  for (const name of names) {
    const edits = distance(word, name);
    if (edits < least) [best, least] = [name, edits];
  }
  return best ?? (word.length < 3 ? undefined : names.find((name) => name.startsWith(word)));
}

/** Levenshtein's distance, on words as short as option names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
