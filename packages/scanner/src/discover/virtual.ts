import { posix } from "node:path";
import type { FileProblem } from "@audit-backlog/model";
import { decode } from "./decode.ts";
import { globMatches } from "./glob.ts";
import { withoutVendored } from "./list.ts";
import { MAX_FILE_BYTES, tooLarge, vendoredProblems, type Tree } from "./tree.ts";

/** File contents by path: relative to the root, with forward slashes. Text counts as UTF-8. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/**
 * A tree that lies in memory; it has no symlinks. Throws a TypeError for a path that is absolute, leads out of the root,
 * or names the same file as another one.
 */
export function treeOf(files: Files): Tree {
  const contents = new Map<string, string | Uint8Array>();
  for (const [path, content] of files) {
    const name = normal(path);
    if (name === undefined) throw new TypeError(`${JSON.stringify(path)} is no path relative to the root of the tree, with forward slashes`);
    if (contents.has(name)) throw new TypeError(`${JSON.stringify(path)} names ${name} a second time`);
    contents.set(name, content);
  }
  const listing = withoutVendored({ files: [...contents.keys()], repositories: [], vendored: new Map() });
  const names = new Set(listing.files);
  const bytes = (file: string): Uint8Array | FileProblem | undefined => {
    const content = contents.get(file);
    if (content === undefined) return undefined;
    const data = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    return data.length > MAX_FILE_BYTES ? { file, reason: tooLarge(data.length) } : data;
  };
  return {
    files: listing.files,
    leftOut: vendoredProblems(listing),
    bytes,
    text: (file) => {
      const content = bytes(file);
      return content === undefined || "reason" in content ? content : decode(file, content);
    },
    canonical: (path) => {
      const name = normal(path);
      return name !== undefined && names.has(name) ? name : undefined;
    },
    glob: (pattern) => listing.files.filter((name) => globMatches(pattern, name)),
  };
}

function normal(path: string): string | undefined {
  const name = posix.normalize(path);
  const outside = name === "." || name === ".." || name.startsWith("../") || name.startsWith("/") || name.endsWith("/") || name.includes("\0");
  return outside ? undefined : name;
}
