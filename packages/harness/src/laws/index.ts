export { lawCatalogue, type LawTrial, type StatedLaw } from "./catalogue.ts";
export { observe, observeTrial, type LawObservation, type Observation } from "./observe.ts";
export type { MaxFailsCounts, PhaseCounts } from "./max-fails.ts";
export type { DrainCounts } from "./drain.ts";
export type { OneAcceptATurnCounts } from "./one-accept-a-turn.ts";
export type { ProbeBehindQueueCounts } from "./probe-behind-queue.ts";
