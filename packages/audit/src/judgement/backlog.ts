import type { BacklogFacts, Demand, Judgement } from "./facts.ts";
import { judgeIgnoredBacklogs } from "./ignored-backlog.ts";
import { judgeInvalidBacklog } from "./invalid-backlog.ts";
import { judgeSmallBacklog } from "./small-backlog.ts";

/**
 * Judges the backlog of one listener on its own, as an editor sees it. The number itself gets at most one verdict: a
 * refused or mangled one is invalid and not also small.
 */
export function judgeBacklog(facts: BacklogFacts, demand: Demand): readonly Judgement[] {
  const number = judgeInvalidBacklog(facts) ?? judgeSmallBacklog(facts, demand);
  const ignored = judgeIgnoredBacklogs(facts);
  return number === undefined ? ignored : [number, ...ignored];
}
