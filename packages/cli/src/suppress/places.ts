import type { Finding, Report } from "@audit-backlog/audit";
import type { FileOrigin, Listener, Origin, Service } from "@audit-backlog/model";

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

/** Where ESLint reports a finding: at what stands in the listen() call itself, be it a constant's name; else at the call. */
export function callPlace(report: Report): (finding: Finding) => FileOrigin | undefined {
  const ownersOf = owners(report);
  return (finding) => {
    const call = ownersOf(finding).listener?.origin;
    if (call?.kind !== "file") return undefined;
    const inCall = ({ file, range }: FileOrigin): boolean =>
      file === call.file && range.start.offset > call.range.start.offset && range.end.offset <= call.range.end.offset;
    return finding.locations.map(({ origin }) => origin).filter((origin) => origin.kind === "file").find(inCall) ?? call;
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
