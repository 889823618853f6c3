import { pathMatches, type Tree } from "@audit-backlog/scanner";
import type { Config, Stated } from "./config.ts";

export interface Remaining {
  /** Without the ignored files: nothing opens them, not even where others include them. */
  readonly tree: Tree;
  /** Globs that no file matches. */
  readonly unused: readonly Stated<string>[];
}

/** Leaves out of a tree what the configuration ignores, and counts it; the configuration itself is no file to audit either. */
export function withoutIgnored(tree: Tree, { file: own, ignore }: Config): Remaining {
  const counts = new Map<Stated<string>, number>();
  const used = new Set<Stated<string>>();
  const files = tree.files.filter((file) => {
    if (file === own) return false;
    const matching = ignore.filter(({ value }) => pathMatches(value, file));
    for (const glob of matching) used.add(glob);
    const [first] = matching;
    if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1);
    return first === undefined;
  });
  const known = new Map<string, boolean>();
  const isIgnored = (file: string): boolean => {
    let ignored = known.get(file);
    if (ignored === undefined) known.set(file, (ignored = ignore.some(({ value }) => pathMatches(value, file))));
    return ignored;
  };
  const leftOut = [...counts].map(([{ value, origin }, count]) => ({
    file: value,
    reason: `left out by ${origin.file}:${origin.range.start.line} (${count} ${count === 1 ? "file" : "files"})`,
  }));
  const canonical = (path: string): string | undefined => {
    const file = tree.canonical(path);
    return file === undefined || isIgnored(file) ? undefined : file;
  };
  return {
    tree: {
      ...tree,
      files,
      leftOut: [...tree.leftOut, ...leftOut],
      bytes: (path) => (isIgnored(path) ? undefined : tree.bytes(path)),
      text: (path) => (isIgnored(path) ? undefined : tree.text(path)),
      canonical,
      glob: (pattern) => tree.glob(pattern).filter((file) => !isIgnored(file)),
    },
    unused: ignore.filter((glob) => !used.has(glob)),
  };
}
