import { realpathSync } from "node:fs";
import { join } from "node:path";
import { git, type GitOptions } from "./git.ts";

/** Which change is meant. */
export type Change =
  /** Working tree and index against the last commit, with files that git does not know yet. */
  | { readonly kind: "changed" }
  /** The same against the commit where this branch left `ref`. */
  | { readonly kind: "since"; readonly ref: string }
  /** The index against the last commit. `index`: the file of it, absolute, where a commit hook is told of one. */
  | { readonly kind: "staged"; readonly index?: string };

/** Why git can't tell what changed, and what to do about it: one sentence. */
export class ChangesError extends Error {}

export interface Changes {
  /** The real path of the work tree's top. */
  readonly top: string;
  /** Relative to the top, with forward slashes. Without deleted files. */
  readonly files: readonly string[];
}

/** The top of the work tree that a directory lies in. Throws ChangesError. */
export function workTreeOf(directory: string): string {
  const run = git(directory, ["rev-parse", "--show-toplevel"]);
  if (run.ok) return realpathSync(run.output.replace(/\n$/, ""));
  if (/dubious ownership|unsafe repository/.test(run.complaint)) throw new ChangesError(`git does not trust the repository of ${directory}, which belongs to another user: git config --global --add safe.directory ${directory}`);
  if (run.complaint.includes("must be run in a work tree")) throw new ChangesError(`${directory} is a bare repository: it has no files to audit`);
  if (run.complaint.includes("not a git repository")) throw new ChangesError(`${directory} lies in no git repository: leave the option out, or name the files with --focus`);
  throw new ChangesError(`git can't say what changed in ${directory}: ${firstLine(run.complaint)}`);
}

/** What changed in a work tree. `top` is its top. Starts nothing that the repository names. Throws ChangesError. */
export function changesIn(top: string, change: Change): Changes {
  const from = change.kind === "since" ? mergeBase(top, change.ref) : lastCommit(top);
  const settings = [...withoutFilters(top), ["diff.relative", "false"] as const];
  const options = { settings, ...(change.kind === "staged" && change.index !== undefined && isOwnIndex(top, change.index) ? { index: change.index } : {}) };
  // Submodules are repositories of their own, and git would look into them by their own configuration.
  const diff = ["diff", ...(change.kind === "staged" ? ["--cached"] : []), "--name-only", "-z", "--no-renames", "--diff-filter=d", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", from, "--"];
  const files = new Set(names(top, diff, options));
  if (change.kind !== "staged") for (const file of names(top, ["ls-files", "-z", "--others", "--exclude-standard"], options)) files.add(file);
  return { top, files: [...files].sort() };
}

function names(top: string, args: readonly string[], options: GitOptions): readonly string[] {
  const run = git(top, args, options);
  if (!run.ok) throw new ChangesError(`git can't say what changed in ${top}: ${firstLine(run.complaint)}`);
  return run.output.split("\0").filter((name) => name !== "");
}

/** The last commit; before the first one, the empty tree. */
function lastCommit(top: string): string {
  const head = commit(top, "HEAD");
  if (head !== undefined) return head;
  const empty = git(top, ["hash-object", "-t", "tree", "/dev/null"]);
  if (!empty.ok) throw new ChangesError(`git can't say what changed in ${top}: ${firstLine(empty.complaint)}`);
  return empty.output.trim();
}

function mergeBase(top: string, ref: string): string {
  const named = commit(top, ref);
  const shallow = git(top, ["rev-parse", "--is-shallow-repository"]).output.trim() === "true";
  if (named === undefined) {
    const remote = commit(top, `origin/${ref}`) === undefined ? undefined : `origin/${ref}`;
    const next = remote !== undefined ? `did you mean ${remote}?` : shallow ? `this clone is shallow: git fetch --unshallow origin, or fetch-depth: 0 in actions/checkout` : `git fetch origin ${ref}, or see: git branch --all`;
    throw new ChangesError(`--since ${ref}: there is no such commit here; ${next}`);
  }
  const base = git(top, ["merge-base", "HEAD", named]);
  if (base.ok) return base.output.trim();
  if (commit(top, "HEAD") === undefined) throw new ChangesError(`--since ${ref}: nothing is committed on this branch yet; use --changed`);
  throw new ChangesError(`--since ${ref}: no commit is common to it and this branch${shallow ? "; this clone is shallow: git fetch --unshallow origin, or fetch-depth: 0 in actions/checkout" : ""}`);
}

function commit(top: string, ref: string): string | undefined {
  // A ref can't begin with a dash (git: check-ref-format), an option can.
  if (ref.startsWith("-") || ref.includes("\0")) return undefined;
  const run = git(top, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  const name = run.output.trim();
  return run.ok && /^[0-9a-f]{40,64}$/.test(name) ? name : undefined;
}

/**
 * Comparing a file with the index runs the filters that its attributes name (git: convert.c apply_filter), with commands
 * of the repository's configuration. Empty commands are none.
 */
function withoutFilters(top: string): readonly (readonly [name: string, value: string])[] {
  const run = git(top, ["config", "--list", "--name-only", "-z", "--includes"]);
  const drivers = new Set(run.output.split("\0").flatMap((name) => /^(filter\..*)\.[^.]*$/s.exec(name)?.[1] ?? []));
  return [...drivers].flatMap((driver) => [[`${driver}.clean`, ""] as const, [`${driver}.process`, ""] as const, [`${driver}.required`, "false"] as const]);
}

/** An index of another repository would speak of other files. */
function isOwnIndex(top: string, index: string): boolean {
  const run = git(top, ["rev-parse", "--absolute-git-dir"]);
  try {
    return run.ok && realpathSync(index).startsWith(join(realpathSync(run.output.replace(/\n$/, "")), "/"));
  } catch {
    return false;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/^(?:fatal|error): /, "") ?? "";
}
