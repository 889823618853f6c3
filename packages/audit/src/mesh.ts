import type { Surroundings } from "@audit-backlog/model";
import type { Context } from "./context.ts";
import type { Finding } from "./finding.ts";
import { distinct } from "./merge.ts";
import { placeOf, possibleAddresses } from "./values.ts";

/** Rules about how long an accept queue is. */
const aboutQueues: ReadonlySet<string> = new Set([
  "backlog-clamped",
  "container-somaxconn-not-inherited",
  "gunicorn-asgi-backlog",
  "reuseport-strands-queue",
  "small-backlog",
  "target-not-met",
  "workers-instead-of-backlog",
]);

/**
 * In the pod of a mesh the sidecar accepts what comes from outside, and makes the connections that stand in the server's
 * queue: how many at once is its matter, so that a short queue is no certain harm. What listens on loopback or on a unix
 * socket is reached past it. Source: istio.io "Understanding Traffic Routing"; linkerd.io "Architecture", linkerd-init.
 */
export function behindSidecar(finding: Finding, { services, seatOf }: Context): Finding {
  const mesh = meshOf(services.get(finding.service)?.runsIn);
  const listener = finding.listener === undefined ? undefined : seatOf.get(finding.listener)?.listener;
  if (mesh === undefined || listener === undefined || finding.severity === "error" || !aboutQueues.has(finding.rule)) return finding;
  const outside = possibleAddresses(listener.address).some((address) => address.family === "tcp" && !/^(?:127\.|::1$|localhost$)/.test(address.host));
  if (!outside) return finding;
  const sidecar = `the ${mesh.name} sidecar (${placeOf(mesh.origin)})`;
  return {
    ...finding,
    severity: "note",
    certainty: finding.certainty.kind === "conditional" ? finding.certainty : { kind: "conditional", on: `how many connections ${sidecar} makes at once` },
    locations: distinct([...finding.locations, { role: "related", origin: mesh.origin, label: "a sidecar accepts first" }]),
    why: [...finding.why, `clients stand in the queue of ${sidecar}, whose length no file here sets; in this one stands what it hands on`],
  };
}

/** Of all the places that it runs in, each with a sidecar. */
function meshOf(places: readonly Surroundings[] = []): Surroundings["mesh"] {
  return places.every(({ mesh }) => mesh !== undefined) ? places[0]?.mesh : undefined;
}
