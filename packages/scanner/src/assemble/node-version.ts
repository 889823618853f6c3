import { posix } from "node:path";
import { nodeSettings } from "@audit-backlog/model";
import type { Listener, NodeService, Sourced, VersionRange } from "@audit-backlog/model";
import type { CommandLine } from "../facts.ts";
import { against } from "../readers/versions/range.ts";
import type { Versions } from "./versions.ts";

/** From this release on the primary of a cluster takes the backlog of its first worker. Source: node: doc/changelogs/CHANGELOG_V17.md 17.6.0, "respect listen backlog set by workers". */
const clusterBacklogSince = "17.6.0";

/** A service with the Node that runs it, where files say which, and what that Node makes of its backlogs. */
export function withNodeVersion(service: NodeService, starts: readonly CommandLine[], versions: Versions): NodeService {
  const { origin } = service.listeners[0] ?? service;
  const directory = origin.kind === "file" ? posix.dirname(origin.file) : "";
  const dockerfile = starts.find(({ holder }) => holder.kind === "dockerfile")?.file;
  const version = versions.node({ directories: [directory === "." ? "" : directory], ...(dockerfile === undefined ? {} : { dockerfile }) });
  if (version === undefined) return service;
  const loses = ignoresWorkers(version) && service.manager !== undefined && "value" in service.mode.value && service.mode.value.value === "round-robin";
  return { ...service, version, listeners: loses ? service.listeners.map((listener) => withDefault(listener, version)) : service.listeners };
}

function ignoresWorkers({ value }: Sourced<VersionRange>): boolean {
  return "value" in value && against(value.value, clusterBacklogSince) === "before";
}

function withDefault(listener: Listener, version: Sourced<VersionRange>): Listener {
  const { requested, reading } = listener.backlog;
  if (reading === "default") return listener;
  const { default: backlog, source } = nodeSettings.backlog;
  return {
    ...listener,
    backlog: {
      requested: { value: { kind: "assumed", value: backlog }, origin: { kind: "default", of: `Node before ${clusterBacklogSince}`, source }, via: [version.origin] },
      reading: "default",
      serverDefault: backlog,
      ignored: [
        ...listener.backlog.ignored,
        { setting: requested, reason: "cluster-first-worker", because: `before Node ${clusterBacklogSince} the primary of a cluster listened with ${String(backlog)} whatever a worker asked for`, hangsOn: `Node before ${clusterBacklogSince}` },
      ],
    },
  };
}
