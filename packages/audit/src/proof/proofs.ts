import type { Finding, Report } from "../finding.ts";
import { burstProof } from "./burst.ts";
import { changeBy, remedyIn } from "./change.ts";
import { asyncioProof, coercedProof, ignoredProof } from "./kernel-backlog.ts";
import { openFilesProof } from "./open-files.ts";
import { placeOfFinding, type Place } from "./place.ts";
import { roomProof } from "./room.ts";
import { dynamic } from "./servers.ts";
import { patienceProof, sustainedProof, waitingProof } from "./serving.ts";
import { shutOutProof } from "./shut-out.ts";
import { startProof } from "./starts.ts";
import { strandProof } from "./strand.ts";
import type { Proof, SourceProof } from "./types.ts";

/** A burst before and after the remedy, on whatever setting the finding is about. */
export function proveByBurst(finding: Finding, report: Report): Proof {
  return byRemedy(finding, placeOfFinding(finding, report));
}

function byRemedy(finding: Finding, place: Place): Proof {
  const remedy = remedyIn(finding, place);
  if (remedy === undefined) return dynamic("the setting");
  const { service } = place;
  switch (remedy.setting.name) {
    case "backlog":
    case "net.core.somaxconn":
      return burstProof(place, changeBy(remedy, place));
    case "worker_connections":
      return service.kind === "nginx" ? roomProof(place, service, remedy.to) : dynamic("the room");
    case "worker_rlimit_nofile":
    case "LimitNOFILE":
    case "ulimits.nofile":
      return service.kind === "nginx" ? openFilesProof(service, remedy.to) : dynamic("the room");
    default:
      return { kind: "from-source", because: `${remedy.setting.name} is no setting that a measurement changes`, source: "the arithmetic of the report" };
  }
}

/** nginx's room; or its refusal to start, where it has too few connections for its own sockets. */
export function proveRoom(finding: Finding, report: Report): Proof {
  const place = placeOfFinding(finding, report);
  if (isStart(finding)) return startProof(finding, place);
  return byRemedy(finding, place);
}

export function proveOpenFiles(finding: Finding, report: Report): Proof {
  const { service } = placeOfFinding(finding, report);
  return service.kind === "nginx" ? openFilesProof(service, finding.whatIfs[0]?.to ?? 0) : dynamic("worker_rlimit_nofile");
}

export function proveIgnored(finding: Finding, report: Report): Proof {
  return ignoredProof(finding, placeOfFinding(finding, report));
}

export function proveAsyncio(finding: Finding, report: Report): Proof {
  return asyncioProof(placeOfFinding(finding, report));
}

export function proveStart(finding: Finding, report: Report): Proof {
  return startProof(finding, placeOfFinding(finding, report));
}

export function proveSustained(finding: Finding, report: Report): Proof {
  return sustainedProof(placeOfFinding(finding, report));
}

export function proveWaiting(finding: Finding, report: Report): Proof {
  return waitingProof(finding, placeOfFinding(finding, report));
}

/** A proxy or a probe that gives up on a queue, and one that waits long enough. */
export function proveProbe(finding: Finding, report: Report): Proof {
  return patienceProof(placeOfFinding(finding, report), 8);
}

/** The same of one request: the worker alone is slower than the proxy waits. */
export function proveTimeouts(finding: Finding, report: Report): Proof {
  return patienceProof(placeOfFinding(finding, report), 1);
}

/** Nothing that can be tried out on one machine shows it; `because` is one clause. */
export function fromSource(because: string, source: string): SourceProof {
  return { kind: "from-source", because, source };
}

export function proveStranding(finding: Finding, report: Report): Proof {
  return strandProof(placeOfFinding(finding, report));
}

export function proveShutOut(finding: Finding, report: Report): Proof {
  return shutOutProof(finding, placeOfFinding(finding, report));
}

/** Refused, or turned into another number. */
export function proveInvalid(finding: Finding, report: Report): Proof {
  const place = placeOfFinding(finding, report);
  const { listener } = place;
  return listener?.backlog.reading === "coerced" && !isStart(finding) ? coercedProof(listener) : startProof(finding, place);
}

function isStart({ message }: Finding): boolean {
  return message.includes(" does not start: ");
}
