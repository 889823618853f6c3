import { integer } from "./numbers.ts";
import type { KubernetesObject, Pod } from "./objects.ts";

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

/** A Service that has its pods by their labels. */
export interface Service {
  readonly namespace: string | undefined;
  readonly names: readonly string[];
  readonly selector: readonly (readonly [string, string])[];
  readonly ports: readonly { readonly published: number; readonly target: string | undefined }[];
}

/** Undefined for a Service without a selector: its addresses come from elsewhere. */
export function serviceOf(object: KubernetesObject): Service | undefined {
  const wanted = object.root.at("spec", "selector")?.entries() ?? [];
  const selector = wanted.flatMap(([key, value]) => (value.text === undefined ? [] : [[key, value.text] as const]));
  if (selector.length === 0 || selector.length < wanted.length) return undefined;
  const ports = (object.root.at("spec", "ports")?.items() ?? []).flatMap((port) => {
    const published = integer(port.at("port")?.text ?? "");
    return published === undefined ? [] : [{ published, target: port.at("targetPort")?.text }];
  });
  return { namespace: object.namespace, names: namesOf(object), selector, ports };
}

/** What the Services of a pod's cluster and namespace say of it. `named`: the pod's ports by name. */
export function reachOf(pod: Pod, services: readonly Service[], named: ReadonlyMap<string, number>): Reach {
  const labels = new Map((pod.metadata?.at("labels")?.entries() ?? []).map(([key, value]) => [key, value.text]));
  const selecting = services.filter(({ namespace, selector }) => namespace === pod.object.namespace && selector.every(([key, value]) => labels.get(key) === value));
  const ports = selecting.flatMap(({ names, ports: own }) =>
    own.flatMap(({ published, target }) => {
      const number = target === undefined ? published : (integer(target) ?? named.get(target));
      return number === undefined ? [] : names.map((hostname) => ({ published, target: number, hostname }));
    }),
  );
  return { hostnames: [...new Set(selecting.flatMap(({ names }) => names))], ports };
}

/** kubernetes.io/docs/concepts/services-networking/dns-pod-service; the cluster's domain is the usual one. */
function namesOf({ name, namespace }: KubernetesObject): readonly string[] {
  if (namespace === undefined) return [name];
  return [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}
