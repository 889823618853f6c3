import type { Finding } from "@audit-backlog/audit";
import type { FileOrigin } from "@audit-backlog/model";
import { pathMatches } from "@audit-backlog/scanner";
import type { Suppressed } from "../report/shown.ts";
import { spokenFor } from "../suppress/rule-names.ts";
import type { Config, IgnoredFinding } from "./config.ts";
import { whyNoRule } from "./rule-ids.ts";
import { unusedSetting } from "./unused.ts";

export interface Sifted {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  /** About entries that do nothing. */
  readonly problems: readonly Finding[];
}

export interface SiftOptions {
  /** YYYY-MM-DD, the day by which `until` is judged. */
  readonly today: string;
  /** What matches nothing in a part of a tree may match in the rest. */
  readonly narrowed: boolean;
  /** Where a comment may stand to speak of a finding: an entry's path names one of these places. */
  readonly placesOf: (finding: Finding) => readonly FileOrigin[];
}

/**
 * Takes out the findings that `ignores` of the configuration name. `elsewhere`: findings that a comment suppresses already;
 * an entry for them is not unused, nor is one for a rule that is silent because another speaks for it there.
 */
export function siftIgnored(findings: readonly Finding[], elsewhere: readonly Suppressed[], { ignores }: Config, { today, narrowed, placesOf }: SiftOptions): Sifted {
  const lies = ({ path }: IgnoredFinding, finding: Finding): boolean => placesOf(finding).some(({ file }) => pathMatches(path.value, file));
  const fits = (entry: IgnoredFinding, finding: Finding): boolean => finding.rule === entry.rule.value && lies(entry, finding);
  const live = ignores.filter(({ until }) => until === undefined || today <= until.value);
  const used = new Set<IgnoredFinding>();
  for (const finding of [...elsewhere.map((one) => one.finding), ...findings]) {
    const silent = spokenFor(finding.rule);
    for (const entry of live) if ((entry.rule.value === finding.rule || silent.includes(entry.rule.value)) && lies(entry, finding)) used.add(entry);
  }
  const kept: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const first = live.find((entry) => fits(entry, finding));
    if (first === undefined) kept.push(finding);
    else suppressed.push({ finding, by: { origin: first.path.origin, kind: "config", reason: first.reason } });
  }
  const problems = ignores.flatMap((entry) => problemOf(entry, { used: narrowed || used.has(entry), expired: !live.includes(entry), again: findings.some((finding) => fits(entry, finding)) }) ?? []);
  return { findings: kept, suppressed, problems };
}

function problemOf({ rule, path, until }: IgnoredFinding, { used, expired, again }: { used: boolean; expired: boolean; again: boolean }): Finding | undefined {
  const unknown = whyNoRule(rule.value);
  if (unknown !== undefined) return unusedSetting(rule.origin, "warning", `An entry of ignores names a rule in vain: ${unknown}${unknown.endsWith("?") ? "" : "."}`, "no such rule", "write the name of a rule: audit-backlog rules lists them");
  if (expired && until !== undefined) {
    const now = again ? `${rule.value} is reported again` : "nothing is left to ignore";
    return unusedSetting(until.origin, "warning", `An entry of ignores held until ${until.value}: ${now}.`, "the day has passed", again ? "mend the setting, or decide again and write a later day" : "delete the entry");
  }
  if (used) return undefined;
  return unusedSetting(path.origin, "note", `An entry of ignores names ${rule.value} in ${path.value}, where nothing of the kind is reported.`, "ignores nothing", "delete the entry");
}
