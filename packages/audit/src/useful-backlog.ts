import { intervalOf, type Assumptions, type ChainLimits } from "@audit-backlog/model";

/**
 * The longest backlog of a chain's last hop whose last client is still answered before patience ends: P · ⌊T / S⌋ - A - 1, with P
 * service slots, A connections accepted, S the service time and T the least patience, both in seconds. Deterministic service in a
 * first-come queue. Undefined unless all four are known; below 0 where not even what is accepted is answered in time.
 */
export function usefulBacklog(limits: ChainLimits, assumptions: Assumptions): number | undefined {
  const { serviceTime } = assumptions;
  const hop = limits.hops.at(-1);
  const patience = limits.lastInLine?.patience;
  if (serviceTime === undefined || serviceTime <= 0 || patience === undefined || hop === undefined) return undefined;
  if ("unbounded" in hop.serviceSlots || "unbounded" in hop.acceptCapacity) return undefined;
  const slots = hop.serviceSlots.value.low;
  const accepted = hop.acceptCapacity.value.high;
  const seconds = intervalOf(patience, 0, assumptions).low;
  const useful = slots * Math.floor(seconds / serviceTime + 1e-9) - accepted - 1;
  return Number.isFinite(useful) ? useful : undefined;
}
