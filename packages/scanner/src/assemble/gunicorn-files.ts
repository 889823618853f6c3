import type { FileProblem, Sourced } from "@audit-backlog/model";
import type { CommandLine, Lookup, PythonSettings } from "../facts.ts";
import { readGunicornConfig } from "../readers/gunicorn-config.ts";
import type { GunicornInvocation } from "../readers/gunicorn-command.ts";

/** The configuration file that a command's gunicorn reads. */
export type ConfigFile =
  | { readonly kind: "none" }
  /** `certain`: false where the directory that gunicorn starts in was concluded from where files lie. */
  | { readonly kind: "read"; readonly settings: PythonSettings; readonly certain: boolean }
  /** It reads one that was not found: what that gives is unknown. */
  | { readonly kind: "unknown"; readonly named: Sourced<string>; readonly problem: FileProblem };

/**
 * Finds it as gunicorn does: `-c` of the command line, else of GUNICORN_CMD_ARGS, else gunicorn.conf.py in the directory
 * it starts in (gunicorn: gunicorn/app/base.py load_config). A path inside an image is tied to a file of the
 * repository only where exactly one fits. `fileAt`: the file that the command's container has at a path.
 */
export function findConfig(invocation: GunicornInvocation, configs: ReadonlyMap<string, PythonSettings>, lookup: Lookup, fileAt: (path: string) => string | undefined = () => undefined): ConfigFile {
  const { command } = invocation;
  const files = new Files(configs, lookup, invocation.environment);
  const named = lastNonEmpty(invocation.given) ?? lastNonEmpty(invocation.givenByEnvironment);
  if (named === undefined) {
    if (command.directory !== undefined) {
      const settings = files.read(join(command.directory, "gunicorn.conf.py"));
      return settings === undefined ? { kind: "none" } : { kind: "read", settings, certain: true };
    }
    const own = fileAt("gunicorn.conf.py");
    const seen = own === undefined ? undefined : files.read(own);
    if (seen !== undefined) return { kind: "read", settings: seen, certain: true };
    const [only, second] = files.below(command, ["gunicorn.conf.py"]);
    const settings = only === undefined || second !== undefined ? undefined : files.read(only);
    return settings === undefined ? { kind: "none" } : { kind: "read", settings, certain: false };
  }
  const unknown = (reason: string): ConfigFile => ({
    kind: "unknown",
    named,
    problem: { file: command.file, range: named.origin.kind === "file" ? named.origin.range : command.range, reason },
  });
  if (named.value.kind !== "exact" && named.value.kind !== "assumed") return unknown(`Which configuration file ${named.text ?? "-c"} names is known only at run time; its settings are unknown.`);
  const certain = named.value.kind === "exact";
  const places = placesOf(named.value.value);
  const own = places.map((place) => (place.startsWith("/") || command.directory === undefined ? fileAt(place) : undefined)).find((file) => file !== undefined);
  const found = own === undefined ? files.find(command, places) : [own];
  const [only, second] = found;
  if (only === undefined) return unknown(`The configuration file ${named.value.value} could not be tied to a file of the repository; its settings are unknown.`);
  if (second !== undefined) return unknown(`The configuration file ${named.value.value} can be ${found.slice(0, 4).join(" or ")}; its settings are unknown.`);
  const settings = files.read(only);
  return settings === undefined ? unknown(`The configuration file ${only} could not be read; its settings are unknown.`) : { kind: "read", settings, certain };
}

function lastNonEmpty(given: GunicornInvocation["given"]): Sourced<string> | undefined {
  const last = given.findLast(({ option }) => option.setting === "config");
  // `-c ""` counts as not given.
  if (last?.value === undefined || (last.value.kind === "exact" && last.value.value === "")) return undefined;
  return { value: last.value, origin: last.origin, text: last.text };
}

/** The paths that `FILE`, `file:FILE` and `python:a.b` stand for. */
function placesOf(location: string): readonly string[] {
  if (!location.startsWith("python:")) return [location.startsWith("file:") ? location.slice("file:".length) : location];
  const path = location.slice("python:".length).replaceAll(".", "/");
  return [`${path}.py`, `${path}/__init__.py`];
}

class Files {
  readonly #configs: ReadonlyMap<string, PythonSettings>;
  readonly #lookup: Lookup;
  readonly #environment: ReadonlyMap<string, Sourced<string>>;

  constructor(configs: ReadonlyMap<string, PythonSettings>, lookup: Lookup, environment: ReadonlyMap<string, Sourced<string>>) {
    this.#configs = configs;
    this.#lookup = lookup;
    this.#environment = environment;
  }

  /** The file's settings in the command's environment. */
  read(path: string): PythonSettings | undefined {
    const known = this.#configs.get(path);
    if (known !== undefined && this.#environment.size === 0) return known;
    const text = this.#lookup(path);
    if (text === undefined) return known;
    const matters = [...this.#environment.keys()].some((name) => text.includes(name));
    return known !== undefined && !matters ? known : readGunicornConfig(path, text, this.#environment);
  }

  exists(path: string): boolean {
    return this.#configs.has(path) || this.#lookup(path) !== undefined;
  }

  find(command: CommandLine, places: readonly string[]): readonly string[] {
    const relative = places.filter((place) => !place.startsWith("/"));
    if (relative.length > 0) {
      if (command.directory === undefined) return this.below(command, relative);
      const { directory } = command;
      return relative.map((place) => join(directory, place)).filter((path) => this.exists(path)).slice(0, 1);
    }
    // Some directory of the image is some directory of the repository: the longest common end tells which file it is.
    const tails = places.flatMap((place) => tailsOf(normalize(place)));
    for (const tail of tails) {
      const found = this.below(command, [tail]);
      if (found.length > 0) return found;
    }
    const name = tails.at(-1) ?? "";
    return [...this.#configs.keys()].filter((path) => path === name || path.endsWith(`/${name}`));
  }

  /** The places that exist below the directory of the command's file or one above it. */
  below(command: CommandLine, places: readonly string[]): readonly string[] {
    const found = new Set<string>();
    for (const directory of ancestors(command.file)) {
      for (const place of places) {
        const path = join(directory, place);
        if (!path.startsWith("../") && this.exists(path)) found.add(path);
      }
    }
    return [...found];
  }
}

/** "/a/b/c" → "a/b/c", "b/c", "c". */
function tailsOf(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.slice(0, 16).map((_, i) => parts.slice(i).join("/"));
}

function ancestors(file: string): readonly string[] {
  const parts = file.split("/").slice(0, -1).slice(0, 32);
  return [...parts.map((_, i) => parts.slice(0, parts.length - i).join("/")), ""];
}

function join(directory: string, path: string): string {
  return normalize(directory === "" ? path : `${directory}/${path}`);
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
