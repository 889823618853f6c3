import type { Sourced, Surroundings, Sysctl } from "@audit-backlog/model";
import type { CommandFacts, Place, PlaceFacts } from "../../facts.ts";
import { Collector } from "../commands/collector.ts";
import { containersOf, type Container } from "./container.ts";
import { integer, sourced, unwritten } from "./numbers.ts";
import { podOf, type KubernetesFile, type Pod } from "./objects.ts";

export { looksLikeKubernetes, readObjects, type KubernetesFile } from "./objects.ts";

export type KubernetesFacts = PlaceFacts & CommandFacts;

/** What the manifests of a repository run, and what their pods say about it. */
export function readKubernetes(files: readonly KubernetesFile[]): KubernetesFacts {
  const places: Place[] = [];
  const commands: CommandFacts[] = [];
  for (const file of files) {
    const [first] = file.objects;
    if (first === undefined) continue;
    const collector = new Collector(first.root.tree.source);
    for (const object of file.objects) {
      const pod = podOf(object);
      if (pod !== undefined) for (const place of podPlaces(pod, collector)) places.push(place);
    }
    commands.push(collector.facts());
  }
  return { places, embedded: [], commands: commands.flatMap((found) => found.commands), problems: commands.flatMap((found) => found.problems) };
}

function podPlaces(pod: Pod, collector: Collector): Place[] {
  const { object, spec } = pod;
  const containers = containersOf(spec, () => undefined).filter(({ startsFirst }) => !startsFirst);
  const nameOf = (container: Container): string => `${object.kind}/${object.name} ${container.name}`;
  const ids = containers.map((container) => `${object.file}#${nameOf(container)}`);
  const sysctls = sysctlsOf(pod);
  const network = networkOf(pod);
  return containers.map((container, i) => {
    const name = nameOf(container);
    const id = ids[i] ?? name;
    const holder = { kind: "kubernetes", name } as const;
    if (container.command !== undefined) collector.add(container.command, { holder });
    const surroundings: Surroundings = {
      id,
      kind: "kubernetes",
      name,
      origin: container.value.origin,
      network,
      sysctls,
      sharesNetworkWith: ids.filter((other) => other !== id),
      ...(container.cpus === undefined ? {} : { cpus: container.cpus }),
      probes: container.probes,
    };
    return {
      surroundings,
      holder,
      startsOwnCommand: container.startsOwnCommand,
      hostnames: [],
      networks: [],
      ...(container.image === undefined ? {} : { image: container.image }),
      mounts: [],
      ports: [],
    };
  });
}

function sysctlsOf({ spec }: Pod): Sysctl[] {
  return (spec.at("securityContext", "sysctls")?.items() ?? []).flatMap((entry) => {
    const [name, value] = [entry.at("name")?.text, entry.at("value")];
    return name === undefined || value === undefined ? [] : [{ name: name.replaceAll("/", "."), value: sourced(value, integer) }];
  });
}

const podApi = "kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1 (hostNetwork)";

function networkOf({ spec }: Pod): Sourced<"own" | "host"> {
  const written = spec.at("hostNetwork");
  if (written === undefined) return unwritten("own", podApi);
  return sourced(written, (text) => (text === "true" ? "host" : text === "false" ? "own" : undefined));
}
