import { posix } from "node:path";
import type { FileProblem, Sourced, Surroundings, Sysctl } from "@audit-backlog/model";
import type { CommandFacts, CommandLine, EmbeddedText, Place, PlaceFacts } from "../../facts.ts";
import { Collector } from "../commands/collector.ts";
import { clustersOf } from "./clusters.ts";
import { configMapOf, ConfigMaps, embeddedOf, mountsOf } from "./config-maps.ts";
import { containersOf, type Container } from "./container.ts";
import { Kustomize, type Variant } from "./kustomize.ts";
import { meshOf } from "./mesh.ts";
import { integer, sourced, unwritten } from "./numbers.ts";
import { podOf, type KubernetesFile, type KubernetesObject, type Pod } from "./objects.ts";
import { reachOf, serviceOf, type Service } from "./services.ts";

export { Charts } from "./helm.ts";
export { looksLikeKubernetes, readObjects, type KubernetesFile } from "./objects.ts";

export type KubernetesFacts = PlaceFacts & CommandFacts;

/** The environment that a path names. */
export type EnvironmentOf = (path: string) => string | undefined;

/** What the manifests and charts of a repository run, and what they say about where it runs. */
export function readKubernetes(files: readonly KubernetesFile[], environmentOf: EnvironmentOf = () => undefined): KubernetesFacts {
  return new Reader(files, environmentOf).read();
}

class Reader {
  readonly #kustomize: Kustomize;
  readonly #objects: readonly KubernetesObject[];
  readonly #clusters: ReadonlyMap<string, string>;
  readonly #maps = new ConfigMaps();
  readonly #environmentOf: EnvironmentOf;
  readonly #services = new Map<string, Service[]>();
  readonly #namespaces = new Map<string, KubernetesObject[]>();
  readonly #places: Place[] = [];
  readonly #commands = new Map<string, CommandLine>();
  readonly #embedded: EmbeddedText[] = [];
  readonly #problems: FileProblem[] = [];

  constructor(files: readonly KubernetesFile[], environmentOf: EnvironmentOf) {
    this.#kustomize = new Kustomize(files);
    this.#environmentOf = environmentOf;
    this.#objects = files.filter(({ path }) => !this.#kustomize.patchFiles.has(path)).flatMap(({ objects }) => objects);
    this.#clusters = clustersOf(this.#objects);
  }

  read(): KubernetesFacts {
    for (const { directory, name, files } of this.#kustomize.generated()) this.#maps.add({ file: posix.join(directory, "kustomization.yaml"), name, data: new Map(), paths: files });
    for (const object of this.#objects) {
      const map = configMapOf(object);
      if (map !== undefined) {
        this.#maps.add(map);
        const { embedded, problems } = embeddedOf(map);
        this.#embedded.push(...embedded);
        this.#problems.push(...problems);
      }
      const service = object.kind === "Service" ? serviceOf(object) : undefined;
      if (service !== undefined) add(this.#services, this.#clusterOf(object.file), service);
      if (object.kind === "Namespace") add(this.#namespaces, this.#clusterOf(object.file), object);
    }
    for (const object of this.#objects) {
      if (podOf(object) === undefined) continue;
      if (isPartial(object)) {
        const { range } = object.root.origin;
        this.#problems.push({ file: object.file, range: { start: range.start, end: range.start }, reason: `${object.kind} ${object.name} has a container without an image and no selector, as a patch does; it was not read` });
      } else for (const variant of this.#kustomize.variantsOf(object)) this.#variant(variant);
    }
    return { places: this.#places, embedded: this.#embedded, commands: [...this.#commands.values()], problems: [...this.#problems, ...this.#kustomize.problems] };
  }

  #clusterOf(file: string): string {
    return this.#clusters.get(file) ?? file;
  }

  #variant({ object, overlay }: Variant): void {
    const pod = podOf(object);
    if (pod === undefined) return;
    const { file } = object;
    const environment = (overlay === undefined ? undefined : overlayName(overlay, this.#environmentOf)) ?? this.#environmentOf(file);
    const find = (name: string): ReturnType<ConfigMaps["find"]> => this.#maps.find(name, overlay === undefined ? file : `${overlay}/kustomization.yaml`) ?? this.#maps.find(name, file);
    const containers = containersOf(pod.spec, (name) => find(name)?.data).filter(({ startsFirst }) => !startsFirst);
    const suffix = environment === undefined || overlay === undefined ? "" : `@${environment}`;
    const name = ({ name: own }: Container): string => `${object.kind}/${object.name} ${own}`;
    const ids = containers.map((container) => `${file}#${name(container)}${suffix}`);
    const cluster = this.#clusterOf(file);
    const reach = reachOf(pod, this.#services.get(cluster) ?? [], new Map(containers.flatMap(({ ports }) => [...ports])));
    const mesh = meshOf(pod, this.#namespaces.get(cluster) ?? []);
    const shared = { network: networkOf(pod), sysctls: sysctlsOf(pod, environment), ...(environment === undefined ? {} : { environment }), ...(mesh === undefined ? {} : { mesh }) };
    for (const [i, container] of containers.entries()) {
      const id = ids[i] ?? "";
      const holder = { kind: "kubernetes", name: name(container) } as const;
      const surroundings: Surroundings = {
        id,
        kind: "kubernetes",
        name: holder.name,
        origin: container.value.origin,
        ...shared,
        sharesNetworkWith: ids.filter((other) => other !== id),
        ...(container.cpus === undefined ? {} : { cpus: container.cpus }),
        probes: container.probes,
      };
      this.#places.push({
        surroundings,
        holder,
        startsOwnCommand: container.startsOwnCommand,
        ...(container.startsOwnCommand ? {} : { keepsEntrypoint: true }),
        hostnames: reach.hostnames,
        networks: [`kubernetes:${cluster}`],
        ...(container.image === undefined ? {} : { image: container.image }),
        mounts: mountsOf(pod.spec, container.value, find),
        ports: reach.ports,
      });
      this.#takeCommands(container, holder, id, object.root.tree.isTemplate);
    }
  }

  /** The same command in several overlays is one, which runs in all of their places. */
  #takeCommands({ command, source }: Container, holder: CommandLine["holder"], id: string, isTemplate: boolean): void {
    if (command === undefined || source === undefined) return;
    const collector = new Collector(source);
    collector.add(command, { holder });
    const { commands, problems } = collector.facts();
    for (const found of commands) {
      const line = isTemplate ? assumed(found) : found;
      const key = JSON.stringify([line.file, line.range.start.offset, holder.name, line.words.map(({ value }) => value), [...line.environment].map(([variable, { value }]) => [variable, value])]);
      const known = this.#commands.get(key);
      this.#commands.set(key, { ...(known ?? line), places: [...(known?.places ?? []), id] });
    }
    this.#problems.push(...problems);
  }
}

function add<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

/** A workload of its own has a selector and images; what has neither is there to be merged into another. */
function isPartial({ kind, root }: KubernetesObject): boolean {
  const containers = root.at("spec", "template", "spec", "containers")?.items() ?? [];
  return ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].includes(kind) && root.at("spec", "selector") === undefined && !root.at("spec")?.isOpen("selector") && containers.some((container) => container.at("image") === undefined);
}

/** `overlays/production` is called production, whatever the directory's name. */
function overlayName(directory: string, environmentOf: EnvironmentOf): string | undefined {
  return environmentOf(`${directory}/kustomization.yaml`) ?? (/(?:^|\/)overlays\//.test(directory) ? posix.basename(directory) : undefined);
}

/** Nothing of a template is certain: somebody may set other values, and branches decide what is there at all. */
function assumed(command: CommandLine): CommandLine {
  const weaker = <T extends { readonly value: CommandLine["words"][number]["value"] }>(given: T): T => (given.value.kind === "exact" ? { ...given, value: { kind: "assumed", value: given.value.value } } : given);
  return { ...command, words: command.words.map(weaker), environment: new Map([...command.environment].map(([name, value]) => [name, weaker(value)])) };
}

function sysctlsOf({ spec }: Pod, environment: string | undefined): Sysctl[] {
  return (spec.at("securityContext", "sysctls")?.items() ?? []).flatMap((entry) => {
    const [name, value] = [entry.at("name")?.text, entry.at("value")];
    if (name === undefined || value === undefined) return [];
    return [{ name: name.replaceAll("/", "."), value: sourced(value, integer), ...(environment === undefined ? {} : { environment }) }];
  });
}

const podApi = "kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1 (hostNetwork)";

function networkOf({ spec }: Pod): Sourced<"own" | "host"> {
  const written = spec.at("hostNetwork");
  if (written === undefined) return unwritten("own", podApi);
  return sourced(written, (text) => (text === "true" ? "host" : text === "false" ? "own" : undefined));
}
