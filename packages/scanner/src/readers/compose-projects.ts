import { posix } from "node:path";
import { isMap, isSeq } from "yaml";
import { inTree } from "./commands/shell-builtins.ts";
import type { ComposeFiles } from "./compose-layers.ts";
import type { ComposeYaml } from "./compose-yaml.ts";

/** Files that Compose reads together, in the order in which they are laid over each other. */
export interface ComposeProject {
  /** The file that makes it a project of its own. */
  readonly name: string;
  readonly files: readonly string[];
  readonly environment?: string;
}

/** `include` of `include` of …; nobody writes more. */
const maxIncludes = 20;

/**
 * Which compose files make up a project. `compose.yaml` or `docker-compose.yml` takes in its `.override` file, as Compose
 * does by itself (docs.docker.com/compose/how-tos/multiple-compose-files/merge). Another file that can't stand alone, for it
 * has services without an image or waits for services that it does not have, is laid over the base file beside it. What an
 * `include` or `extends` alone brings in is no project of its own.
 */
export function composeProjects(files: ComposeFiles, paths: readonly string[], environmentOf: (path: string) => string | undefined): readonly ComposeProject[] {
  const taken = new Set(paths.flatMap((path) => takenIn(files, path)));
  const byDirectory = new Map<string, string[]>();
  for (const path of paths) {
    const directory = posix.dirname(path);
    const known = byDirectory.get(directory);
    if (known === undefined) byDirectory.set(directory, [path]);
    else known.push(path);
  }
  return [...byDirectory.values()].flatMap((siblings) => {
    const base = basesFirst(siblings);
    const override = base === undefined ? undefined : siblings.find((path) => stem(path) === `${stem(base)}.override`);
    return siblings.flatMap((path): ComposeProject[] => {
      if (path === override || (taken.has(path) && path !== base)) return [];
      const environment = environmentOf(path);
      const named = environment === undefined ? {} : { environment };
      if (path === base) return [{ name: path, files: [...included(files, path), ...(override === undefined ? [] : [override])], ...named }];
      const under = needs(files.get(path), base === undefined ? undefined : files.get(base)) ? included(files, base ?? "") : [];
      return [{ name: path, files: [...under, ...included(files, path)], ...named }];
    });
  });
}

function stem(path: string): string {
  return posix.basename(path).replace(/(?:\.(?:ya?ml|j2|jinja2?|erb|tpl|tmpl|template|in|example|sample|dist|default))+$/, "");
}

/** The file that Compose takes without -f, else one that calls itself the base. */
function basesFirst(siblings: readonly string[]): string | undefined {
  const named = (...stems: readonly string[]): string | undefined => stems.map((wanted) => siblings.find((path) => stem(path) === wanted)).find((path) => path !== undefined);
  return named("compose", "docker-compose") ?? siblings.find((path) => /[._-](?:base|common)$/.test(stem(path)));
}

/** Whether a file can't be a project without the base: Compose refuses services without image and build. */
function needs(yaml: ComposeYaml | undefined, base: ComposeYaml | undefined): boolean {
  const own = yaml?.section("services");
  const other = base?.section("services");
  if (yaml === undefined || base === undefined || own === undefined || other === undefined) return false;
  const names = new Set(yaml.items(own).map(({ key }) => yaml.known(key)));
  const inBase = (name: string | undefined): boolean => name !== undefined && base.entry(other, name) !== undefined;
  return yaml.items(own).some(({ key, value }) => {
    const service = yaml.resolve(value);
    if (!isMap(service)) return inBase(yaml.known(key));
    const whole = ["image", "build", "extends"].some((name) => yaml.entry(service, name) !== undefined);
    if (!whole && inBase(yaml.known(key))) return true;
    const waits = yaml.resolve(yaml.entry(service, "depends_on"));
    const others = isSeq(waits) ? waits.items.map((item) => yaml.known(item)) : isMap(waits) ? yaml.items(waits).map((pair) => yaml.known(pair.key)) : [];
    return others.some((name) => !names.has(name) && inBase(name));
  });
}

/** A file behind those that it includes, each once. */
function included(files: ComposeFiles, path: string): readonly string[] {
  const found = new Set<string>();
  const walk = (at: string, depth: number, stack: readonly string[]): void => {
    const yaml = files.get(at);
    if (yaml === undefined || depth > maxIncludes || stack.includes(at)) return;
    for (const inner of includesOf(yaml)) {
      const { start, end } = yaml.origin(yaml.top("include")).range;
      if (inner === at || stack.includes(inner)) yaml.problem(start.offset, end.offset, `${inner} is included by what it includes: Compose refuses that`);
      else if (!found.has(inner)) walk(inner, depth + 1, [...stack, at]);
    }
    found.add(at);
  };
  walk(path, 0, []);
  return [...found];
}

function includesOf(yaml: ComposeYaml): readonly string[] {
  const include = yaml.top("include");
  const items = isSeq(include) ? include.items : [];
  return items.flatMap((item) => {
    const node = yaml.resolve(item);
    const paths = isMap(node) ? yaml.resolve(yaml.entry(node, "path")) : node;
    return (isSeq(paths) ? paths.items : [paths]).flatMap((one) => beside(yaml, yaml.known(one)));
  });
}

/** What a file includes or extends. */
function takenIn(files: ComposeFiles, path: string): readonly string[] {
  const yaml = files.get(path);
  const services = yaml?.section("services");
  if (yaml === undefined) return [];
  const extended = (services === undefined ? [] : yaml.items(services)).flatMap(({ value }) => {
    const service = yaml.resolve(value);
    const node = isMap(service) ? yaml.resolve(yaml.entry(service, "extends")) : undefined;
    return isMap(node) ? beside(yaml, yaml.known(yaml.entry(node, "file"))) : [];
  });
  return [...includesOf(yaml), ...extended].filter((other) => other !== path);
}

function beside(yaml: ComposeYaml, path: string | undefined): string[] {
  const found = path === undefined ? undefined : inTree(posix.join(posix.dirname(yaml.source.path), path));
  return found === undefined ? [] : [found];
}
