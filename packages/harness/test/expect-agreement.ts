import { compare, predict, type Measurement, type Scenario } from "@audit-backlog/model";
import { expect } from "vitest";
import { measure, type MeasureOptions } from "../src/measure.ts";

/** Predicts and measures: everything accounted for, and the same numbers. A failure shows the scenario, to be tried again. */
export async function expectAgreement(scenario: Scenario, options?: MeasureOptions): Promise<Measurement> {
  // What is inconclusive on a busy machine is tried again; what disagrees is not.
  const measurement = await measure(scenario, { retries: 3, ...options });
  const { verdict, because, outcome } = measurement;
  expect({ verdict, because, differences: compare(predict(scenario), outcome) }, JSON.stringify(measurement)).toEqual({ verdict: "measured", because: [], differences: [] });
  return measurement;
}
