import type { Finding } from "@audit-backlog/audit";
import { pathMatches } from "@audit-backlog/scanner";
import type { Suppressed } from "../report/shown.ts";
import type { Config, IgnoredFinding } from "./config.ts";
import { whyNoRule } from "./rule-ids.ts";
import { unusedSetting } from "./unused.ts";

export interface Sifted {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  /** About entries that do nothing. */
  readonly problems: readonly Finding[];
}

/**
 * Takes out the findings that `ignores` of the configuration name: of that rule, with their primary place in such a file.
 * `elsewhere`: findings that a comment suppresses already; an entry for them is not unused. `narrowed`: what matches nothing
 * in this part of the tree may match in the rest.
 */
export function siftIgnored(findings: readonly Finding[], elsewhere: readonly Suppressed[], { ignores }: Config, { today, narrowed }: { readonly today: string; readonly narrowed: boolean }): Sifted {
  const live = ignores.filter(({ until }) => until === undefined || today <= until.value);
  const used = new Set<IgnoredFinding>();
  for (const { finding } of elsewhere) for (const entry of live) if (fits(entry, finding)) used.add(entry);
  const kept: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const fitting = live.filter((entry) => fits(entry, finding));
    for (const entry of fitting) used.add(entry);
    const [first] = fitting;
    if (first === undefined) kept.push(finding);
    else suppressed.push({ finding, by: { origin: first.path.origin, kind: "config", reason: first.reason } });
  }
  const problems = ignores.flatMap((entry) => problemOf(entry, { used: narrowed || used.has(entry), expired: !live.includes(entry), again: findings.some((finding) => fits(entry, finding)) }) ?? []);
  return { findings: kept, suppressed, problems };
}

function fits({ rule, path }: IgnoredFinding, finding: Finding): boolean {
  return finding.rule === rule.value && finding.locations.some(({ role, origin }) => role === "primary" && origin.kind === "file" && pathMatches(path.value, origin.file));
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
