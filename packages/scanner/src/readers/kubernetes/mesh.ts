import type { FileOrigin, Surroundings } from "@audit-backlog/model";
import type { KubernetesObject, Pod } from "./objects.ts";
import type { YamlValue } from "./yaml-tree.ts";

type Mesh = NonNullable<Surroundings["mesh"]>;

/** Names of the proxies' own containers. */
const proxies: Readonly<Record<string, Mesh["name"]>> = { "istio-proxy": "istio", "linkerd-proxy": "linkerd" };

/**
 * The mesh whose proxy stands in a pod: its container, or the labels and annotations of the pod or its namespace that have
 * one injected (istio.io: Installing the Sidecar; linkerd.io: Automatic Proxy Injection).
 */
export function meshOf({ metadata, spec, object }: Pod, namespaces: readonly KubernetesObject[]): Mesh | undefined {
  for (const container of [...(spec.at("containers")?.items() ?? []), ...(spec.at("initContainers")?.items() ?? [])]) {
    const name = proxies[container.at("name")?.text ?? ""];
    if (name !== undefined) return { name, origin: container.origin };
  }
  const namespace = object.namespace === undefined ? undefined : namespaces.find(({ name }) => name === object.namespace)?.root.at("metadata");
  return istio(metadata, namespace) ?? linkerd(metadata, namespace);
}

function istio(pod: YamlValue | undefined, namespace: YamlValue | undefined): Mesh | undefined {
  const own = pod?.at("labels", "sidecar.istio.io/inject") ?? pod?.at("annotations", "sidecar.istio.io/inject");
  const [label, revision] = [namespace?.at("labels", "istio-injection"), namespace?.at("labels", "istio.io/rev")];
  if (own !== undefined) return own.text === "true" ? found("istio", own.origin) : undefined;
  if (label !== undefined) return label.text === "enabled" ? found("istio", label.origin) : undefined;
  return revision === undefined ? undefined : found("istio", revision.origin);
}

function linkerd(pod: YamlValue | undefined, namespace: YamlValue | undefined): Mesh | undefined {
  const setting = pod?.at("annotations", "linkerd.io/inject") ?? namespace?.at("annotations", "linkerd.io/inject");
  return setting?.text === "enabled" || setting?.text === "ingress" ? found("linkerd", setting.origin) : undefined;
}

function found(name: Mesh["name"], origin: FileOrigin): Mesh {
  return { name, origin };
}
