import type { Finding } from "@audit-backlog/audit";
import type { Tree } from "@audit-backlog/scanner";

/** Findings with a place in one of these files or directories, whatever part the place plays in them. "" is the whole tree. */
export function inFocus(findings: readonly Finding[], focus: readonly string[], tree: Tree): readonly Finding[] {
  // A link of the tree stands for the file that it leads to: findings name that one.
  const wanted = new Set(focus.flatMap((path) => [path.replace(/^\.\//, "").replace(/\/$/, ""), tree.canonical(path) ?? path]));
  if (wanted.has("") || wanted.has(".")) return findings;
  return findings.filter(({ locations }) => locations.some(({ origin }) => origin.kind === "file" && isWanted(origin.file, wanted)));
}

function isWanted(file: string, wanted: ReadonlySet<string>): boolean {
  for (let end = file.length; end > 0; end = file.lastIndexOf("/", end - 1)) {
    if (wanted.has(file.slice(0, end))) return true;
  }
  return false;
}
