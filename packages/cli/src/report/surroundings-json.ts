import type { Probe, Sourced, Surroundings, Sysctl, VersionRange } from "@audit-backlog/model";
import { originJson, plainJson, sourcedJson, type Json } from "./json-values.ts";

/** A container, a pod's container or a unit, with what its files say about the processes in it. */
export function surroundingsJson(place: Surroundings): Json {
  const { id, kind, name, origin, environment, network, sysctls, sharesNetworkWith, cpus, nofile, probes, mesh } = place;
  return {
    id,
    kind,
    name,
    origin: originJson(origin),
    environment,
    network: plainJson(network),
    sysctls: sysctls.map(sysctlJson),
    sharesNetworkWith,
    cpus: cpus === undefined ? undefined : plainJson(cpus),
    nofile: nofile === undefined ? undefined : plainJson(nofile),
    probes: probes.map(probeJson),
    mesh: mesh === undefined ? undefined : { name: mesh.name, origin: originJson(mesh.origin) },
  };
}

export function sysctlJson({ name, value, environment }: Sysctl): Json {
  return { name, environment, value: plainJson(value) };
}

function probeJson({ origin, kind, by, port, timeout, period, failures }: Probe): Json {
  return { kind, by, origin: originJson(origin), port: port === undefined ? undefined : plainJson(port), timeout: plainJson(timeout), period: plainJson(period), failures: plainJson(failures) };
}

/** "from 20.1 on, before 21", as data. */
export function versionJson(version: Sourced<VersionRange>): Json {
  return sourcedJson(version, (range) => ({ ...range }), ({ atLeast, below }) => [atLeast === undefined ? "" : `from ${atLeast} on`, below === undefined ? "" : `before ${below}`].filter((part) => part !== "").join(", "));
}
