import type { FileOrigin, Listener, Origin, StartFailure } from "@audit-backlog/model";
import { possibleValues } from "./possible-values.ts";
import type { ProcessModel } from "./node-mode.ts";
import type { Start } from "./node-programs.ts";

/** What keeps a program from starting: several processes of PM2's fork mode on one address, a backlog that throws. */
export function startFailuresOf(starts: readonly Start[], process: ProcessModel, found: readonly { readonly listener: Listener }[]): readonly StartFailure[] {
  return [...taken(starts, process, found), ...found.flatMap(({ listener }) => throwing(listener))];
}

/** pm2: lib/God/ForkMode.js starts processes that know nothing of each other; the second one finds the address taken. */
function taken(starts: readonly Start[], { mode, instances }: ProcessModel, found: readonly { readonly listener: Listener }[]): readonly StartFailure[] {
  const [start] = starts;
  if (start?.pm2 === undefined || starts.length > 1 || start.pm2.incremented !== undefined) return [];
  const isFork = (mode.value.kind === "exact" || mode.value.kind === "assumed") && mode.value.value === "single";
  if (!isFork || instances.value.kind !== "exact" || instances.value.value < 2) return [];
  return found.flatMap(({ listener }): readonly StartFailure[] => {
    const [address, ...others] = possibleValues(listener.address);
    const perProcess = listener.queuePerWorker.value.kind !== "exact" || listener.queuePerWorker.value.value;
    if (address === undefined || others.length > 0 || perProcess || address.family === "inherited" || (address.family === "tcp" && address.port === 0)) return [];
    const where = address.family === "unix" ? address.path : `${address.host === "*" ? "0.0.0.0" : address.host}:${address.port}`;
    return [
      {
        kind: "other",
        message: `listen EADDRINUSE: address already in use ${where}`,
        origin: fileOriginOf(instances.origin) ?? start.origin,
        related: [
          { origin: listener.origin, label: "every process listens here itself" },
          ...(fileOriginOf(mode.origin) === undefined ? [] : [{ origin: mode.origin, label: "fork mode shares no socket" }]),
        ],
        passesConfigTest: true,
      },
    ];
  });
}

/** V8 does not turn a BigInt into a number. */
function throwing({ backlog, origin }: Listener): readonly StartFailure[] {
  if (backlog.reading !== "refused") return [];
  const place = fileOriginOf(backlog.requested.origin) ?? fileOriginOf(origin);
  return place === undefined ? [] : [{ kind: "invalid-backlog", message: "TypeError: Cannot convert a BigInt value to a number", origin: place, related: [], passesConfigTest: true }];
}

function fileOriginOf(origin: Origin): FileOrigin | undefined {
  return origin.kind === "file" ? origin : undefined;
}
