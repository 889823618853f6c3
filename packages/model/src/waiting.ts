import type { Chain } from "./deployment.ts";
import { evaluate, settingInterval, settingsOf } from "./expression.ts";
import type { Assumptions, Expression, Interval, LastInLine, Sustained } from "./limit-types.ts";
import type { Sourced } from "./provenance.ts";
import { intervalOf } from "./value.ts";

/** Stands for a setting without a known upper end; large, yet exact in sums and products with others. */
const veryLarge = 2 ** 30;
/** Results from here on come of a `veryLarge` setting: they have no bound. */
const noBound = 2 ** 20;
/** Every combination of ends is tried, so more uncertain settings than this count as unknown in both directions. */
const maxUncertain = 8;

/**
 * When the last client of a full house is answered: after ⌈clients / slots⌉ service times, of which the last is its own.
 * Source: deterministic service in a first-come queue; measured with gunicorn sync.
 */
export function lastInLine(clients: Expression, slots: Expression, chain: Chain, assumptions: Assumptions): LastInLine {
  const serviceTimes = overEnds(clients, slots, assumptions, (held, served) => (served > 0 ? Math.ceil(held / served) : Infinity));
  const patience = leastPatience(chain, assumptions);
  if (patience === undefined) return { serviceTimes };
  const seconds = intervalOf(patience, 0, assumptions);
  return { serviceTimes, patience, breakEven: { low: seconds.low / serviceTimes.high, high: seconds.high / serviceTimes.low } };
}

/** The least of the proxies' read timeouts and the client's own; what is known only at run time is left aside. */
function leastPatience(chain: Chain, assumptions: Assumptions): Sourced<number> | undefined {
  const { clientTimeout } = assumptions;
  const waiting: Sourced<number>[] = chain.hops.flatMap(({ pass }) => (pass === undefined ? [] : [pass.readTimeout]));
  if (clientTimeout !== undefined) {
    waiting.push({ value: { kind: "exact", value: clientTimeout }, origin: assumptions.origins?.clientTimeout ?? { kind: "option", flag: "--client-timeout" } });
  }
  return waiting
    .map((sourced) => ({ sourced, seconds: intervalOf(sourced, 0, assumptions) }))
    .filter(({ seconds }) => seconds.high !== Infinity)
    .sort((a, b) => a.seconds.low - b.seconds.low)[0]?.sourced;
}

/**
 * Whether a steady arrival rate is served, and when the first client is turned away if not: the room left once all slots
 * are busy, clients - slots, fills at (arrivals - capacity) a second. Regular arrivals are supposed; measured with gunicorn
 * sync and gthread, within 3 %.
 */
export function sustained(clients: Expression, slots: Expression, assumptions: Assumptions): Sustained | undefined {
  const { arrivalRate, serviceTime } = assumptions;
  if (arrivalRate === undefined || serviceTime === undefined || serviceTime <= 0) return undefined;
  const parallel = evaluate(slots, assumptions);
  const capacity = { low: parallel.low / serviceTime, high: parallel.high / serviceTime };
  if (arrivalRate <= capacity.low) return { capacity };
  const overflowsAfter = overEnds(clients, slots, assumptions, (held, served) => {
    const surplus = arrivalRate - served / serviceTime;
    return surplus > 0 ? Math.max(0, held - served) / surplus : Infinity;
  });
  return { capacity, overflowsAfter };
}

/**
 * The range of a function of clients and slots that moves one way in every setting: its extremes lie where each uncertain
 * setting is at one of its ends. Taking both from one combination keeps a worker that is in both from counting twice.
 */
function overEnds(clients: Expression, slots: Expression, assumptions: Assumptions, of: (clients: number, slots: number) => number): Interval {
  const uncertain = settingsOf({ kind: "sum", operands: [clients, slots] })
    .map((setting) => ({ id: setting.id, ...settingInterval(setting, assumptions) }))
    .filter(({ low, high }) => low !== high);
  if (uncertain.length > maxUncertain) return { low: 0, high: Infinity };
  let combinations: ReadonlyMap<string, number>[] = [new Map()];
  for (const { id, low, high } of uncertain) {
    const ends = [low, Math.min(high, veryLarge)];
    combinations = combinations.flatMap((chosen) => ends.map((end) => new Map([...chosen, [id, end]])));
  }
  const values = combinations.map((chosen) => of(evaluate(clients, assumptions, chosen).low, evaluate(slots, assumptions, chosen).low));
  const bounded = values.map((value) => (value >= noBound ? Infinity : value));
  return { low: Math.min(...bounded), high: Math.max(...bounded) };
}
