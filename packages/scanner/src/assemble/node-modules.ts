import { posix } from "node:path";
import { isLibrary } from "@audit-backlog/listen-calls";
import { parse } from "jsonc-parser";
import type { Lookup } from "../facts.ts";

/** What a module name without extension may stand for, the likeliest first. */
const extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/** TypeScript writes the name of the file that it will emit: `./server.js` for `server.ts`. */
const emitted: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx"], ".jsx": [".tsx"], ".mjs": [".mts"], ".cjs": [".cts"] };

/** Configurations may extend each other in a circle. */
const maxExtends = 5;

interface PathMapping {
  /** Directory that targets are relative to. */
  readonly base: string;
  readonly paths: readonly { readonly prefix: string; readonly suffix: string; readonly targets: readonly string[] }[];
  /** Whether bare names are looked for in `base` too. */
  readonly hasBaseUrl: boolean;
}

/** Finds the file of the repository that a module name means; packages outside it are not found. */
export class ModuleResolver {
  readonly #lookup: Lookup;
  readonly #exists: (path: string) => boolean;
  readonly #mappings = new Map<string, PathMapping | undefined>();
  /** Undefined for a name that several packages have. */
  readonly #packages = new Map<string, string | undefined>();
  /** Thousands of files import the same hundred packages. */
  readonly #known = new Map<string, string | undefined>();
  #mains: ReadonlyMap<string, string> | undefined;

  /** `manifests` are the package.json files of the repository: their names can be imported. */
  constructor(lookup: Lookup, exists: (path: string) => boolean, manifests: readonly string[]) {
    this.#lookup = lookup;
    this.#exists = exists;
    for (const manifest of manifests) {
      const { name } = this.#json(manifest);
      if (typeof name === "string" && name !== "") this.#packages.set(name, this.#packages.has(name) ? undefined : dirname(manifest));
    }
  }

  resolve(from: string, module: string): string | undefined {
    if (module.startsWith(".")) return this.file(join(dirname(from), module));
    if (module.startsWith("/") || module.startsWith("node:")) return undefined;
    // A program that calls itself "express" is not what others import by that name.
    return this.#mapped(from, module) ?? (isLibrary(module) ? undefined : this.#workspace(module));
  }

  /** The package of this repository that a relative name means: in examples/a/index.js of express, `../..` is "express". */
  packageAt(from: string, module: string): string | undefined {
    if (!module.startsWith(".")) return undefined;
    this.#mains ??= new Map(
      [...this.#packages].flatMap(([name, directory]) => {
        const main = directory === undefined || !isLibrary(name) ? undefined : this.file(directory);
        return main === undefined ? [] : [[main, name] as const];
      }),
    );
    const file = this.resolve(from, module);
    return file === undefined ? undefined : this.#mains.get(file);
  }

  /** A file by its path with or without extension, a directory by its main file. */
  file(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    if (this.#known.has(path)) return this.#known.get(path);
    const found = this.#find(path);
    this.#known.set(path, found);
    return found;
  }

  #find(path: string): string | undefined {
    if (path !== "" && /\.[^./]+$/.test(path) && this.#exists(path)) return path;
    const extension = posix.extname(path);
    for (const other of emitted[extension] ?? []) {
      const source = path.slice(0, -extension.length) + other;
      if (this.#exists(source)) return source;
    }
    if (path !== "") for (const added of extensions) if (this.#exists(path + added)) return path + added;
    return this.#directory(path) ?? (path !== "" && this.#exists(path) ? path : undefined);
  }

  #directory(path: string): string | undefined {
    const manifest = inside(path, "package.json");
    if (this.#exists(manifest)) {
      const { main, module, source } = this.#json(manifest);
      for (const entry of [source, main, module]) {
        if (typeof entry !== "string" || entry === "" || entry === "." || entry === "./") continue;
        const named = join(path, entry);
        if (named === undefined || named === path) continue;
        const found = this.#plain(named);
        if (found !== undefined) return found;
      }
    }
    return this.#plain(inside(path, "index")) ?? this.#plain(inside(path, "src/index"));
  }

  #plain(path: string): string | undefined {
    if (this.#exists(path)) return path;
    const built = sourcesOf(path).find((source) => this.#exists(source));
    return built ?? extensions.map((extension) => path + extension).find((candidate) => this.#exists(candidate));
  }

  #workspace(module: string): string | undefined {
    const parts = module.split("/");
    const length = module.startsWith("@") ? 2 : 1;
    const directory = this.#packages.get(parts.slice(0, length).join("/"));
    if (directory === undefined) return undefined;
    const rest = parts.slice(length).join("/");
    return rest === "" ? this.file(directory) : (this.file(inside(directory, rest)) ?? this.file(inside(directory, `src/${rest}`)));
  }

  #mapped(from: string, module: string): string | undefined {
    const mapping = this.#mappingFor(dirname(from));
    if (mapping === undefined) return undefined;
    for (const { prefix, suffix, targets } of mapping.paths) {
      if (!module.startsWith(prefix) || !module.endsWith(suffix) || module.length < prefix.length + suffix.length) continue;
      const star = module.slice(prefix.length, module.length - suffix.length);
      for (const target of targets) {
        const found = this.file(join(mapping.base, target.replace("*", () => star)));
        if (found !== undefined) return found;
      }
    }
    return mapping.hasBaseUrl ? this.file(join(mapping.base, module)) : undefined;
  }

  #mappingFor(directory: string): PathMapping | undefined {
    if (this.#mappings.has(directory)) return this.#mappings.get(directory);
    const own = ["tsconfig.json", "jsconfig.json"].map((name) => inside(directory, name)).find((path) => this.#exists(path));
    const mapping = own !== undefined ? this.#readMapping(own, 0) : directory === "" ? undefined : this.#mappingFor(dirname(directory));
    this.#mappings.set(directory, mapping);
    return mapping;
  }

  #readMapping(file: string, depth: number): PathMapping | undefined {
    const config = this.#json(file);
    const options = asObject(config["compilerOptions"]);
    const directory = dirname(file);
    const { baseUrl, paths } = options;
    if (typeof baseUrl === "string" || (typeof paths === "object" && paths !== null)) {
      const base = join(directory, typeof baseUrl === "string" ? baseUrl : ".") ?? directory;
      return { base, hasBaseUrl: typeof baseUrl === "string", paths: Object.entries(asObject(paths)).flatMap(([pattern, targets]) => pathMapping(pattern, targets)) };
    }
    const [parent] = [config["extends"]].flat();
    if (typeof parent !== "string" || !parent.startsWith(".") || depth >= maxExtends) return undefined;
    const named = join(directory, parent);
    const target = [named, named === undefined ? undefined : `${named}.json`].find((path) => path !== undefined && path.endsWith(".json") && this.#exists(path));
    return target === undefined ? undefined : this.#readMapping(target, depth + 1);
  }

  #json(path: string): Readonly<Record<string, unknown>> {
    const text = this.#lookup(path);
    if (text === undefined || text.length > 1 << 18) return {};
    try {
      return asObject(parse(text, [], { allowTrailingComma: true }));
    } catch {
      // Nested beyond the stack: as good as absent.
      return {};
    }
  }
}

function pathMapping(pattern: string, targets: unknown): readonly { prefix: string; suffix: string; targets: readonly string[] }[] {
  if (!Array.isArray(targets)) return [];
  const names = targets.filter((target): target is string => typeof target === "string");
  const star = pattern.indexOf("*");
  // Without a star the whole name must match.
  if (star === -1) return [{ prefix: pattern, suffix: pattern, targets: names }];
  return [{ prefix: pattern.slice(0, star), suffix: pattern.slice(star + 1), targets: names }];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

export function dirname(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

export function inside(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** Joins and normalises; undefined where it leads out of the repository. */
export function join(directory: string, path: string): string | undefined {
  const joined = posix.normalize(`${directory === "" ? "." : directory}/${path}`).replace(/\/$/, "");
  if (joined === ".") return "";
  return joined === ".." || joined.startsWith("../") ? undefined : joined;
}

/** Directories that compilers write to; the sources lie beside them in `src`, or in the package itself. */
const outputs = new Set(["dist", "build", "lib", "out", "output", "compiled", ".build"]);

/** Sources that a compiled file may come from: `dist/server.js` → `src/server.ts`. */
export function sourcesOf(path: string): readonly string[] {
  const parts = path.split("/");
  const at = parts.findIndex((part) => outputs.has(part));
  if (at === -1) return [];
  const stem = (parts.at(-1) ?? "").replace(/\.[cm]?js$/, "");
  const before = parts.slice(0, at);
  const after = parts.slice(at + 1, -1);
  const inner = after[0] === "src" ? after.slice(1) : after;
  // Nest's monorepos: dist/apps/api/main.js comes from apps/api/src/main.ts.
  const directories = [[...before, "src", ...inner], [...before, ...after], [...before, ...after, "src"]];
  return directories.flatMap((directory) => [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs"].map((extension) => [...directory, stem + extension].join("/")));
}
