import type { Finding, Report } from "@audit-backlog/audit";
import type { FileOrigin, Listener, Origin, Range, Service } from "@audit-backlog/model";

/**
 * Where a comment may stand to speak of a finding: the setting that it is about, the listener whose backlog that is, and
 * the command that starts a gunicorn, for one over several lines has room for comments only above it.
 */
export function placesIn(report: Report): (finding: Finding) => readonly FileOrigin[] {
  const ownersOf = owners(report);
  return (finding) => {
    const { service, listener } = ownersOf(finding);
    const origins: readonly (Origin | undefined)[] = [
      ...finding.locations.filter(({ role }) => role === "primary").map(({ origin }) => origin),
      listener?.origin,
      service?.kind === "gunicorn" ? service.origin : undefined,
    ];
    return origins.filter((origin) => origin?.kind === "file");
  };
}

/**
 * Where ESLint reports a finding: at what stands for the backlog in the listen() call itself, be it a constant's name;
 * else at the call. Undefined where that is in another file. `inCalls`: those places by the offsets where calls end.
 */
export function callOffset(report: Report, file: string, inCalls: () => ReadonlyMap<number, Range>): (finding: Finding) => number | undefined {
  const ownersOf = owners(report);
  return (finding) => {
    const call = ownersOf(finding).listener?.origin;
    if (call?.kind !== "file" || call.file !== file) return undefined;
    const { start, end } = call.range;
    const inCall = (place: Origin): boolean =>
      place.kind === "file" && place.file === file && place.range.start.offset > start.offset && place.range.end.offset <= end.offset;
    const direct = finding.locations.map(({ origin }) => origin).find(inCall);
    return direct?.kind === "file" ? direct.range.start.offset : (inCalls().get(end.offset)?.start ?? start).offset;
  };
}

interface Owners {
  readonly service: Service | undefined;
  readonly listener: Listener | undefined;
}

function owners({ deployment }: Report): (finding: Finding) => Owners {
  const services = new Map(deployment.services.map((service) => [service.id, service]));
  const listeners = new Map(deployment.services.flatMap((service) => service.listeners.map((listener) => [listener.id, listener])));
  return (finding) => ({ service: services.get(finding.service), listener: finding.listener === undefined ? undefined : listeners.get(finding.listener) });
}
