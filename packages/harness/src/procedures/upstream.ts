import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TrialMeasurement, UpstreamTrial } from "@audit-backlog/model";
import { openGround } from "../laws/ground.ts";
import { maxFails } from "../laws/max-fails.ts";
import type { Versions } from "../servers/running.ts";
import type { TrialSetting } from "./trial.ts";

/** Seconds for the servers to start, the burst, and all the answers. */
const patience = 35;

/** A burst on an upstream whose workers do not run, and the calm clients after it: whom nginx still lets through. */
export async function startUpstreamTrial({ sockets, backlog, parameters, burst, calm }: UpstreamTrial, { directory, name, isPrivate }: TrialSetting): Promise<{ readonly measurement: TrialMeasurement; readonly versions: Versions }> {
  const own = join(directory, name);
  mkdirSync(own);
  // Workers that nginx starts as another user reach the sockets through it.
  chmodSync(own, 0o755);
  const { ground, versions, end } = openGround({ directory: own, entry: "", isPrivate, seconds: patience, firstPort: name === "before" ? 8000 : 18_000 });
  try {
    const counts = await maxFails({ servers: sockets, backlog, burst, calm, ...(parameters === undefined ? {} : { parameters }) }, ground);
    const answered = counts.calm.clients["200"] ?? 0;
    return {
      measurement: { starts: true, answered, log: [`${String(counts.queued)} queued; in the calm after it ${String(counts.calm.noLiveUpstreams)} "no live upstreams"`] },
      versions: versions(),
    };
  } finally {
    end();
  }
}
