import { chainLimits } from "@audit-backlog/model";
import type { Assumptions, Chain, ChainLimits, Deployment, Hop, HopLimits, Listener, Service } from "@audit-backlog/model";
import type { AuditOptions } from "./finding.ts";

/** A listener and where it stands. */
export interface Seat {
  readonly service: Service;
  readonly listener: Listener;
  /** Every hop that it is a member of. */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly limits: ChainLimits;
  readonly index: number;
  readonly hop: Hop;
  readonly hopLimits: HopLimits;
}

/** What every rule gets to see. Listeners of tests are left out: small numbers are meant there. */
export interface Context {
  readonly deployment: Deployment;
  readonly options: AuditOptions;
  readonly limits: readonly ChainLimits[];
  readonly seats: readonly Seat[];
  readonly seatOf: ReadonlyMap<string, Seat>;
  readonly services: ReadonlyMap<string, Service>;
}

export function makeContext(deployment: Deployment, options: AuditOptions): Context {
  const limits = deployment.chains.map((chain) => chainLimits(deployment, chain, assumptionsFor(options, chain)));
  const steps = new Map<string, Step[]>();
  for (const chain of limits) {
    chain.chain.hops.forEach((hop, index) => {
      const hopLimits = chain.hops[index];
      if (hopLimits === undefined) return;
      for (const { listener } of hop.members) {
        const step = { limits: chain, index, hop, hopLimits };
        const list = steps.get(listener);
        if (list === undefined) steps.set(listener, [step]);
        else list.push(step);
      }
    });
  }
  const seats = deployment.services.flatMap((service) =>
    service.listeners
      .filter((listener) => listener.testOnly !== true)
      .map((listener): Seat => ({ service, listener, steps: steps.get(listener.id) ?? [] })),
  );
  return {
    deployment,
    options,
    limits,
    seats,
    seatOf: new Map(seats.map((seat) => [seat.listener.id, seat])),
    services: new Map(deployment.services.map((service) => [service.id, service])),
  };
}

/** What is stated of one chain. */
export function assumptionsFor({ assumptions, byChain }: AuditOptions, chain: Chain): Assumptions {
  return byChain?.get(chain.id) ?? assumptions;
}

/** Whether one process, the primary, accepts for all workers. */
export function isRoundRobin(service: Service): boolean {
  if (service.kind !== "node") return false;
  const { value } = service.mode;
  return (value.kind === "exact" || value.kind === "assumed") && value.value === "round-robin";
}

/** The listener's unix path, where it is one for certain. */
export function unixPath(listener: Listener): string | undefined {
  const { value } = listener.address;
  const known = value.kind === "exact" || value.kind === "assumed" ? value.value : undefined;
  return known?.family === "unix" ? known.path : undefined;
}
