import { integer } from "./numbers.ts";
import type { KubernetesObject, Pod } from "./objects.ts";
import type { YamlValue } from "./yaml-tree.ts";

interface Port {
  readonly published: number;
  readonly target: number;
  readonly hostname: string;
}

/** How others reach a pod. */
export interface Reach {
  readonly hostnames: readonly string[];
  readonly ports: readonly Port[];
}

/** What the Services of a pod's cluster and namespace say of it. `portsOf`: the pod's ports by name. */
export function reachOf(pod: Pod, services: readonly KubernetesObject[], named: ReadonlyMap<string, number>): Reach {
  const hostnames: string[] = [];
  const ports: Port[] = [];
  for (const service of services) {
    if (service.namespace !== pod.object.namespace || !selects(service.root.at("spec", "selector"), pod.metadata?.at("labels"))) continue;
    const names = namesOf(service);
    hostnames.push(...names);
    for (const port of service.root.at("spec", "ports")?.items() ?? []) {
      const published = integer(port.at("port")?.text ?? "");
      const target = port.at("targetPort")?.text;
      const number = target === undefined ? published : (integer(target) ?? named.get(target));
      if (published !== undefined && number !== undefined) ports.push(...names.map((hostname) => ({ published, target: number, hostname })));
    }
  }
  return { hostnames: [...new Set(hostnames)], ports };
}

/** kubernetes.io/docs/concepts/services-networking/dns-pod-service; the cluster's domain is the usual one. */
function namesOf({ name, namespace }: KubernetesObject): readonly string[] {
  if (namespace === undefined) return [name];
  return [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}

/** A Service without a selector has its addresses from elsewhere. */
function selects(selector: YamlValue | undefined, labels: YamlValue | undefined): boolean {
  const wanted = selector?.entries() ?? [];
  return wanted.length > 0 && wanted.every(([key, value]) => value.text !== undefined && labels?.entry(key)?.text === value.text);
}
