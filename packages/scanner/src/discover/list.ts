import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { git, GIT_PATIENCE } from "./git.ts";

/** Trees of other people's code: left out unless the scan starts inside of one. */
export const VENDORED = new Set([
  "node_modules",
  "bower_components",
  "vendor",
  "vendored",
  "third_party",
  "third-party",
  "site-packages",
  ".venv",
  "venv",
  ".yarn",
]);

export interface Listing {
  /** Directories that could not be read, with a slash at the end; absent where git listed the files. */
  readonly unreadable?: readonly string[];
  /** Relative to the root, with forward slashes, sorted. Symlinks are among them, and names of files just deleted. */
  readonly files: readonly string[];
  /** Repositories inside of this one (submodules): directories that git does not look into. */
  readonly repositories: readonly string[];
  /** Vendored trees with the number of files left out in each. Not counted (`undefined`) where git did not list them. */
  readonly vendored: ReadonlyMap<string, number | undefined>;
}

/**
 * The files of a tree: what git tracks and what it neither tracks nor ignores, where there is a git repository;
 * every file elsewhere. `patience` is how many milliseconds git may take.
 */
export function listFiles(root: string, patience = GIT_PATIENCE): Listing {
  return withoutVendored(gitFiles(root, patience) ?? walkedFiles(root));
}

/** Takes the files of vendored trees out of a listing, and counts them. */
export function withoutVendored(listing: Listing): Listing {
  const vendored = new Map(listing.vendored);
  const files: string[] = [];
  for (const file of listing.files) {
    const tree = vendoredTree(file);
    if (tree === undefined) files.push(file);
    else vendored.set(tree, (vendored.get(tree) ?? 0) + 1);
  }
  return { ...listing, files: files.sort(), repositories: listing.repositories.filter((path) => vendoredTree(`${path}/`) === undefined), vendored };
}

/**
 * Adds what is asked for by name and does not stand in the listing: ignored by git, in a vendored tree or in a submodule.
 * `only` names files and directories relative to the root; none means the root itself.
 */
export function withNamed(root: string, listing: Listing, only: readonly string[]): Listing {
  const files = new Set(listing.files);
  const vendored = new Map(listing.vendored);
  const unreadable = [...(listing.unreadable ?? [])];
  for (const path of only.length === 0 ? [""] : only) {
    const prefix = path === "" ? "" : `${path}/`;
    if (files.has(path) || listing.files.some((file) => file.startsWith(prefix))) continue;
    if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() !== true) {
      files.add(path);
      continue;
    }
    const walked = walkedFiles(join(root, path));
    for (const file of walked.files) files.add(prefix + file);
    for (const [tree, count] of walked.vendored) vendored.set(prefix + tree, count);
    for (const directory of walked.unreadable ?? []) unreadable.push(prefix + directory);
  }
  return { files: [...files].sort(), repositories: listing.repositories.filter((path) => !only.includes(path)), vendored, unreadable };
}

function vendoredTree(file: string): string | undefined {
  let slash = file.indexOf("/");
  let start = 0;
  while (slash !== -1) {
    if (VENDORED.has(file.slice(start, slash))) return file.slice(0, slash);
    start = slash + 1;
    slash = file.indexOf("/", start);
  }
  return undefined;
}

/** Undefined where git can't say: no repository, no git, a repository that git does not trust, or no answer in time. */
function gitFiles(root: string, patience: number): Listing | undefined {
  const run = git(root, ["ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard"], { patience });
  if (!run.ok) return undefined;
  const files = new Set<string>();
  const repositories = new Set<string>();
  for (const entry of run.output.split("\0")) {
    // Tracked files come as `mode object stage<TAB>path`, others as their path.
    const staged = /^([0-7]{6}) [0-9a-f]{40,64} [0-3]\t/.exec(entry);
    const path = staged === null ? entry : entry.slice(staged[0].length);
    // core.worktree can point outside of the tree that we were asked to read.
    if (path === "" || path.startsWith("../") || path.startsWith("/")) continue;
    if (staged?.[1] === "160000" || path.endsWith("/")) repositories.add(path.replace(/\/$/, ""));
    else files.add(path);
  }
  return { files: [...files], repositories: [...repositories], vendored: new Map() };
}

/** What is no part of a tree but somebody's book-keeping about it. */
const BOOKS = new Set([".git", ".hg", ".svn"]);

function walkedFiles(root: string): Listing {
  const files: string[] = [];
  const vendored = new Map<string, undefined>();
  const unreadable: string[] = [];
  const directories = [""];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const entries = entriesOf(join(root, directory));
    if (entries === undefined) unreadable.push(directory);
    for (const entry of entries ?? []) {
      const path = directory + entry.name;
      if (BOOKS.has(entry.name)) continue;
      if (!entry.isDirectory()) files.push(path);
      // What lies in them is left out; the trees themselves are still seen, and reported.
      else if (VENDORED.has(entry.name)) vendored.set(path, undefined);
      else directories.push(`${path}/`);
    }
  }
  return { files, repositories: [], vendored, unreadable };
}

/** Undefined for a directory that can't be read, or went away. */
function entriesOf(directory: string): readonly Dirent[] | undefined {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return undefined;
  }
}
