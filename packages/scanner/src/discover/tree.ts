import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync, statSync, type Stats } from "node:fs";
import { isAbsolute, join, posix, relative, sep } from "node:path";
import type { FileProblem } from "@audit-backlog/model";
import { decode } from "./decode.ts";
import { globMatches } from "./glob.ts";
import { listFiles, withNamed, type Listing } from "./list.ts";

/** Configuration files are small; what is larger is data, a bundle or an attack. */
export const MAX_FILE_BYTES = 1 << 20;

export interface FileText {
  readonly text: string;
  /** Where the bytes were no valid UTF-8: the text has U+FFFD there. */
  readonly problem?: FileProblem;
}

/** The files under audit. Where they lie on a disk, this is the only thing of the scanner that touches it. */
export interface Tree {
  /** Names of files to audit, relative to the root with forward slashes, sorted. Some may turn out to be no files. */
  readonly files: readonly string[];
  /** Left out before anything was opened, each with its reason. */
  readonly leftOut: readonly FileProblem[];
  /** The audit is restricted to some files of the root. */
  readonly narrowed?: true;
  /**
   * The bytes of a file, valid until the next call; a problem where it can't or must not be read; undefined where
   * there is no such file, or the name is a symlink to a file that is listed under its own name.
   */
  bytes(path: string): Uint8Array | FileProblem | undefined;
  /** The text of a file, likewise; a problem where it is binary. */
  text(path: string): FileText | FileProblem | undefined;
  /** Resolves `.`, `..` and symlinks of the tree; undefined for what is not a file of the tree. */
  canonical(path: string): string | undefined;
  /** Files matching a glob(3) pattern, sorted by the name that matched, symlinks given as the file they lead to. */
  glob(pattern: string): readonly string[];
}

/**
 * Opens a directory for auditing. `only` names files and directories relative to the root that the audit is
 * restricted to; other files of the root are still read where one of those includes or imports them.
 */
export function openTree(root: string, only: readonly string[] = []): Tree {
  const realRoot = realpathSync(root);
  const listing = withNamed(root, listFiles(root), only);
  const names = new Set(listing.files);
  const wanted = (file: string): boolean =>
    only.length === 0 || only.some((path) => path === "" || file === path || file.startsWith(`${path}/`));
  const real = realPaths(realRoot);

  // One buffer for all reads: a fresh one for each of tens of thousands of files would be most of the memory used.
  const buffer = Buffer.allocUnsafe(MAX_FILE_BYTES + 1);
  const bytes = (file: string): Buffer | FileProblem | undefined => {
    const target = real(file);
    if (target === undefined) return undefined;
    if (target !== file) return typeof target === "string" ? undefined : target;
    let descriptor: number | undefined;
    try {
      descriptor = openSync(join(realRoot, file), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return stats.isDirectory() ? undefined : { file, reason: "neither a file nor a symlink" };
      if (stats.size > MAX_FILE_BYTES) return { file, reason: tooLarge(stats.size) };
      let length = 0;
      for (;;) {
        const got = readSync(descriptor, buffer, length, buffer.length - length, null);
        if (got === 0) break;
        length += got;
        if (length > MAX_FILE_BYTES) return { file, reason: tooLarge(length) };
      }
      return buffer.subarray(0, length);
    } catch (error) {
      return { file, reason: `can't be read: ${codeOf(error)}` };
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  };
  const canonical = (path: string): string | undefined => {
    const normal = posix.normalize(path).replace(/^\.\//, "");
    if (!names.has(normal)) return undefined;
    const target = real(normal);
    return typeof target === "string" && names.has(target) ? target : undefined;
  };
  const repositories = listing.repositories.map((tree) => ({
    file: `${tree}/`,
    reason: "a repository of its own (submodule): audit it by its own path",
  }));
  const unreadable = (listing.unreadable ?? []).map((directory) => ({ file: directory, reason: "a directory that can't be read: what is in it was left out" }));
  return {
    files: listing.files.filter(wanted),
    leftOut: [...vendoredProblems(listing), ...repositories, ...unreadable].filter(({ file }) => wanted(file)),
    ...(only.length === 0 || only.includes("") ? {} : { narrowed: true }),
    bytes,
    text: (file) => {
      const content = bytes(file);
      return content instanceof Uint8Array ? decode(file, content) : content;
    },
    canonical,
    glob: (pattern) => {
      const matches = listing.files.filter((name) => globMatches(pattern, name));
      return [...new Set(matches.map(canonical).filter((name) => name !== undefined))];
    },
  };
}

/** Vendored trees as what a report says of them. */
export function vendoredProblems({ vendored }: Listing): readonly FileProblem[] {
  return [...vendored].map(([tree, count]) => ({
    file: `${tree}/`,
    reason: `vendored tree left out${count === undefined ? "" : ` (${count} ${count === 1 ? "file" : "files"})`}`,
  }));
}

/**
 * Tells where a name of the tree really lies: itself, another file of the tree, a problem where it leads out of
 * the tree or nowhere, undefined where there is nothing. A tracked name may by now lie behind a symlinked directory.
 */
function realPaths(realRoot: string): (file: string) => string | FileProblem | undefined {
  const directories = new Map<string, boolean>();
  const plainDirectory = (directory: string): boolean => {
    let plain = directories.get(directory);
    if (plain === undefined) {
      plain = directory === "." || (plainDirectory(posix.dirname(directory)) && !isSymlink(join(realRoot, directory)));
      directories.set(directory, plain);
    }
    return plain;
  };
  return (file) => {
    const path = join(realRoot, file);
    let stats: Stats | undefined;
    try {
      stats = lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      // A directory on the way that may not be entered.
      return { file, reason: `can't be read: ${codeOf(error)}` };
    }
    if (stats === undefined && file.includes("\uFFFD")) return { file, reason: "its name is not valid UTF-8" };
    if (stats === undefined || stats.isDirectory()) return undefined;
    if (!stats.isSymbolicLink() && plainDirectory(posix.dirname(file))) return file;
    let target: string;
    try {
      target = relative(realRoot, realpathSync(path)).split(sep).join("/");
    } catch {
      return { file, reason: "symlink that leads nowhere" };
    }
    if (target.startsWith("../") || target === ".." || isAbsolute(target)) {
      return { file, reason: "symlink that leads out of the tree: not followed" };
    }
    return statSync(join(realRoot, target), { throwIfNoEntry: false })?.isFile() === true ? target : undefined;
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function isSymlink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Says how large a file is that is not read for it. */
export function tooLarge(size: number): string {
  return `${(size / 1048576).toFixed(1)} MiB: larger than the ${MAX_FILE_BYTES / 1048576} MiB that are read of a file`;
}
