import type { Rule } from "../rule.ts";
import { abortOnOverflow } from "./abort-on-overflow.ts";
import { backlogClamped } from "./backlog-clamped.ts";
import { containerSomaxconnNotInherited } from "./container-somaxconn-not-inherited.ts";
import { doesNotStart } from "./does-not-start.ts";
import { gunicornAsgiBacklog } from "./gunicorn-asgi-backlog.ts";
import { hostNetworkSysctls } from "./host-network-sysctls.ts";
import { ignoredBacklog } from "./ignored-backlog.ts";
import { invalidBacklog } from "./invalid-backlog.ts";
import { listenConflict } from "./listen-conflict.ts";
import { maxFailsAmplifies } from "./max-fails-amplifies.ts";
import { nofileBelowConnections } from "./nofile-below-connections.ts";
import { probeBehindQueue } from "./probe-behind-queue.ts";
import { queueWaitExceedsTimeout } from "./queue-wait-exceeds-timeout.ts";
import { reuseportStrandsQueue } from "./reuseport-strands-queue.ts";
import { smallBacklog } from "./small-backlog.ts";
import { sustainedOverload } from "./sustained-overload.ts";
import { targetNotMet } from "./target-not-met.ts";
import { timeoutsInverted } from "./timeouts-inverted.ts";
import { upstreamBurstLimit } from "./upstream-burst-limit.ts";
import { workerConnectionsLimit } from "./worker-connections-limit.ts";
import { workersFromHostCpus } from "./workers-from-host-cpus.ts";
import { workersInsteadOfBacklog } from "./workers-instead-of-backlog.ts";

/** Every rule, a file each in this folder, by id. */
export const rules: readonly Rule[] = [
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
