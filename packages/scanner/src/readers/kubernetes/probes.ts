import type { Probe, Sourced } from "@audit-backlog/model";
import { integer, sourced, unwritten } from "./numbers.ts";
import type { YamlValue } from "./yaml-tree.ts";

const api = "kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1 (Probe)";
const kinds = ["liveness", "readiness", "startup"] as const;

/** What a probe's port may be called: the container's named ports. */
export type PortOf = (value: YamlValue) => Sourced<number>;

/** Probes of a container. Unwritten numbers and those that the API server sets itself are its defaults. */
export function probesOf(container: YamlValue, portOf: PortOf): Probe[] {
  return kinds.flatMap((kind) => {
    const probe = container.at(`${kind}Probe`);
    const how = probe === undefined ? undefined : handlerOf(probe, portOf);
    if (probe === undefined || how === undefined) return [];
    return [{ origin: probe.origin, kind, ...how, timeout: setting(probe, "timeoutSeconds", 1), period: setting(probe, "periodSeconds", 10), failures: setting(probe, "failureThreshold", 3) }];
  });
}

/** A zero is taken as unwritten (kubernetes: pkg/apis/core/v1/defaults.go SetDefaults_Probe). */
function setting(probe: YamlValue, name: string, byDefault: number): Sourced<number> {
  const written = probe.at(name);
  if (written === undefined) return unwritten(byDefault, api);
  const number = sourced(written, integer);
  return "value" in number.value && number.value.value === 0 ? { ...number, value: { ...number.value, value: byDefault } } : number;
}

function handlerOf(probe: YamlValue, portOf: PortOf): Pick<Probe, "by" | "port"> | undefined {
  for (const [handler, by] of [["httpGet", "http"], ["tcpSocket", "tcp"], ["grpc", "grpc"]] as const) {
    const found = probe.at(handler);
    if (found === undefined) continue;
    const port = found.at("port");
    // Another host than the pod is another server.
    const elsewhere = found.at("host") !== undefined;
    return port === undefined || elsewhere ? { by } : { by, port: portOf(port) };
  }
  return probe.at("exec") === undefined ? undefined : { by: "command" };
}
