import { queues, settingOf, unbounded, type Capacity } from "./capacity.ts";
import type { Listener, NodeService } from "./deployment.ts";
import { possibilities } from "./value.ts";

type NodeMode = "single" | "round-robin" | "shared";

/** Why no setting bounds what Node's processes accept, by the way in which they share a listener. */
export const nodeModes: Readonly<Record<NodeMode, { readonly because: string; readonly source: string }>> = {
  single: {
    because: "Node accepts connections, one each turn of its event loop, until it runs out of file descriptors",
    source: "libuv: src/unix/stream.c uv__server_io (one accept a turn since 1.45, all that wait before)",
  },
  "round-robin": {
    because: "the cluster's primary process accepts at once and keeps connections until a worker takes them, so the backlog hardly ever fills",
    source: "node: lib/internal/cluster/round_robin_handle.js",
  },
  shared: {
    because: "every worker of the cluster accepts from the one socket until it runs out of file descriptors",
    source: "node: lib/internal/cluster/shared_handle.js",
  },
};

const slots = "each event loop works on all of its connections in turns";

/** What a Node service holds that is reached through these of its listeners. */
export function nodeCapacity(service: NodeService, listeners: readonly Listener[]): Capacity {
  const { sure, nominal } = queues(listeners, settingOf(service, "instances", service.settings.instances, 1));
  const modes = possibilities(service.mode.value).map((value) => ("value" in value ? value.value : "single"));
  const accepted = unbounded(nodeModes[modes[0] ?? "single"].because);
  return { sure, best: accepted, spread: accepted, accepted, slots: unbounded(slots), nominal, leftOut: [] };
}
