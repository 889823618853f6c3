import { posix } from "node:path";
import type { FileProblem, NginxService, Sourced } from "@audit-backlog/model";
import type { Place } from "../facts.ts";
import type { NginxFacts } from "../readers/nginx.ts";
import { fragmentUnits } from "./nginx-fragments.ts";
import { expandIncludes, type Expansion, type IncludeOptions, type ResolvedInclude } from "./nginx-include.ts";
import { hasMask } from "./nginx-paths.ts";
import { buildService } from "./nginx-service.ts";
import type { Unit } from "./nginx-unit.ts";
import type { SeenAt } from "./whereabouts.ts";

export interface NginxOptions extends Omit<IncludeOptions, "files" | "budget" | "containers"> {
  /** Containers that have a file where nginx reads its configuration. */
  readonly nginxWith?: (file: string) => readonly SeenAt[];
  /** net.core.somaxconn where nginx runs. */
  readonly somaxconn: Sourced<number>;
}

export interface AssembledNginx {
  readonly services: NginxService[];
  readonly problems: FileProblem[];
  /** Every file that was read, those reached by includes among them. */
  readonly read: string[];
  /** Where each include led, and how its path was found. */
  readonly includes: ResolvedInclude[];
  /** Where each service runs, by its id. */
  readonly places: ReadonlyMap<string, readonly Place[]>;
}

/** Directives and included files in all configurations together, each as often as it is included. */
const maxSteps = 2_000_000;
/** Containers with one main configuration; more are not told apart. */
const maxContainers = 20;

/**
 * Turns nginx files into services: one a main configuration with all that it includes, and one a fragment that no main
 * configuration reaches. `files` are those that look like nginx; includes reach others through `lookup`.
 */
export function assembleNginx(files: ReadonlyMap<string, NginxFacts>, options: NginxOptions): AssembledNginx {
  const nginxWith = options.nginxWith ?? ((): readonly SeenAt[] => []);
  const containers = (main: string): ReturnType<NonNullable<IncludeOptions["containers"]>> => nginxWith(main).map((seen) => (path) => includedIn(seen, path, options.list));
  const all: IncludeOptions = { containers, files, lookup: options.lookup, list: options.list, roots: options.roots, budget: { steps: maxSteps } };
  const sorted = [...files.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  const mains = pickRoots(sorted.filter(isMain), (facts) => expandIncludes(facts, { directory: directoryOf(facts.file), fragment: false }, all));
  const instances = mains.flatMap(({ facts, expansion }) => instancesOf(facts, expansion, nginxWith(facts.file), all, options.list));
  const reached = new Set(instances.flatMap(({ expansion }) => expansion.files.map(({ file }) => file)));
  const fragments = pickRoots(
    sorted.filter(({ file }) => !reached.has(file)),
    (facts) => expandIncludes(facts, { directory: directoryOf(facts.file), fragment: true }, all),
  );
  const units: Unit[] = [
    ...instances.map(({ unit }) => unit),
    ...fragmentUnits(fragments.map(({ facts, expansion }) => ({ facts, nodes: expansion.nodes }))),
  ];
  const expansions = [...instances, ...fragments].map(({ expansion }) => expansion);
  const problems = expansions.flatMap((expansion) => expansion.problems);
  const read = new Map(expansions.flatMap((expansion) => expansion.files.map((facts) => [facts.file, facts] as const)));
  for (const facts of read.values()) problems.push(...facts.problems);
  const services: NginxService[] = [];
  const places = new Map<string, readonly Place[]>();
  for (const unit of units) {
    const name = units.length === 1 ? "nginx" : `nginx ${unit.id}`;
    const { service, problems: found } = buildService(unit, name, options.somaxconn);
    if (service !== undefined) {
      services.push(service);
      places.set(service.id, unit.places ?? [...new Set(unit.roots.flatMap(({ facts }) => nginxWith(facts.file).map(({ place }) => place)))]);
    }
    problems.push(...found);
  }
  return { services, problems: once(problems), read: [...read.keys()].sort(), includes: expansions.flatMap(({ includes }) => includes), places };
}

/**
 * The files of the tree that an include means in a container. Images of nginx make conf.d/x.conf of templates/x.conf.template
 * when they start (docker-nginx: 20-envsubst-on-templates.sh).
 */
function includedIn({ path: main, files }: SeenAt, path: string, list: (glob: string) => readonly string[]): readonly string[] {
  const absolute = posix.resolve(posix.dirname(main), path);
  const template = absolute.replace(/^\/etc\/nginx\/conf\.d\//, "/etc/nginx/templates/");
  return [absolute, ...(template === absolute ? [] : [`${template}.template`])].flatMap((one) => {
    if (hasMask(one)) return files.filesMatching(one, list);
    const file = files.fileAt(one);
    return file === undefined ? [] : [file];
  });
}

/** nginx needs an `events` block; a file with another block of the main context may be included by one that has it. */
function isMain(facts: NginxFacts): boolean {
  return facts.tree.directives.some(({ name, block }) => block !== undefined && ["events", "http", "stream", "mail"].includes(name.value));
}

interface Instance {
  readonly unit: Unit;
  readonly expansion: Expansion;
}

/** One nginx, or one for each group of containers in which its includes lead to the same files. */
function instancesOf(facts: NginxFacts, expansion: Expansion, seen: readonly SeenAt[], all: IncludeOptions, list: (glob: string) => readonly string[]): Instance[] {
  const groups = new Map<string, { expansion: Expansion; places: Place[] }>();
  for (const one of seen.length < 2 ? [] : seen.slice(0, maxContainers)) {
    const own = expandIncludes(facts, { directory: directoryOf(facts.file), fragment: false }, { ...all, containers: () => [(path) => includedIn(one, path, list)] });
    const key = own.files.map(({ file }) => file).join("\n");
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { expansion: own, places: [one.place] });
    else same.places.push(one.place);
  }
  if (groups.size < 2) return [{ unit: mainUnit(facts, expansion), expansion }];
  return [...groups.values()].map(({ expansion: own, places }) => {
    const names = places.map(({ surroundings: { id, name } }) => (seen.some(({ place }) => !places.includes(place) && place.surroundings.name === name) ? id : name));
    return { unit: { ...mainUnit(facts, own), id: `${facts.file} (${[...new Set(names)].join(", ")})`, places }, expansion: own };
  });
}

function mainUnit(facts: NginxFacts, { nodes }: Expansion): Unit {
  return { id: facts.file, fragment: !nodes.some(({ name }) => name === "events"), roots: [{ facts, nodes }], borrowed: [] };
}

interface Root {
  readonly facts: NginxFacts;
  readonly expansion: Expansion;
}

/** Those that no other one includes; of files that include each other in a circle, the first. */
function pickRoots(candidates: readonly NginxFacts[], expand: (facts: NginxFacts) => Expansion): Root[] {
  const expanded = candidates.map((facts) => ({ facts, expansion: expand(facts) }));
  const includedByOthers = new Set(expanded.flatMap(({ facts, expansion }) => expansion.files.map(({ file }) => file).filter((file) => file !== facts.file)));
  const roots = expanded.filter(({ facts }) => !includedByOthers.has(facts.file));
  const reached = new Set(roots.flatMap(({ expansion }) => expansion.files.map(({ file }) => file)));
  for (const root of expanded) {
    if (reached.has(root.facts.file)) continue;
    roots.push(root);
    for (const { file } of root.expansion.files) reached.add(file);
  }
  return roots;
}

function directoryOf(file: string): string {
  const directory = posix.dirname(file);
  return directory === "." ? "" : directory;
}

/** A file included by two main configurations has its problems once. */
function once(problems: readonly FileProblem[]): FileProblem[] {
  const seen = new Map(problems.map((problem) => [`${problem.file}:${problem.range?.start.offset ?? ""}:${problem.reason}`, problem]));
  return [...seen.values()];
}
