import { somaxconnDefault, type SimpleValue, type Sourced, type Starter, type Surroundings, type Sysctl } from "@audit-backlog/model";
import type { Place } from "../facts.ts";

/** What is known of the machines and their kernels. */
export interface Machines {
  /** Sysctls of the machines themselves; of two with one name, the first is in force. */
  readonly hostSysctls: readonly Sysctl[];
  /** The kernel's release as it was stated: "5.3". */
  readonly kernel?: string;
}

const name = "net.core.somaxconn";

/**
 * net.core.somaxconn of the namespace that a service listens in. Each network namespace starts from the kernel's
 * default, whatever the machine's own says (linux: net/core/net_namespace.c preinit_net), so a machine's sysctl files
 * count only for what runs in its own namespace: units, and containers on the host's network. `stated` comes from
 * the command line, or is the default.
 */
export function somaxconnIn(stated: Sourced<number>, runsIn: readonly Surroundings[], startedBy: readonly Starter[], places: ReadonlyMap<string, Place>, machines: Machines): Sourced<number> {
  const ways: { readonly where: string; readonly sourced: Sourced<number> }[] = runsIn.map((surroundings) => ({
    where: `in ${surroundings.origin.file} ${surroundings.name}`,
    sourced: inPlace(stated, surroundings, places, machines),
  }));
  for (const starter of startedBy) {
    if (starter.kind === "systemd" && !runsIn.some(({ origin }) => origin.file === starter.file)) {
      ways.push({ where: `in ${starter.file}`, sourced: onHost(stated, undefined, machines) });
    }
  }
  const [first] = ways;
  if (first === undefined) return anywhere(stated, machines);
  const distinct = [...new Map(ways.map((way) => [JSON.stringify(way.sourced.value), way])).values()];
  if (distinct.length === 1) return first.sourced;
  const options = distinct.flatMap(({ where, sourced: { value } }): { value: SimpleValue<number>; when: string }[] =>
    value.kind === "oneOf" ? value.options.map((option) => ({ value: option.value, when: `${where}, ${option.when}` })) : [{ value, when: where }],
  );
  const origins = distinct.map(({ sourced }) => sourced.origin).filter(({ kind }) => kind === "file");
  return { value: { kind: "oneOf", options }, origin: origins[0] ?? first.sourced.origin, ...(origins.length < 2 ? {} : { via: origins.slice(1) }) };
}

function inPlace(stated: Sourced<number>, surroundings: Surroundings, places: ReadonlyMap<string, Place>, machines: Machines): Sourced<number> {
  const { network } = surroundings;
  if ("value" in network.value && network.value.value === "host") return onHost(stated, surroundings.environment, machines);
  const sharing = (surroundings.sharesNetworkWith ?? []).flatMap((id) => places.get(id)?.surroundings ?? []);
  const set = [surroundings, ...sharing].flatMap(({ sysctls }) => sysctls).findLast((sysctl) => sysctl.name === name)?.value;
  const own = set ?? unset(stated, machines);
  if (network.value.kind !== "dynamic") return own;
  return { ...own, value: weaker(own.value) };
}

/** On a machine's own network. */
function onHost(stated: Sourced<number>, environment: string | undefined, machines: Machines): Sourced<number> {
  if (stated.origin.kind !== "default") return stated;
  return hostSysctl(machines, environment)?.value ?? unset(stated, machines);
}

/** Where nobody says in which namespace it runs: a machine's file may count for it. */
function anywhere(stated: Sourced<number>, machines: Machines): Sourced<number> {
  const own = unset(stated, machines);
  const host = hostSysctl(machines, undefined)?.value;
  if (stated.origin.kind !== "default" || host === undefined || host.value.kind === "oneOf" || own.value.kind === "oneOf") return own;
  if (JSON.stringify(host.value) === JSON.stringify(own.value)) return own;
  const file = host.origin.kind === "file" ? host.origin.file : "its sysctl";
  return {
    ...host,
    value: { kind: "oneOf", options: [{ value: host.value, when: `on a machine that has ${file}` }, { value: own.value, when: "in a container" }] },
  };
}

function hostSysctl({ hostSysctls }: Machines, environment: string | undefined): Sysctl | undefined {
  return hostSysctls.find((sysctl) => sysctl.name === name && (environment === undefined || sysctl.environment === undefined || sysctl.environment === environment));
}

/** The stated number, else the kernel's default. */
function unset(stated: Sourced<number>, { kernel }: Machines): Sourced<number> {
  if (stated.origin.kind !== "default" || kernel === undefined) return stated;
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  const old = major < 5 || (major === 5 && minor < 4);
  return { value: { kind: "assumed", value: old ? somaxconnDefault.before5_4 : somaxconnDefault.current }, origin: { kind: "default", of: `Linux ${kernel}`, source: somaxconnDefault.source } };
}

function weaker(value: Sourced<number>["value"]): Sourced<number>["value"] {
  return value.kind === "exact" ? { kind: "assumed", value: value.value } : value;
}
