import { posix } from "node:path";
import { globMatches } from "../discover/glob.ts";
import type { Place } from "../facts.ts";
import type { ImageStage } from "../readers/commands/dockerfile.ts";

/** A file or directory of the tree that a container has at another path. A `to` that ends in `/` is the directory around a file. */
interface Seen {
  readonly from: string;
  readonly to: string;
}

/** What a container has of the tree, by its mounts and by the image that it is built from. */
export class ContainerFiles {
  readonly #mounts: readonly Seen[];
  readonly #copies: readonly Seen[];
  readonly #exists: (path: string) => boolean;
  readonly #workdir: string | undefined;

  constructor(place: Place, stage: ImageStage | undefined, exists: (path: string) => boolean) {
    // Later mounts and copies hide earlier ones.
    this.#mounts = [...place.mounts].reverse();
    this.#copies = [...(stage?.files ?? [])].reverse();
    this.#workdir = stage?.workdir;
    this.#exists = exists;
  }

  /** Where the container has a file of the tree. */
  pathsOf(file: string): readonly string[] {
    return [...this.#mounts, ...this.#copies].flatMap((seen) => pathOf(seen, file) ?? []).filter((path) => this.fileAt(path) === file);
  }

  /** The file of the tree at a path of the container; a relative path starts from its working directory. */
  fileAt(path: string): string | undefined {
    const absolute = path.startsWith("/") ? posix.normalize(path) : this.#workdir === undefined ? undefined : posix.resolve(this.#workdir, path);
    if (absolute === undefined) return undefined;
    for (const group of [this.#mounts, this.#copies]) {
      for (const seen of group) {
        const file = fileOf(seen, absolute);
        if (file !== undefined && this.#exists(file)) return file;
      }
    }
    return undefined;
  }

  /** The files of the tree that match a glob of the container's paths. `list` gives those of a glob of the tree. */
  filesMatching(pattern: string, list: (glob: string) => readonly string[]): readonly string[] {
    const found = [...this.#mounts, ...this.#copies].flatMap((seen): readonly string[] => {
      const base = seen.to.replace(/(.)\/$/, "$1");
      const file = seen.to.endsWith("/") ? `${seen.to}${posix.basename(seen.from)}` : seen.to;
      if (globMatches(pattern, file)) return list(seen.from);
      return pattern.startsWith(`${base}/`) ? list(posix.join(seen.from, pattern.slice(base.length + 1))) : [];
    });
    return [...new Set(found)].sort();
  }

  /** The file that a relative path leads to, from a directory of the tree where that is known. */
  fileFrom(directory: string | undefined, path: string): string | undefined {
    if (directory === undefined) return this.fileAt(path);
    const file = posix.normalize(posix.join(directory, path));
    return this.#exists(file) ? file : undefined;
  }

  /** The file that a shell finds by a bare name. */
  program(name: string): string | undefined {
    return ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map((directory) => this.fileAt(`${directory}/${name}`)).find((file) => file !== undefined);
  }
}

/** The path that `file` has by one mount or copy. */
function pathOf({ from, to }: Seen, file: string): string | undefined {
  if (file === from) return to.endsWith("/") ? `${to}${posix.basename(file)}` : to;
  const inner = from === "" ? file : file.startsWith(`${from}/`) ? file.slice(from.length + 1) : undefined;
  return inner === undefined ? undefined : posix.join(to, inner);
}

/** The file that may be at `path` by one mount or copy. */
function fileOf({ from, to }: Seen, path: string): string | undefined {
  const base = to.replace(/(.)\/$/, "$1");
  if (path === base) return from;
  const inner = base === "/" ? path.slice(1) : path.startsWith(`${base}/`) ? path.slice(base.length + 1) : undefined;
  if (inner === undefined) return undefined;
  // `COPY start.sh /app/`
  return to.endsWith("/") && posix.basename(from) === inner ? from : posix.join(from, inner);
}
