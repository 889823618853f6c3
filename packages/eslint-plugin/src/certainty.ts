import type { Listener } from "./listeners.ts";
import type { Options } from "./options.ts";

/** A value that is small in one branch only was chosen for that branch: that is potential. A fallback is reported. */
export function isReported({ backlog }: Listener, { report }: Options): boolean {
  return report === "potential" || backlog.requested.value.kind !== "oneOf";
}
