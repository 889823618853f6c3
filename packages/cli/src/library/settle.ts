import type { Finding } from "@audit-backlog/audit";
import type { Config } from "../config/config.ts";
import { siftIgnored, type SiftOptions } from "../config/ignored-findings.ts";
import type { Suppressed } from "../report/shown.ts";

export interface Settled {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
}

export interface SettleOptions extends SiftOptions {
  /** False: nothing is suppressed. Other severities hold all the same. */
  readonly honour: boolean;
  /** Findings about the configuration itself. */
  readonly dead: readonly Finding[];
}

/** What the configuration makes of findings: other severities, and those that it asks not to hear of. */
export function settle({ findings, suppressed }: Settled, config: Config, { honour, dead, ...how }: SettleOptions): Settled {
  const sifted = honour ? siftIgnored(findings, suppressed, config, how) : { findings, suppressed: [], problems: [] };
  const all = [...sifted.findings, ...sifted.problems, ...dead];
  const off: Suppressed[] = [];
  const kept = all.flatMap((finding) => {
    const stated = config.severity.get(finding.rule);
    if (stated === undefined) return [finding];
    if (stated.value !== "off") return [{ ...finding, severity: stated.value }];
    if (!honour) return [finding];
    off.push({ finding, by: { origin: stated.origin, kind: "config" } });
    return [];
  });
  return { findings: kept, suppressed: [...suppressed, ...sifted.suppressed, ...off] };
}
