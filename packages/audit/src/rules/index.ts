import type { Rule } from "../rule.ts";
import { backlogClamped } from "./backlog-clamped.ts";
import { doesNotStart } from "./does-not-start.ts";
import { ignoredBacklog } from "./ignored-backlog.ts";
import { invalidBacklog } from "./invalid-backlog.ts";
import { listenConflict } from "./listen-conflict.ts";
import { nofileBelowConnections } from "./nofile-below-connections.ts";
import { queueWaitExceedsTimeout } from "./queue-wait-exceeds-timeout.ts";
import { smallBacklog } from "./small-backlog.ts";
import { sustainedOverload } from "./sustained-overload.ts";
import { targetNotMet } from "./target-not-met.ts";
import { upstreamBurstLimit } from "./upstream-burst-limit.ts";
import { workerConnectionsLimit } from "./worker-connections-limit.ts";
import { workersInsteadOfBacklog } from "./workers-instead-of-backlog.ts";

/** Every rule, a file each in this folder, by id. */
export const rules: readonly Rule[] = [
  backlogClamped,
  doesNotStart,
  ignoredBacklog,
  invalidBacklog,
  listenConflict,
  nofileBelowConnections,
  queueWaitExceedsTimeout,
  smallBacklog,
  sustainedOverload,
  targetNotMet,
  upstreamBurstLimit,
  workerConnectionsLimit,
  workersInsteadOfBacklog,
];
