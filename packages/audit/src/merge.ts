import type { Finding, Location } from "./finding.ts";
import { byReport, severityRank } from "./order.ts";
import type { Draft, Rule } from "./rule.ts";

/**
 * One finding a setting. Of all that the rules say about one, the most specific speaks: a rule that subsumes the
 * others, else the most severe, else the first in the registry. The others become its terms and its related places.
 */
export function oneFindingASetting(drafts: readonly Draft[], rules: readonly Rule[]): readonly Finding[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const group = groups.get(draft.setting);
    if (group === undefined) groups.set(draft.setting, [draft]);
    else group.push(draft);
  }
  const rank = new Map(rules.map((rule, index) => [rule.id, index]));
  const subsumed = new Map(rules.map((rule) => [rule.id, new Set(rule.subsumes)]));
  return [...groups.values()].flatMap((group) => {
    const ordered = [...group].sort((a, b) => byReport(a, b) || (rank.get(a.rule) ?? 0) - (rank.get(b.rule) ?? 0));
    const speaker = mostSpecific(ordered, subsumed);
    return speaker === undefined ? [] : [join(speaker, ordered)];
  });
}

function mostSpecific(group: readonly Draft[], subsumed: ReadonlyMap<string, ReadonlySet<string>>): Draft | undefined {
  const free = group.filter((draft) => !group.some((other) => subsumed.get(other.rule)?.has(draft.rule) === true));
  const first = free[0] ?? group[0];
  // Several chains may ask for different numbers of one setting: the largest serves them all.
  return group.filter(({ rule }) => rule === first?.rule).reduce<Draft | undefined>((most, draft) => (most === undefined || asks(draft) > asks(most) ? draft : most), undefined);
}

function asks({ whatIfs }: Draft): number {
  return whatIfs[0]?.to ?? 0;
}

/**
 * The speaker knows best how bad it is for its own listener; where the same setting is worse for another listener or
 * chain, that severity counts. Nothing that was said is lost.
 */
function join(speaker: Draft, group: readonly Draft[]): Finding {
  const { term, ...finding } = speaker;
  const others = group.filter((draft) => draft !== speaker);
  if (others.length === 0) return finding;
  // What speaks of no listener speaks of the speaker's service: its remedy gave way to that of the more specific.
  const elsewhere = others.filter(({ listener, rule }) => rule === speaker.rule || (listener !== undefined && listener !== speaker.listener));
  const worst = elsewhere.reduce((most, other) => (severityRank(other.severity) < severityRank(most.severity) ? other : most), speaker);
  return {
    ...finding,
    severity: worst.severity,
    certainty: worst.certainty,
    locations: distinct([...finding.locations, ...others.flatMap(({ locations }) => locations.map(asRelated))]),
    why: unique([...finding.why, ...others.map((other) => other.term ?? other.message).filter((line) => line !== term)]),
    // What the same setting does for another listener or chain is part of its story.
    change: unique([...finding.change, ...elsewhere.flatMap(({ change }) => change)]),
    leave: unique([...finding.leave, ...others.flatMap(({ leave }) => leave)]),
  };
}

function asRelated(location: Location): Location {
  return { ...location, role: "related" };
}

/** Of several labels for one place the first stays. */
export function distinct(locations: readonly Location[]): readonly Location[] {
  const seen = new Set<string>();
  return locations.filter((location) => {
    const key = JSON.stringify(location.origin);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
