import type { Log, Notification, Result, Run } from "sarif";
import type { FileProblem } from "@audit-backlog/model";
import { filesRead } from "./places.ts";
import { fingerprints } from "./sarif/fingerprints.ts";
import { BASE, Places } from "./sarif/places.ts";
import { resultOf, type Workshop } from "./sarif/result.ts";
import { descriptors } from "./sarif/rules.ts";
import type { Shown } from "./shown.ts";
import { jsonText, plural, safe } from "./text.ts";
import { lookUp } from "./words.ts";

/** What GitHub takes of one run. Source: docs.github.com, "SARIF results exceed one or more limits", "SARIF upload file too large". */
const MAX_RESULTS = 25_000;
const MAX_COMPRESSED_BYTES = 10_000_000;
/** Files left out before the rest is only counted. */
const MAX_NOTIFICATIONS = 1_000;

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0. The same report gives the same text: nothing in it tells time or machine. */
export function sarif(shown: Shown): string {
  const results = resultsOf(shown);
  let most = Math.min(results.length, MAX_RESULTS);
  for (;;) {
    const text = jsonText(logOf(shown, results, most));
    // The least severe stand last and go first.
    if (most === 0 || text.length < MAX_COMPRESSED_BYTES || compressedSize(text) < MAX_COMPRESSED_BYTES) return text;
    most = Math.floor(most / 2);
  }
}

/** Loaded when it is needed: every start of the program would wait for it. */
function compressedSize(text: string): number {
  return process.getBuiltinModule("node:zlib").gzipSync(text).length;
}

interface Results {
  readonly length: number;
  readonly first: (most: number) => Result[];
  readonly rules: readonly string[];
  readonly places: Places;
}

function resultsOf(shown: Shown): Results {
  const { report, suppressed } = shown;
  const places = new Places(shown);
  const all = [...report.findings.map((finding) => ({ finding, by: undefined })), ...suppressed];
  const workshop: Workshop = {
    shown,
    places,
    look: lookUp(report.deployment),
    files: filesRead(report),
    limits: new Map(report.limits.map((limits) => [limits.chain.id, limits])),
    fingerprint: fingerprints(all.map(({ finding }) => finding), shown),
    suppressing: suppressed.length > 0,
  };
  return {
    length: all.length,
    first: (most) => all.slice(0, most).map(({ finding, by }) => resultOf(finding, by, workshop)),
    rules: all.map(({ finding }) => finding.rule),
    places,
  };
}

function logOf(shown: Shown, all: Results, most: number): Log {
  const { version } = shown;
  const rules = descriptors(all.rules);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const results = all.first(most).map((result): Result => ({ ...result, ruleIndex: indexes.get(result.ruleId ?? "") ?? -1 }));
  const run: Run = {
    tool: {
      driver: {
        name: "audit-backlog",
        version,
        semanticVersion: version,
        rules,
        notifications: [
          { id: "read-in-part", shortDescription: { text: "a file of which a part was not understood" } },
          { id: "not-read", shortDescription: { text: "a file or directory that was not read" } },
          { id: "not-listed", shortDescription: { text: "how much this report leaves out" } },
        ],
      },
    },
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: notificationsOf(shown, all.places, all.length - most) }],
    originalUriBaseIds: { [BASE]: { description: { text: "The directory in which the audit was started, or the audited one where that lies elsewhere." } } },
    artifacts: all.places.artifacts(),
    columnKind: "utf16CodeUnits",
    results,
  };
  return { $schema: SCHEMA, version: "2.1.0", runs: [run] };
}

function notificationsOf({ report, outOfFocus }: Shown, places: Places, dropped: number): Notification[] {
  const { partial, skipped } = report.deployment.coverage;
  const problems = [...partial.map((problem) => problemOf(problem, "read-in-part", places)), ...skipped.map((problem) => problemOf(problem, "not-read", places))];
  const listed = problems.slice(0, MAX_NOTIFICATIONS);
  const unlisted = problems.length - listed.length;
  return [
    ...listed,
    ...(unlisted === 0 ? [] : [note(`${plural(unlisted, "more file")} read in part or not at all`)]),
    ...(outOfFocus === 0 ? [] : [note(`${plural(outOfFocus, "finding")} out of focus`)]),
    ...(dropped === 0 ? [] : [note(`${plural(dropped, "result")} left out, the least severe ones: GitHub takes ${MAX_RESULTS} of a run and 10 MB compressed`)]),
  ];
}

function note(text: string): Notification {
  return { descriptor: { id: "not-listed" }, level: "note", message: { text } };
}

function problemOf({ file, range, reason }: FileProblem, id: "read-in-part" | "not-read", places: Places): Notification {
  const physicalLocation = range === undefined ? { artifactLocation: places.named(file) } : places.physical({ kind: "file", file, range });
  return { descriptor: { id }, level: id === "not-read" ? "note" : "warning", message: { text: safe(reason) }, locations: [{ physicalLocation }] };
}
