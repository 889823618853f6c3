import { predict, type Bound, type Outcome, type Place, type Scenario } from "@audit-backlog/model";
import type { ScenarioProof } from "./types.ts";

/** Where a client comes to harm, wherever it happens to one. */
const harmful: readonly Place[] = ["dropped", "eagain", "closed", "badGateway", "gatewayTimeout", "timedOut"];

/** How many clients of an outcome come to harm. */
export function harmIn(outcome: Outcome, harm: readonly Place[]): Bound {
  let atLeast = 0;
  let atMost = 0;
  for (const place of harm) {
    const count = outcome[place];
    atLeast += typeof count === "number" ? count : count.atLeast;
    atMost += typeof count === "number" ? count : count.atMost;
  }
  return { atLeast, atMost };
}

/** Two scenarios as a proof; undefined where the model does not say for sure that fewer clients come to harm, in those places that count. */
export function scenarioProof(before: Scenario, after: Scenario, changed: readonly string[], counts: readonly Place[] = harmful): ScenarioProof | undefined {
  const outcomes = [predictOrNothing(before), predictOrNothing(after)] as const;
  const [was, is] = outcomes;
  if (was === undefined || is === undefined) return undefined;
  const harm = counts.filter((place) => [was, is].some((outcome) => outcome[place] !== 0));
  if (harmIn(was, harm).atLeast <= harmIn(is, harm).atMost) return undefined;
  return { kind: "scenarios", before, after, harm, changed: [...new Set(changed)] };
}

/** predict() throws where nothing is stated about a scenario. */
function predictOrNothing(scenario: Scenario): Outcome | undefined {
  try {
    return predict(scenario);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
