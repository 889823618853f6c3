import type { Severity } from "@audit-backlog/audit";
import type { Shown } from "./shown.ts";
import { plural } from "./text.ts";

/** One line: how much was found, how much was looked at, and what was left out. Always printed, also when all is well: silence would look like a crash. */
export function summaryText({ report, suppressed, outOfFocus }: Shown): string {
  const { services, coverage } = report.deployment;
  const count = (severity: Severity): number => report.findings.filter((finding) => finding.severity === severity).length;
  const listeners = services.reduce((total, service) => total + service.listeners.length, 0);
  const tests = services.reduce((total, service) => total + service.listeners.filter(({ testOnly }) => testOnly === true).length, 0);
  const read = new Set(Object.values(coverage.read).flat()).size;
  const findings = [plural(count("error"), "error"), plural(count("warning"), "warning"), plural(count("note"), "note")].join(", ");
  const untold = [...(suppressed.length === 0 ? [] : [`${suppressed.length} suppressed`]), ...(outOfFocus === 0 ? [] : [`${outOfFocus} out of focus`])];
  return [
    [report.findings.length === 0 ? "no findings" : findings, ...untold].join(", "),
    `${plural(listeners, "listener")} of ${plural(services.length, "server")}${tests === 0 ? "" : ` (${tests} in tests left alone)`}`,
    `${plural(read, "file")} read, ${new Set(coverage.partial.map(({ file }) => file)).size} in part, ${coverage.skipped.length} left out (${coverage.filesSeen} looked at)`,
  ].join(" · ");
}
