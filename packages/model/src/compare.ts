import { places, type Count, type Counted, type Outcome } from "./scenario.ts";

export interface Disagreement {
  /** What was counted differently. */
  readonly place: keyof Outcome;
  readonly predicted: Count;
  readonly measured: number | undefined;
}

/** Regular arrivals overflow a queue this near to the computed second: service and arrival times have a spread of their own. */
const secondsTolerance = 0.1;

/** Where a count differs from its prediction: not the number, or outside the bound. Nothing, when they agree. */
export function compare(predicted: Outcome, measured: Counted): readonly Disagreement[] {
  const differing: Disagreement[] = [];
  for (const place of [...places, "phantoms" as const]) {
    const bound = predicted[place];
    const [low, high] = typeof bound === "number" ? [bound, bound] : [bound.atLeast, bound.atMost];
    if (measured[place] < low || measured[place] > high) differing.push({ place, predicted: bound, measured: measured[place] });
  }
  if (!sameSecond(predicted.overflowsAfter, measured.overflowsAfter)) {
    differing.push({ place: "overflowsAfter", predicted: predicted.overflowsAfter ?? Infinity, measured: measured.overflowsAfter });
  }
  return differing;
}

function sameSecond(predicted: Count | undefined, measured: number | undefined): boolean {
  if (predicted === undefined || measured === undefined) return predicted === measured;
  const { atLeast, atMost } = typeof predicted === "number" ? { atLeast: predicted, atMost: predicted } : predicted;
  return measured >= atLeast * (1 - secondsTolerance) && measured <= atMost * (1 + secondsTolerance);
}
