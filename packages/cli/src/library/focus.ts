import type { Finding } from "@audit-backlog/audit";
import type { Tree } from "@audit-backlog/scanner";

/** Whether a finding has a place in one of these files or directories, whatever part the place plays in it. "" is the whole tree. */
export function focusOn(focus: readonly string[], tree: Tree): (finding: Finding) => boolean {
  // A link of the tree stands for the file that it leads to: findings name that one.
  const wanted = new Set(focus.flatMap((path) => [path.replace(/^\.\//, "").replace(/\/$/, ""), tree.canonical(path) ?? path]));
  if (wanted.has("") || wanted.has(".")) return () => true;
  return ({ locations }) => locations.some(({ origin }) => origin.kind === "file" && isWanted(origin.file, wanted));
}

function isWanted(file: string, wanted: ReadonlySet<string>): boolean {
  for (let end = file.length; end > 0; end = file.lastIndexOf("/", end - 1)) {
    if (wanted.has(file.slice(0, end))) return true;
  }
  return false;
}
