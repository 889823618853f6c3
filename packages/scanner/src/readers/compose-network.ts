import { isMap, isSeq } from "yaml";
import type { Sourced } from "@audit-backlog/model";
import type { Place } from "../facts.ts";
import type { ComposeYaml } from "./compose-yaml.ts";
import type { LayeredService, Valued } from "./compose-layers.ts";

/** A service's place in the networks of its project. */
export interface Networking {
  readonly network: Sourced<"own" | "host">;
  /** The service or container whose network namespace it uses. */
  readonly joins?: { readonly service: string } | { readonly container: string };
  readonly networks: readonly string[];
  readonly hostnames: readonly string[];
  readonly ports: Place["ports"];
}

/** More ports than this from one `8000-9000:8000-9000` are left out. */
export const maxPorts = 256;

/**
 * Which network namespace a service has, and under which names and ports others reach it there. Source: compose-spec
 * 05-services.md network_mode, networks, ports; 06-networks.md. A container's `hostname` is a name on its networks
 * too (moby: daemon/container_operations.go buildEndpointDNSNames).
 */
export function networkingOf(service: LayeredService, project: string, files: readonly ComposeYaml[]): Networking {
  const { network, joins, none } = modeOf(service.sourced("network_mode"));
  const attached = service.pairs("networks");
  const names = attached.size === 0 ? ["default"] : [...attached.keys()];
  const aliases = [...attached.values()].flatMap(({ yaml, node }) => {
    const list = isMap(node) ? yaml.resolve(yaml.entry(node, "aliases")) : undefined;
    return isSeq(list) ? list.items.map((item) => yaml.known(item)) : [];
  });
  const own = none || joins !== undefined || (network.value.kind !== "dynamic" && "value" in network.value && network.value.value === "host") ? [] : names.map((name) => networkName(name, project, files));
  const hostnames = [service.name, service.known("container_name"), service.known("hostname"), ...aliases].filter((name) => name !== undefined);
  return {
    network,
    ...(joins === undefined ? {} : { joins }),
    networks: own,
    hostnames: [...new Set(hostnames)],
    ports: [...service.items("ports").flatMap(portsOf)].slice(0, maxPorts),
  };
}

function modeOf(mode: Sourced<string> | undefined): { readonly network: Sourced<"own" | "host">; readonly joins?: NonNullable<Networking["joins"]>; readonly none: boolean } {
  if (mode === undefined) return { network: { value: { kind: "assumed", value: "own" }, origin: { kind: "default", of: "Compose", source: "compose-spec 05-services.md, network_mode" } }, none: false };
  const { value } = mode;
  if (value.kind === "oneOf" || value.kind === "dynamic" || value.kind === "formula") return { network: { ...mode, value: { kind: "dynamic" } }, none: false };
  const network: Sourced<"own" | "host"> = { ...mode, value: { ...value, value: value.value === "host" ? "host" : "own" } };
  const [kind, ...rest] = value.value.split(":");
  const target = rest.join(":");
  if (kind === "service") return { network, joins: { service: target }, none: false };
  if (kind === "container") return { network, joins: { container: target }, none: false };
  return { network, none: kind === "none" };
}

/** A network's name beyond its project: `external` ones and those with a `name` are shared by all projects of a machine. */
function networkName(name: string, project: string, files: readonly ComposeYaml[]): string {
  for (const yaml of [...files].reverse()) {
    const section = yaml.section("networks");
    const node = section === undefined ? undefined : yaml.resolve(yaml.entry(section, name));
    if (!isMap(node)) continue;
    const external = yaml.resolve(yaml.entry(node, "external"));
    const stated = yaml.known(yaml.entry(node, "name")) ?? (isMap(external) ? yaml.known(yaml.entry(external, "name")) : undefined);
    if (stated !== undefined) return stated;
    if (external !== undefined && yaml.known(external) !== "false") return name;
  }
  return `${project}:${name}`;
}

/** `[[host:]published:]target[/protocol]`, ranges, or a mapping. Ports without a published one are given to whoever asks first. */
function portsOf({ yaml, node }: Valued): Place["ports"] {
  if (isMap(node)) {
    const target = portNumber(yaml.known(yaml.entry(node, "target")));
    const published = portNumber(yaml.known(yaml.entry(node, "published")));
    const host = yaml.known(yaml.entry(node, "host_ip"));
    return target === undefined || published === undefined || yaml.known(yaml.entry(node, "protocol")) === "udp" ? [] : [{ published, target, ...(host === undefined ? {} : { hostname: host }) }];
  }
  const text = yaml.known(node);
  const match = text === undefined ? null : /^(?:(.*):)?(\d+(?:-\d+)?):(\d+(?:-\d+)?)(?:\/(\w+))?$/.exec(text);
  if (match === null || match[4] === "udp") return [];
  const host = match[1]?.replace(/^\[(.*)\]$/, "$1");
  const published = rangeOf(match[2] ?? "");
  const target = rangeOf(match[3] ?? "");
  return published.flatMap((port, index) => {
    const inner = target.length === published.length ? target[index] : target[0];
    return inner === undefined ? [] : [{ published: port, target: inner, ...(host === undefined || host === "" ? {} : { hostname: host }) }];
  });
}

function rangeOf(text: string): readonly number[] {
  const [first = NaN, last = first] = text.split("-").map(Number);
  const count = Math.min(maxPorts, last - first + 1);
  return count > 0 ? Array.from({ length: count }, (_, index) => first + index) : [];
}

function portNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
