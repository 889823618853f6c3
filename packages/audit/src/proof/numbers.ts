import type { Sourced } from "@audit-backlog/model";
import { casesOf } from "../values.ts";

/** Numbers that a proof takes instead of those of the deployment, by the model's setting ids. */
export type Numbers = ReadonlyMap<string, number>;

/** The worst of the numbers that a setting is known to have: the least, where a negative backlog is the largest. */
export function worstOf(sourced: Sourced<number>, cpus: number | undefined): number | undefined {
  const { known } = casesOf(sourced, cpus);
  const most = (value: number): number => (value < 0 ? Infinity : value);
  return known.map(({ value }) => value).sort((a, b) => most(a) - most(b))[0];
}

/** At most so many processes of one server: the machine that measures is not the one that serves. */
export const mostProcesses = 4;

/** Clients of one load, and with them every number that a load has to reach. */
export const mostClients = 10_000;

/** The number of processes that is started, and a clause where it is not the one asked for. */
export function processesOf(name: string, asked: number | undefined): { readonly count: number; readonly changed: readonly string[] } {
  const wanted = Math.max(1, asked ?? 1);
  const count = Math.min(wanted, mostProcesses);
  if (asked === undefined) return { count, changed: [`${name} is not known, and makes no difference here: 1`] };
  return { count, changed: count === wanted ? [] : [`${name} ${String(count)}, not ${String(wanted)}: it makes no difference here`] };
}
