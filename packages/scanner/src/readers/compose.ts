import { posix } from "node:path";
import { isMap } from "yaml";
import type { FileProblem, Sourced, Surroundings, Sysctl } from "@audit-backlog/model";
import type { CommandLine, Lookup, Place, PlaceFacts } from "../facts.ts";
import { wholeWord } from "./commands/annotated.ts";
import { buildArgumentsOf, commandsOf, environmentOf as variablesOf } from "./commands/compose.ts";
import { inTree } from "./commands/shell-builtins.ts";
import { sourcedEnvironment } from "./commands/shell-scope.ts";
import { probesOf } from "./compose-health.ts";
import { ComposeFiles, layeredServices, type Entry, type LayeredService } from "./compose-layers.ts";
import { embeddedIn, mountsOf } from "./compose-mounts.ts";
import { maxPorts, networkingOf, type Networking } from "./compose-network.ts";
import { composeProjects, type ComposeProject } from "./compose-projects.ts";
import { decimal, integer, numberOf } from "./compose-values.ts";
import type { ComposeYaml } from "./compose-yaml.ts";

export interface ComposeFacts extends PlaceFacts {
  readonly commands: readonly CommandLine[];
  /** Files that are templates, whatever they are called. */
  readonly templates: readonly string[];
}

/** What the services of compose files start and where. Anything else that the files name is read through `lookup`. */
export function readComposeFiles(paths: readonly string[], lookup: Lookup, environmentOf: (path: string) => string | undefined): ComposeFacts {
  const files = new ComposeFiles(lookup);
  const commands: CommandLine[] = [];
  const places: Place[] = [];
  const problems: FileProblem[] = [];
  for (const project of composeProjects(files, paths, environmentOf)) {
    const found = readProject(files, project, lookup, environmentOf);
    places.push(...found.places);
    problems.push(...found.problems);
    commands.push(...found.commands);
  }
  const embedded = files.all.flatMap((yaml) => embeddedIn(yaml));
  const templates = files.all.filter(({ isTemplate }) => isTemplate).map(({ source }) => source.path);
  return { commands: withoutRepeats(commands), places, embedded, templates, problems: [...problems, ...files.all.flatMap((yaml) => yaml.problems)] };
}

/** A command of a base file that several projects run, in the same environment, is one. */
function withoutRepeats(commands: readonly CommandLine[]): CommandLine[] {
  const known = new Map<string, CommandLine>();
  for (const command of commands) {
    const { file, range, holder, words, environment, directory } = command;
    const key = JSON.stringify([file, range.start.offset, range.end.offset, holder, words, [...environment], directory]);
    const same = known.get(key);
    known.set(key, same === undefined ? command : { ...same, places: [...new Set([...(same.places ?? []), ...(command.places ?? [])])] });
  }
  return [...known.values()];
}

function readProject(files: ComposeFiles, project: ComposeProject, lookup: Lookup, environmentOf: (path: string) => string | undefined): { commands: CommandLine[]; places: Place[]; problems: FileProblem[] } {
  const { name } = project;
  const yamls = project.files.flatMap((path) => files.get(path) ?? []);
  const services = layeredServices(files, project.files);
  const idOf = (service: string): string => `${name}#${service}`;
  const networking = new Map(services.map((service) => [service.name, networkingOf(service, name, yamls)]));
  const groups = namespaces(services, networking, idOf);
  const commands: CommandLine[] = [];
  const problems: FileProblem[] = [];
  const places = services.map((service): Place => {
    const own = networking.get(service.name) ?? networkingOf(service, name, yamls);
    const group = groups.get(service.name);
    const place = placeOf(service, { ...project, ...environmentIn(project, service, environmentOf) }, yamls, own, lookup);
    const facts = commandsOf(service, lookup);
    problems.push(...facts.problems);
    commands.push(...facts.commands.map((command) => ({ ...command, places: [idOf(service.name)] })));
    return group === undefined ? place : shared(place, group);
  });
  return { commands, places, problems };
}

/** A service of one profile that is called as an environment belongs to that one. */
function environmentIn({ environment }: ComposeProject, service: LayeredService, environmentOf: (path: string) => string | undefined): Pick<ComposeProject, "environment"> {
  const [profile, ...others] = service.items("profiles").map(({ yaml, node }) => yaml.known(node));
  const found = environment ?? (profile === undefined || others.length > 0 ? undefined : environmentOf(profile));
  return found === undefined ? {} : { environment: found };
}

/** What services have in common that share a network namespace. */
interface Namespace {
  readonly ids: readonly string[];
  readonly network: Sourced<"own" | "host"> | undefined;
  readonly hostnames: readonly string[];
  readonly networks: readonly string[];
  readonly ports: Place["ports"];
}

function shared(place: Place, { ids, network, hostnames, networks, ports }: Namespace): Place {
  const { surroundings } = place;
  return { ...place, surroundings: { ...surroundings, network: network ?? surroundings.network, sharesNetworkWith: ids.filter((id) => id !== surroundings.id) }, hostnames, networks, ports };
}

/** The namespaces of several services, by the name of each: `network_mode: service:x`, however many steps away. */
function namespaces(services: readonly LayeredService[], networking: ReadonlyMap<string, Networking>, idOf: (service: string) => string): ReadonlyMap<string, Namespace> {
  const byContainer = new Map(services.map((service) => [service.known("container_name") ?? service.name, service.name]));
  const owners = new Map<string, string>();
  const ownerOf = (name: string): string => {
    const seen = new Set<string>();
    let at = name;
    while (!seen.has(at) && !owners.has(at)) {
      seen.add(at);
      const joins = networking.get(at)?.joins;
      const next = joins === undefined ? undefined : "service" in joins ? joins.service : byContainer.get(joins.container);
      if (next === undefined || !networking.has(next)) break;
      at = next;
    }
    const owner = owners.get(at) ?? at;
    for (const one of seen) owners.set(one, owner);
    return owner;
  };
  const groups = new Map<string, string[]>();
  for (const { name } of services) {
    const owner = ownerOf(name);
    const group = groups.get(owner);
    if (group === undefined) groups.set(owner, [name]);
    else group.push(name);
  }
  const found = new Map<string, Namespace>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const members = group.flatMap((name) => networking.get(name) ?? []);
    const namespace: Namespace = {
      ids: group.map(idOf),
      network: members.find(({ joins }) => joins === undefined)?.network,
      hostnames: [...new Set(members.flatMap(({ hostnames }) => hostnames))],
      networks: [...new Set(members.flatMap(({ networks }) => networks))],
      ports: members.flatMap(({ ports }) => ports).slice(0, maxPorts),
    };
    for (const name of group) found.set(name, namespace);
  }
  return found;
}

function placeOf(service: LayeredService, project: ComposeProject, files: readonly ComposeYaml[], networking: Networking, lookup: Lookup): Place {
  const { name } = service;
  const id = `${project.name}#${name}`;
  const cpus = cpusOf(service);
  const nofile = service.sourced("ulimits", "nofile", "soft") ?? service.sourced("ulimits", "nofile");
  const image = service.sourced("image");
  const build = buildOf(service);
  const variables = variablesOf(service, lookup);
  const surroundings: Surroundings = {
    id,
    kind: "compose",
    name,
    origin: service.origin,
    ...(project.environment === undefined ? {} : { environment: project.environment }),
    network: networking.network,
    sysctls: [...service.entries("sysctls").values()].flatMap((entry) => sysctlOf(entry, project.environment)),
    ...(cpus === undefined ? {} : { cpus }),
    ...(nofile === undefined ? {} : { nofile: numberOf(nofile, integer) }),
    probes: probesOf(service),
  };
  return {
    surroundings,
    holder: { kind: "compose", name },
    startsOwnCommand: service.last("command") !== undefined || service.last("entrypoint") !== undefined,
    ...(service.last("entrypoint") === undefined ? { keepsEntrypoint: true } : {}),
    hostnames: networking.hostnames,
    networks: networking.networks,
    ...(image === undefined ? {} : { image }),
    ...(variables.size === 0 ? {} : { environment: sourcedEnvironment(variables) }),
    ...(build === undefined ? {} : { build }),
    mounts: mountsOf(service, files),
    ports: networking.ports,
  };
}

/** `deploy.resources.limits.cpus`, else `cpus`, else `cpu_quota` of a period of 100 ms (docs.docker.com/engine/containers/resource_constraints). */
function cpusOf(service: LayeredService): Sourced<number> | undefined {
  const limit = service.sourced("deploy", "resources", "limits", "cpus") ?? service.sourced("cpus");
  if (limit !== undefined) return positive(numberOf(limit, decimal));
  const quota = service.sourced("cpu_quota");
  if (quota === undefined) return undefined;
  const period = integer(service.known("cpu_period") ?? "100000");
  return positive(numberOf(quota, (text) => (period === undefined || period <= 0 ? undefined : microseconds(text) / period)));
}

function microseconds(text: string): number {
  return integer(text) ?? NaN;
}

/** 0 is no limit. */
function positive(cpus: Sourced<number>): Sourced<number> | undefined {
  return "value" in cpus.value && !(cpus.value.value > 0) ? undefined : cpus;
}

function buildOf(service: LayeredService): Place["build"] {
  const last = service.last("build");
  if (last === undefined) return undefined;
  const directory = posix.dirname((service.last("build", "context") ?? last).yaml.source.path);
  const short = isMap(last.node) ? undefined : last.yaml.known(last.node);
  const context = short ?? service.known("build", "context") ?? (isMap(last.node) ? "." : undefined);
  const within = context === undefined || context.includes("://") ? undefined : inTree(posix.join(directory, context));
  const file = service.known("build", "dockerfile") ?? "Dockerfile";
  const target = service.known("build", "target");
  const inline = service.last("build", "dockerfile_inline") !== undefined;
  const given = inline ? new Map() : buildArgumentsOf(service);
  return { context: within, dockerfile: within === undefined || inline ? undefined : inTree(posix.join(within, file)), ...(target === undefined ? {} : { target }), ...(given.size === 0 ? {} : { given }) };
}

/** `net/core/somaxconn` is the same name as with dots. */
function sysctlOf({ yaml, name, value }: Entry, environment: string | undefined): readonly Sysctl[] {
  if (value === undefined) return [];
  const word = wholeWord(yaml.interpolate(value), yaml.source);
  const { start, end } = word.range;
  const sourced: Sourced<string> = { value: word.value, origin: yaml.source.origin(start.offset, end.offset), text: word.text };
  return [{ name: name.text.trim().replaceAll("/", "."), value: numberOf(sourced, integer), ...(environment === undefined ? {} : { environment }) }];
}
