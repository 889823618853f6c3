import { backlogClamped } from "./backlog-clamped.ts";
import type { RuleCases } from "./case.ts";
import { ignoredBacklog } from "./ignored-backlog.ts";
import { invalidBacklog } from "./invalid-backlog.ts";
import { nofileBelowConnections, workerConnectionsLimit } from "./nginx-room.ts";
import { smallBacklog } from "./small-backlog.ts";
import { doesNotStart, listenConflict } from "./starts.ts";
import {
  abortOnOverflow,
  containerSomaxconnNotInherited,
  gunicornAsgiBacklog,
  hostNetworkSysctls,
  maxFailsAmplifies,
  probeBehindQueue,
  reuseportStrandsQueue,
  timeoutsInverted,
  workersFromHostCpus,
} from "./surroundings.ts";
import { targetNotMet } from "./target-not-met.ts";
import { upstreamBurstLimit } from "./upstream-burst-limit.ts";
import { queueWaitExceedsTimeout, sustainedOverload } from "./waiting.ts";
import { workersInsteadOfBacklog } from "./workers-instead-of-backlog.ts";

export const allCases: readonly RuleCases[] = [
  abortOnOverflow,
  backlogClamped,
  containerSomaxconnNotInherited,
  doesNotStart,
  gunicornAsgiBacklog,
  hostNetworkSysctls,
  ignoredBacklog,
  invalidBacklog,
  listenConflict,
  maxFailsAmplifies,
  nofileBelowConnections,
  probeBehindQueue,
  queueWaitExceedsTimeout,
  reuseportStrandsQueue,
  smallBacklog,
  sustainedOverload,
  targetNotMet,
  timeoutsInverted,
  upstreamBurstLimit,
  workerConnectionsLimit,
  workersFromHostCpus,
  workersInsteadOfBacklog,
];
