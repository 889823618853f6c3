import type { CodeFlow, Fix, Location as SarifLocation, Result, Suppression } from "sarif";
import type { Finding, Location } from "@audit-backlog/audit";
import { describeValue, type ChainLimits, type FileOrigin } from "@audit-backlog/model";
import { measuredBlock } from "../measured-block.ts";
import { place } from "../places.ts";
import type { Shown, Suppressed } from "../shown.ts";
import { plainStyle } from "../style.ts";
import { safe } from "../text.ts";
import { listenerText, type LookUp } from "../words.ts";
import { messageOf, placeholderFree } from "./message.ts";
import type { Places } from "./places.ts";

/** GitHub takes this many locations of a result and no more. Source: docs.github.com, "SARIF results exceed one or more limits". */
const MAX_LOCATIONS = 1_000;

/** What results are made with: one for all of a report. */
export interface Workshop {
  readonly shown: Shown;
  readonly places: Places;
  readonly look: LookUp;
  readonly files: ReadonlySet<string>;
  readonly limits: ReadonlyMap<string, ChainLimits>;
  readonly fingerprint: (finding: Finding) => string;
  /** Whether anything is suppressed: then every result says whether it is. */
  readonly suppressing: boolean;
}

export function resultOf(finding: Finding, by: Suppressed["by"] | undefined, workshop: Workshop): Result {
  const { shown, places } = workshop;
  const related = relatedTo(finding, workshop);
  const flow = flowOf(finding, workshop);
  const fix = fixOf(finding, workshop);
  return {
    ruleId: finding.rule,
    level: finding.severity,
    message: { text: messageOf(finding, related, { shown, files: workshop.files }) },
    locations: [primaryOf(finding, workshop)],
    ...(related.length === 0 ? {} : { relatedLocations: related.map(({ origin, label }, index) => ({ id: index + 1, ...places.location(origin, words(label)) })) }),
    ...(flow === undefined ? {} : { codeFlows: [flow] }),
    partialFingerprints: { "auditBacklog/v1": workshop.fingerprint(finding) },
    ...(fix === undefined ? {} : { fixes: [fix] }),
    ...(workshop.suppressing ? { suppressions: by === undefined ? [] : [suppressionOf(by, places)] } : {}),
    properties: propertiesOf(finding, workshop),
  };
}

const words = (text: string): string => placeholderFree(safe(text));

/** A place in a file, with what is said of it. */
export interface Related {
  readonly origin: FileOrigin;
  readonly label: string;
}

/** The finding's own related places, then every other term of its chain's limits that stands in a file. */
function relatedTo({ locations: [primary, ...others], chain }: Finding, { limits }: Workshop): readonly Related[] {
  const terms = (chain === undefined ? undefined : limits.get(chain))?.settings ?? [];
  const all: readonly Pick<Location, "origin" | "label">[] = [...others, ...terms.map(({ name, value }) => ({ origin: value.origin, label: `${name} ${describeValue(value.value)}` }))];
  const key = (origin: FileOrigin): string => `${origin.range.start.offset}-${origin.range.end.offset} ${origin.file}`;
  const seen = new Set(primary?.origin.kind === "file" ? [key(primary.origin)] : []);
  const related = all.flatMap(({ origin, label }): Related[] => {
    if (origin.kind !== "file" || seen.has(key(origin))) return [];
    seen.add(key(origin));
    return [{ origin, label }];
  });
  return related.slice(0, MAX_LOCATIONS - 1);
}

/**
 * The place of what binds. An option, a default or a number of the machine has none in a file: it is named as what it is,
 * beside the nearest place that the finding has.
 */
function primaryOf({ locations }: Finding, { places, shown }: Workshop): SarifLocation {
  const [primary] = locations;
  if (primary?.origin.kind === "file") return places.location(primary.origin, words(primary.label));
  const named = primary === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: place(primary.origin, shown.show), kind: primary.origin.kind }] };
  const nearest = locations.map(({ origin }) => origin).find((origin) => origin.kind === "file");
  const said = primary === undefined ? "" : `set by ${place(primary.origin, shown.show)}, not in this file: ${primary.label}`;
  return { ...(nearest === undefined ? {} : { physicalLocation: places.physical(nearest) }), ...named, message: { text: words(said) } };
}

/** The way of a client, hop by hop, to what binds. */
function flowOf({ chain, listener, locations: [primary] }: Finding, { limits, look, places }: Workshop): CodeFlow | undefined {
  const hops = (chain === undefined ? undefined : limits.get(chain))?.chain.hops ?? [];
  const steps = hops.flatMap(({ members, pass }, index): SarifLocation[] => {
    const member = members.find((one) => one.listener === listener) ?? members[0];
    const listens = member === undefined ? undefined : look.listener(member.listener);
    const name = (member === undefined ? undefined : look.service(member.service)?.name) ?? "";
    const more = members.length > 1 ? ` (one of ${members.length})` : "";
    const at = listens === undefined ? "" : `${name} listens on ${listenerText(listens)}${more}`;
    return [
      ...(pass === undefined ? [] : [places.location(pass.origin, words(`${pass.directive} hands the request on`))]),
      ...(listens?.origin.kind === "file" ? [places.location(listens.origin, words(index === 0 ? `a client connects: ${at}` : at))] : []),
    ];
  });
  if (primary?.origin.kind === "file") steps.push(places.location(primary.origin, words(primary.label)));
  if (steps.length < 2) return undefined;
  return { threadFlows: [{ locations: steps.map((location) => ({ location })) }] };
}

/** Only where writing one other number over the one in the file is all of the remedy. */
function fixOf({ whatIfs, change, certainty, locations: [primary] }: Finding, { places, shown }: Workshop): Fix | undefined {
  const [whatIf] = whatIfs;
  if (whatIf === undefined || whatIfs.length > 1 || change.length > 1 || certainty.kind !== "certain") return undefined;
  const { setting: { name, value: { value, origin, via = [] } }, to } = whatIf;
  if (value.kind !== "exact" || origin.kind !== "file" || via.length > 0) return undefined;
  if (primary?.origin.kind !== "file" || primary.origin.file !== origin.file || primary.origin.range.start.offset !== origin.range.start.offset) return undefined;
  const written = shown.textOf(origin.file)?.slice(origin.range.start.offset, origin.range.end.offset);
  if (written !== String(value.value)) return undefined;
  const { artifactLocation, region } = places.physical(origin);
  if (artifactLocation === undefined || region === undefined) return undefined;
  return {
    description: { text: `${name} ${written} → ${to}` },
    artifactChanges: [{ artifactLocation, replacements: [{ deletedRegion: region, insertedContent: { text: String(to) } }] }],
  };
}

function suppressionOf({ origin, kind, reason }: Suppressed["by"], places: Places): Suppression {
  return {
    kind: kind === "config" ? "external" : "inSource",
    status: "accepted",
    location: { physicalLocation: places.physical(origin) },
    ...(reason === undefined ? {} : { justification: safe(reason) }),
  };
}

/** What SARIF has no word for: how sure, each term of the limit with its value, what was measured. */
function propertiesOf(finding: Finding, { shown, limits }: Workshop): Result["properties"] {
  const terms = (finding.chain === undefined ? undefined : limits.get(finding.chain))?.settings ?? [];
  const measured = shown.measured?.get(finding);
  return {
    certainty: finding.certainty.kind,
    ...(finding.certainty.kind === "conditional" ? { hangsOn: safe(finding.certainty.on) } : {}),
    ...(terms.length === 0 ? {} : { terms: terms.map(({ name, value }) => ({ name, value: safe(describeValue(value.value)), place: place(value.origin, shown.show) })) }),
    ...(measured === undefined ? {} : { measured: safe(measuredBlock(measured, plainStyle).head) }),
  };
}

