import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { changesIn, ChangesError, workTreeOf, type Change } from "@audit-backlog/scanner";
import { UsageError } from "../option-values.ts";
import { isInside } from "../paths.ts";

/** What the user looks at: files by name, or a change that git knows. */
export type Focus = { readonly kind: "files"; readonly files: readonly string[] } | Exclude<Change, { readonly kind: "staged" }> | { readonly kind: "staged" };

export interface Around {
  /** The audited directory, a real path, as are the targets. */
  readonly root: string;
  /** The paths to audit. */
  readonly targets: readonly string[];
  readonly cwd: string;
  /** GIT_INDEX_FILE of a commit hook: `git commit -a` and `git commit FILE` stage in an index of their own. */
  readonly index: string | undefined;
}

/** The files and directories in focus, relative to the root. Throws UsageError where that can't be told. */
export function focusIn(focus: Focus, around: Around): readonly string[] {
  if (focus.kind === "files") return focus.files.map((file) => named(file, around));
  try {
    const change: Change = focus.kind === "staged" && around.index !== undefined ? { kind: "staged", index: resolve(around.cwd, around.index) } : focus;
    const files = tops(around).flatMap((top) => changesIn(top, change).files.map((file) => join(top, file)));
    return files.filter((file) => isInside(around.root, file)).map((file) => inTree(around.root, file));
  } catch (error) {
    if (error instanceof ChangesError) throw new UsageError(error.message);
    throw error;
  }
}

/** The work trees that the audited paths lie in. A submodule that is named has one of its own. */
function tops({ root, targets }: Around): readonly string[] {
  const directories = new Set(targets.map((target) => (statSync(target).isDirectory() ? target : dirname(target))));
  if (targets.length === 0) directories.add(root);
  return [...new Set([...directories].map(workTreeOf))];
}

function named(file: string, { root, cwd }: Around): string {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new UsageError(`--focus ${file}: no such file or directory`);
  // A link stands for itself here: what it leads to is found in the tree.
  const real = join(realpathSync(dirname(path)), relative(dirname(path), path));
  if (isInside(root, real)) return inTree(root, real);
  if (isInside(root, realpathSync(path))) return inTree(root, realpathSync(path));
  throw new UsageError(`--focus ${file}: it lies outside of the audited directory ${root}`);
}

function inTree(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}
