import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { commands } from "./arguments.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./option-values.ts";

/** The directory that holds every path, and the paths below it; one directory is its own root. `targets`: the real paths. */
export function commonRoot(paths: readonly string[], cwd: string): { readonly root: string; readonly only: readonly string[]; readonly targets: readonly string[] } {
  const targets = paths.map((path) => {
    const target = resolve(cwd, path);
    if (!existsSync(target)) throw new UsageError(`no such file or directory: ${path}${meantCommand(path)}`);
    return { path: realpathSync(target), isDirectory: statSync(target).isDirectory() };
  });
  let root = targets[0]?.path ?? cwd;
  if (targets[0]?.isDirectory === false) root = dirname(root);
  for (const { path } of targets) {
    while (!isInside(root, path)) root = dirname(root);
  }
  const only = targets.map(({ path }) => relative(root, path).split(sep).join("/"));
  return { root, only: only.every((path) => path === "") ? [] : only, targets: targets.map(({ path }) => path) };
}

function meantCommand(path: string): string {
  if (path === "help" || path === "version") return `; did you mean --${path}?`;
  const near = /^[\w-]+$/.test(path) ? nearest(path, commands) : undefined;
  return near === undefined ? "" : `; did you mean the command ${near}?`;
}

/** Whether a path is that directory or lies below it. Both absolute. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `--root` names directories as the shell sees them; the scanner knows them relative to its root. */
export function rootsInTree(roots: ReadonlyMap<string, string>, root: string, cwd: string): ReadonlyMap<string, string> {
  return new Map(
    [...roots].map(([from, to]) => {
      const inCwd = resolve(cwd, to);
      const target = existsSync(inCwd) ? realpathSync(inCwd) : resolve(root, to);
      if (!existsSync(target) || !isInside(root, target)) {
        throw new UsageError(`--root ${from}=${to}: no such directory in the audited tree`);
      }
      return [from, relative(root, target).split(sep).join("/")];
    }),
  );
}
