import { posix } from "node:path";
import type { Sourced, VersionRange } from "@audit-backlog/model";
import type { Lookup } from "../facts.ts";
import { nodeOfDockerfile } from "../readers/versions/image.ts";
import { nodeVersion, nodeVersionFiles } from "../readers/versions/node-files.ts";
import { authorityOf, pythonPackage, type Authority } from "../readers/versions/python-files.ts";
import { union } from "../readers/versions/range.ts";

/** Where a server's files lie, nearest to what it runs first; paths of directories, `""` for the root. */
export interface Whereabouts {
  readonly directories: readonly string[];
  /** The Dockerfile of the image that it runs in, where it is known. */
  readonly dockerfile?: string;
}

interface PythonFile {
  /** The directory that it speaks for. */
  readonly home: string;
  readonly authority: Authority;
  readonly file: string;
}

/** Says which releases of a server a repository's files allow. Looks only where somebody asks. */
export class Versions {
  readonly #lookup: Lookup;
  readonly #files: readonly string[];
  readonly #known = new Map<string, Sourced<VersionRange> | undefined>();
  #python: readonly PythonFile[] | undefined;

  constructor(files: readonly string[], lookup: Lookup) {
    this.#files = files;
    this.#lookup = lookup;
  }

  /**
   * What the files next to a server, or in a directory above, say of a Python package. A lock file's word goes before a
   * requirement, that before what a project declares. A repository that says it in one place only means all of its servers.
   */
  python(name: string, { directories }: Whereabouts): Sourced<VersionRange> | undefined {
    const files = (this.#python ??= this.#pythonFiles());
    for (const directory of directories) {
      for (let at = directory; ; at = parent(at)) {
        const found = this.#strongest(name, at, files);
        if (found !== undefined) return found;
        if (at === "") break;
      }
    }
    const homes = new Set(files.map(({ home }) => home));
    const everywhere = [...homes].slice(0, 50).flatMap((home) => this.#strongest(name, home, files) ?? []);
    const [only, ...others] = everywhere;
    return only === undefined || others.length > 0 || only.value.kind === "oneOf" ? undefined : assumedLike(only);
  }

  /** The same of Node: its image's word goes first, then version files and `engines` next to the program or above. */
  node({ directories, dockerfile }: Whereabouts): Sourced<VersionRange> | undefined {
    const text = dockerfile === undefined ? undefined : this.#lookup(dockerfile);
    const ofImage = dockerfile === undefined || text === undefined ? undefined : nodeOfDockerfile(dockerfile, text);
    if (ofImage !== undefined) return ofImage;
    for (const directory of directories) {
      for (let at = directory; ; at = parent(at)) {
        for (const name of nodeVersionFiles) {
          const found = this.#nodeFile(posix.join(at, name));
          if (found !== undefined) return found;
        }
        if (at === "") break;
      }
    }
    return undefined;
  }

  #nodeFile(path: string): Sourced<VersionRange> | undefined {
    return this.#once(path, () => {
      const content = this.#lookup(path);
      return content === undefined ? undefined : nodeVersion(path, content);
    });
  }

  /** Hundreds of servers may ask for the same files. */
  #once(key: string, read: () => Sourced<VersionRange> | undefined): Sourced<VersionRange> | undefined {
    if (!this.#known.has(key)) this.#known.set(key, read());
    return this.#known.get(key);
  }

  #pythonFiles(): readonly PythonFile[] {
    return this.#files.flatMap((file) => {
      const authority = authorityOf(file);
      if (authority === undefined) return [];
      const directory = directoryOf(file);
      return [{ home: posix.basename(directory) === "requirements" ? parent(directory) : directory, authority, file }];
    });
  }

  /** Files for tests and development count only where no other one names the package. */
  #strongest(name: string, home: string, files: readonly PythonFile[]): Sourced<VersionRange> | undefined {
    return this.#once(`${name}\0${home}`, () => {
      const here = files.filter((one) => one.home === home);
      for (const authority of ["lock", "requirements", "project"] as const) {
        const found = here.filter((one) => one.authority === authority).flatMap(({ file }) => {
          const text = this.#lookup(file);
          const sourced = text === undefined ? undefined : pythonPackage(file, text, name);
          return sourced === undefined ? [] : [sourced];
        });
        const forUse = found.filter(({ origin }) => origin.kind !== "file" || !/(?:dev|test|local|docs?|lint)/i.test(posix.basename(origin.file)));
        const [first, ...others] = forUse.length > 0 ? forUse : found;
        if (first !== undefined) return others.reduce(together, first);
      }
      return undefined;
    });
  }
}

/** Two files that do not agree: anything from the one to the other. */
function together(a: Sourced<VersionRange>, b: Sourced<VersionRange>): Sourced<VersionRange> {
  if (!("value" in a.value) || !("value" in b.value)) return a;
  return { ...a, value: { kind: "assumed", value: union(a.value.value, b.value.value) } };
}

function assumedLike(sourced: Sourced<VersionRange>): Sourced<VersionRange> {
  return "value" in sourced.value ? { ...sourced, value: { kind: "assumed", value: sourced.value.value } } : sourced;
}

function directoryOf(file: string): string {
  const directory = posix.dirname(file);
  return directory === "." ? "" : directory;
}

function parent(directory: string): string {
  return directoryOf(directory);
}
