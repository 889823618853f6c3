import type { Finding, Severity } from "@audit-backlog/audit";
import type { FileOrigin } from "@audit-backlog/model";

/** A finding about a setting of the configuration that does nothing. `change`: what to do about it. */
export function unusedSetting(origin: FileOrigin, severity: Exclude<Severity, "error">, message: string, label: string, change: string): Finding {
  return {
    rule: "config-unused",
    severity,
    certainty: { kind: "certain" },
    message,
    locations: [{ role: "primary", origin, label }],
    why: [],
    change: [change],
    leave: [],
    whatIfs: [],
    setting: `${origin.file}:${origin.range.start.offset}/configuration`,
    // No server's: it is about the file.
    service: "",
  };
}
