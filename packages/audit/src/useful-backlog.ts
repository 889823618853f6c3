import { intervalOf, type Assumptions, type ChainLimits } from "@audit-backlog/model";
import { seconds } from "./seconds.ts";

/** What a chain's last hop gets done before patience ends. */
interface InTime {
  /** P: requests that are worked on at once. */
  readonly slots: number;
  /** A: connections that the workers hold accepted. */
  readonly accepted: number;
  /** ⌊T / S⌋: requests that one slot answers within the least patience. */
  readonly rounds: number;
  /** T, in seconds. */
  readonly patience: number;
  /** Listeners that share the load, with a queue each. */
  readonly queues: number;
}

/** Undefined unless service time, patience, slots and accept capacity are all known. Deterministic service in a first-come queue. */
function inTime(limits: ChainLimits, assumptions: Assumptions): InTime | undefined {
  const { serviceTime } = assumptions;
  const hop = limits.hops.at(-1);
  const waits = limits.lastInLine?.patience;
  if (serviceTime === undefined || serviceTime <= 0 || waits === undefined || hop === undefined) return undefined;
  if ("unbounded" in hop.serviceSlots || "unbounded" in hop.acceptCapacity) return undefined;
  const patience = intervalOf(waits, 0, assumptions).low;
  const found = { slots: hop.serviceSlots.value.low, accepted: hop.acceptCapacity.value.high, rounds: Math.floor(patience / serviceTime + 1e-9), patience, queues: Math.max(1, limits.chain.hops.at(-1)?.members.length ?? 1) };
  return Object.values(found).every(Number.isFinite) ? found : undefined;
}

/**
 * The longest backlog of a chain's last hop whose last client is still answered before patience ends: P · ⌊T / S⌋ - A - 1,
 * of several listeners that share the load an equal part for each.
 * Undefined unless all four are known; below 0 where not even what is accepted is answered in time.
 */
export function usefulBacklog(limits: ChainLimits, assumptions: Assumptions): number | undefined {
  const known = inTime(limits, assumptions);
  return known === undefined ? undefined : Math.floor((known.slots * known.rounds - known.accepted) / known.queues) - 1;
}

/**
 * The longest backlog that is worth asking for, from 1 up; Infinity where it is not known. Where the workers alone hold more than
 * is answered in time, as gthread's do, a burst that arrives before they accept is still answered up to P · ⌊T / S⌋.
 */
export function longestUseful(limits: ChainLimits, assumptions: Assumptions): number {
  const known = inTime(limits, assumptions);
  return known === undefined ? Infinity : longestOf(known);
}

function longestOf({ slots, rounds, accepted, queues }: InTime): number {
  const beside = Math.floor((slots * rounds - accepted) / queues) - 1;
  return beside >= 1 ? beside : Math.max(1, Math.floor((slots * rounds) / queues) - 1);
}

/** What to say in place of a longer queue where a burst is more than is answered in time; undefined where it is not, or not known. */
export function tooLate(limits: ChainLimits, assumptions: Assumptions, burst: number): string | undefined {
  const known = inTime(limits, assumptions);
  if (known === undefined || (longestOf(known) + 1) * known.queues > burst) return undefined;
  const { slots, rounds, patience, accepted } = known;
  const answered = `a backlog above ${String(longestOf(known))} does not help by itself: ${String(slots)} service ${slots === 1 ? "slot answers" : "slots answer"} ${String(slots * rounds)} requests in the ${seconds(patience)} that anybody waits`;
  if (slots * rounds >= burst) return `${answered}; of ${String(burst)} in a queue and the ${String(accepted)} that the workers hold, the last wait in vain`;
  if (rounds === 0) return `${answered}: who gets in waits in vain`;
  return `${answered}, and the rest wait in vain; ${String(Math.ceil(burst / rounds))} slots answer all ${String(burst)}, where that much work really runs in parallel`;
}
