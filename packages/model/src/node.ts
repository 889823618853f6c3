import { queues, settingOf, unbounded, type Capacity } from "./capacity.ts";
import type { Listener, NodeService } from "./deployment.ts";
import { possibilities } from "./value.ts";

type NodeMode = "single" | "round-robin" | "shared";

export interface NodeModeFacts {
  /** Why no setting bounds what the processes accept: one clause. */
  readonly because: string;
  /** Whose backlog holds where processes ask for different ones. */
  readonly backlog: string;
  readonly source: string;
}

/** By the way in which Node's processes share a listener. PM2's cluster mode is `round-robin`, with PM2's daemon as the primary. */
export const nodeModes: Readonly<Record<NodeMode, NodeModeFacts>> = {
  single: {
    because: "Node accepts connections, one each turn of its event loop, until it runs out of file descriptors",
    backlog: "the one process's",
    source: "libuv: src/unix/stream.c uv__server_io (one accept a turn since 1.45, all that wait before)",
  },
  "round-robin": {
    because: "the cluster's primary process accepts at once and keeps connections until a worker takes them, so the backlog hardly ever fills",
    backlog: "the first worker's, for good; before Node 17.6 always 511",
    source: "node: lib/internal/cluster/round_robin_handle.js, child.js",
  },
  shared: {
    because: "every worker of the cluster accepts from the one socket until it runs out of file descriptors",
    backlog: "that of the worker that listens last",
    source: "node: lib/internal/cluster/shared_handle.js",
  },
};

const slots = "each event loop works on all of its connections in turns";

/** What a Node service holds that is reached through these of its listeners. */
export function nodeCapacity(service: NodeService, listeners: readonly Listener[]): Capacity {
  const { sure, nominal } = queues(listeners, settingOf(service, "instances", service.settings.instances, 1));
  const modes = possibilities(service.mode.value).map((value) => ("value" in value ? value.value : "single"));
  const accepted = unbounded(nodeModes[modes[0] ?? "single"].because);
  return { sure, best: accepted, spread: accepted, accepted, slots: unbounded(slots), nominal, byEnvironment: false, leftOut: [] };
}
