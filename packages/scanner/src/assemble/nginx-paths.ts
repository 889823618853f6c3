import { posix } from "node:path";

/** Where a configuration stands: a main file fixes what relative includes are relative to, a fragment does not. */
export interface Place {
  /** Directory of the file, relative to the audited root; `""` is the root. */
  readonly directory: string;
  readonly fragment: boolean;
}

/** Where builds and packages of nginx keep their configuration. */
const usualPrefixes = [
  "/etc/nginx",
  "/usr/local/etc/nginx",
  "/usr/local/nginx/conf",
  "/usr/local/openresty/nginx/conf",
  "/opt/nginx/conf",
  "/opt/bitnami/nginx/conf",
  "/opt/homebrew/etc/nginx",
];

interface Candidates {
  /** All of them are tried; only a single hit counts. */
  readonly paths: readonly string[];
  readonly how: "relative" | "mapped" | "guessed";
}

/**
 * Paths in the repository that an include may mean, the surest way first. Relative ones are relative to the directory of
 * the main file (nginx: src/core/ngx_conf_file.c ngx_conf_full_name), wherever they stand. A fragment lies
 * somewhere below that directory. An absolute path counts where a mapping covers it, or where it is below a usual
 * prefix and the rest of it exists beside the main file.
 */
export function candidatePaths(path: string, place: Place, roots: ReadonlyMap<string, string>): Candidates[] {
  const bases = place.fragment ? ancestors(place.directory) : [place.directory];
  if (!path.startsWith("/")) {
    return [{ paths: inside(bases, path), how: place.fragment ? "guessed" : "relative" }];
  }
  const candidates: Candidates[] = [];
  const mapped = longestPrefix(path, [...roots.keys()]);
  if (mapped !== undefined) candidates.push({ paths: inside([roots.get(mapped) ?? ""], rest(path, mapped)), how: "mapped" });
  const usual = longestPrefix(path, usualPrefixes);
  if (usual !== undefined) candidates.push({ paths: inside(bases, rest(path, usual)), how: "guessed" });
  return candidates;
}

/** Whether an include is a mask to nginx: one that matches nothing is no mistake. */
export function hasMask(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Files that nginx and its packages bring along. They hold MIME types, character maps, parameters for the upstream and
 * cipher lists: nothing that bounds connections. Where a repository carries its own, it is read like any other.
 */
export function isStockFile(path: string): boolean {
  return /(?:^|\/)(?:mime\.types|fastcgi\.conf|(?:fastcgi|uwsgi|scgi|proxy)_params|koi-utf|koi-win|win-utf|snippets\/(?:fastcgi-php|snakeoil)\.conf|options-ssl-nginx\.conf|ssl-dhparams?\.(?:pem|conf)|modules-enabled\/[^/]*\.conf)$/.test(path);
}

function ancestors(directory: string): string[] {
  const found = [directory];
  for (let at = directory; at !== ""; ) {
    at = posix.dirname(at) === "." ? "" : posix.dirname(at);
    found.push(at);
  }
  return found;
}

function inside(bases: readonly string[], path: string): string[] {
  return bases
    .map((base) => posix.normalize(posix.join(base, path)))
    .filter((joined) => joined !== ".." && !joined.startsWith("../") && !joined.startsWith("/"));
}

function longestPrefix(path: string, prefixes: readonly string[]): string | undefined {
  return prefixes
    .filter((prefix) => path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function rest(path: string, prefix: string): string {
  return path.slice(prefix.length).replace(/^\/+/, "");
}
