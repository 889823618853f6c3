import { pathMatches } from "../discover/glob.ts";

export type EnvironmentOf = (path: string) => string | undefined;

/** Names environments by the globs that were stated for them, and else by what paths say. */
export function environmentNamer(stated: ReadonlyMap<string, readonly string[]> = new Map()): EnvironmentOf {
  return (path) => [...stated].find(([, globs]) => globs.some((glob) => pathMatches(glob, path)))?.[0] ?? environmentOfPath(path);
}

/** Words that name an environment in the names of files and directories, and how we call it. */
const words: ReadonlyMap<string, string> = new Map([
  ...["prod", "production", "prd"].map((word) => [word, "production"] as const),
  ...["dev", "devel", "develop", "development", "devcontainer"].map((word) => [word, "development"] as const),
  ...["local", "localhost", "localdev"].map((word) => [word, "local"] as const),
  ...["stage", "staging", "stg"].map((word) => [word, "staging"] as const),
  ...["preprod", "preproduction"].map((word) => [word, "preproduction"] as const),
  ...["test", "tests", "testing"].map((word) => [word, "test"] as const),
  ...["ci", "e2e", "qa", "uat", "demo", "sandbox", "debug"].map((word) => [word, word] as const),
]);

/** Directories whose subdirectories are deployments of their own. */
const collections = /^\.?(?:examples?|samples?|demos?|recipes|tutorials?|playground|cookbooks?|fixtures)$/i;

/**
 * The environment that a path names: `docker-compose.prod.yml`, `compose/production/nginx.conf`, `overlays/dev/…`,
 * `examples/<x>/…`. The word nearest to the end of the path counts, for what lies in `dev/` may be said more closely by
 * a file's own name. Undefined where nothing says so.
 */
export function environmentOfPath(path: string): string | undefined {
  const parts = path.split("/");
  const file = parts.pop() ?? "";
  const at = parts.findIndex((part) => collections.test(part));
  // A file directly in examples/ is an example by its own name.
  const collection = at === -1 ? undefined : parts.slice(0, at + 2).join("/");
  const inner = at === -1 ? parts : parts.slice(at + 2);
  const word = wordOf(file) ?? inner.map((part, index) => (part === "local" && inner[index - 1] === "usr" ? undefined : wordOf(part))).findLast((found) => found !== undefined);
  if (collection === undefined) return word;
  return word === undefined ? collection : `${collection} ${word}`;
}

function wordOf(name: string): string | undefined {
  return name
    .toLowerCase()
    .split(/[._-]/)
    .map((word) => words.get(word))
    .find((found) => found !== undefined);
}

/** Whether two things may be deployed together: what belongs to no environment belongs to every one. */
export function together(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((name) => b.includes(name));
}
