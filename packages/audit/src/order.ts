import type { Origin } from "@audit-backlog/model";
import type { Finding, Severity } from "./finding.ts";

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** 0 for the worst. */
export function severityRank(severity: Severity): number {
  return ranks[severity];
}

/** Most severe first, then by file and place, then by rule and setting: the same input gives the same order. */
export function byReport(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    comparePlaces(a.locations[0]?.origin, b.locations[0]?.origin) ||
    compareText(a.rule, b.rule) ||
    compareText(a.setting, b.setting) ||
    compareText(a.listener ?? "", b.listener ?? "")
  );
}

/** Files before everything that has no place. */
function comparePlaces(a: Origin | undefined, b: Origin | undefined): number {
  if (a?.kind === "file" && b?.kind === "file") {
    return compareText(a.file, b.file) || a.range.start.offset - b.range.start.offset;
  }
  return (a?.kind === "file" ? 0 : 1) - (b?.kind === "file" ? 0 : 1);
}

/** By code unit, so that no machine's locale changes the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
