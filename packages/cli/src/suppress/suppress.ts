import { byReport, type Finding, type Report } from "@audit-backlog/audit";
import type { FileOrigin } from "@audit-backlog/model";
import { backlogArguments, commentsOf, commentSyntaxOf, type Comment } from "@audit-backlog/scanner";
import type { Suppressed } from "../report/shown.ts";
import { eslintDisabled, mayDisable, PLUGIN_RULES } from "./eslint-comments.ts";
import { fileWishes, type Placed } from "./file-wishes.ts";
import { expiredFinding, flawFinding, unusedFinding } from "./flaw-findings.ts";
import { callOffset, placesIn } from "./places.ts";
import { spokenFor } from "./rule-names.ts";
import { SourceLines } from "./source-lines.ts";
import { strays } from "./strays.ts";
import { mayHoldWish } from "./syntax.ts";
import { WishIndex } from "./wish-index.ts";

export interface SuppressOptions {
  /** YYYY-MM-DD, the day by which `until=` is judged. */
  readonly today: string;
  /** False: comments count for nothing, nor is anything said about them. */
  readonly honour: boolean;
  /** Only a part of the tree was audited: a comment that suppresses nothing there may do so in the whole. */
  readonly partial?: boolean;
}

export interface SuppressResult {
  /** Without what is suppressed, and with what is wrong with the comments. */
  readonly report: Report;
  readonly suppressed: readonly Suppressed[];
}

/** A finding in one file. */
interface Here {
  readonly finding: Finding;
  readonly places: readonly FileOrigin[];
}

/**
 * Takes out of a report what comments in the audited files ask not to hear of. `files`: those to look at; ones that no
 * reader took and no finding names are passed over, so all of a tree may be given. Reads nothing else. A finding is
 * suppressed after the rules of one setting have settled which of them speaks: no other one takes its place.
 */
export function suppress(report: Report, files: Iterable<{ readonly file: string; readonly text: string }>, { today, honour, partial = false }: SuppressOptions): SuppressResult {
  if (!honour) return { report, suppressed: [] };
  const byFile = findingsByFile(report);
  const readers = readersByFile(report);
  const by = new Map<Finding, Suppressed["by"]>();
  const problems: Finding[] = [];
  for (const { file, text } of files) {
    const own = byFile.get(file);
    const taken = readers.get(file);
    if ((own === undefined && taken === undefined) || !mayMatter(text, own)) continue;
    const syntax = commentSyntaxOf(file, taken ?? []);
    const comments = commentsOf(file, text, syntax);
    const lines = new SourceLines(text, syntax);
    for (const stray of strays(text, comments, syntax)) {
      const range = { start: lines.position(stray.start), end: lines.position(stray.end) };
      problems.push(flawFinding({ kind: "malformed", origin: { kind: "file", file, range }, text: stray.text }));
    }
    if (comments.length === 0) continue;
    const found = applyWishes(file, lines, comments, own ?? [], today);
    for (const [finding, placed] of found.by) if (!by.has(finding)) by.set(finding, placed);
    problems.push(...found.problems.filter(({ rule }) => !partial || rule !== "unused-suppression"));
    if (syntax === "javascript") applyEslint(file, lines, comments, own ?? [], report, by);
  }
  const suppressed = report.findings.flatMap((finding): Suppressed[] => {
    const one = by.get(finding);
    return one === undefined ? [] : [{ finding, by: one }];
  });
  const findings = [...report.findings.filter((finding) => !by.has(finding)), ...problems].sort(byReport);
  return { report: { ...report, findings }, suppressed };
}

/** Files of which `suppress` wants the text: every one that a reader took, and every one that a finding names. */
export function filesOfInterest(report: Report): readonly string[] {
  return [...new Set([...readersByFile(report).keys(), ...findingsByFile(report).keys()])].sort();
}

function mayMatter(text: string, own: readonly Here[] | undefined): boolean {
  return mayHoldWish(text) || (own !== undefined && mayDisable(text));
}

function readersByFile({ deployment }: Report): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, string[]>();
  for (const [reader, files] of Object.entries(deployment.coverage.read)) {
    // Comments of our own configuration speak of it, and of no finding.
    if (reader === "configuration") continue;
    for (const file of files) readers.set(file, [...(readers.get(file) ?? []), reader]);
  }
  return readers;
}

function findingsByFile(report: Report): ReadonlyMap<string, readonly Here[]> {
  const placesOf = placesIn(report);
  const byFile = new Map<string, Here[]>();
  for (const finding of report.findings) {
    const places = placesOf(finding);
    for (const file of new Set(places.map((place) => place.file))) {
      const here = { finding, places: places.filter((place) => place.file === file) };
      const known = byFile.get(file);
      if (known === undefined) byFile.set(file, [here]);
      else known.push(here);
    }
  }
  return byFile;
}

interface Applied {
  readonly by: ReadonlyMap<Finding, Suppressed["by"]>;
  readonly problems: readonly Finding[];
}

function applyWishes(file: string, lines: SourceLines, comments: readonly Comment[], own: readonly Here[], today: string): Applied {
  const { placed, flaws } = fileWishes(file, lines, comments);
  const index = new WishIndex(placed);
  const by = new Map<Finding, Suppressed["by"]>();
  const used = new Use();
  for (const { finding, places } of own) {
    const ends = [...new Set(places.flatMap(({ range }) => [lines.lineAt(range.start.offset), lines.lineAt(Math.max(range.start.offset, range.end.offset - 1))]))];
    for (const one of ends.flatMap((line) => index.find(finding.rule, line))) {
      used.add(one, finding.rule);
      if (holds(one, today) && !by.has(finding)) by.set(finding, { origin: one.origin, kind: "comment", ...(one.wish.reason === undefined ? {} : { reason: one.wish.reason }) });
    }
    // A comment on a rule that keeps silent because this one speaks has its point.
    for (const rule of spokenFor(finding.rule)) for (const one of ends.flatMap((line) => index.find(rule, line))) used.add(one, rule);
  }
  return { by, problems: [...flaws.map(flawFinding), ...idle(placed, used, lines, own, today)] };
}

function holds({ wish }: Placed, today: string): boolean {
  return wish.until === undefined || today <= wish.until;
}

/** Which rules of which comments have met a finding. */
class Use {
  readonly #rules = new Map<Placed, Set<string>>();

  add(placed: Placed, rule: string): void {
    const rules = this.#rules.get(placed);
    if (rules === undefined) this.#rules.set(placed, new Set([rule]));
    else rules.add(rule);
  }

  of(placed: Placed): readonly string[] {
    return [...(this.#rules.get(placed) ?? [])];
  }
}

/** What is to say about comments that are out of date or met nothing. */
function idle(placed: readonly Placed[], used: Use, lines: SourceLines, own: readonly Here[], today: string): readonly Finding[] {
  const reported = linesByRule(own, lines);
  const rulesAt = new Map<number, string[]>();
  for (const [rule, at] of reported) for (const line of at) rulesAt.set(line, [...(rulesAt.get(line) ?? []), rule]);
  return placed.flatMap((one) => {
    const met = used.of(one);
    if (!holds(one, today)) return [expiredFinding(one.origin, one.wish.until ?? "", met)];
    const unused = one.rules.filter((rule) => !met.includes(rule));
    if (unused.length === 0) return [];
    const elsewhere = [...new Set(unused.flatMap((rule) => [...(reported.get(rule) ?? [])]))].sort((a, b) => a - b);
    const instead = one.lines === "file" ? [] : (rulesAt.get(one.lines.from) ?? []).filter((rule) => !one.rules.includes(rule));
    return [unusedFinding(one.origin, unused, one.lines, { elsewhere, instead })];
  });
}

function linesByRule(own: readonly Here[], lines: SourceLines): ReadonlyMap<string, ReadonlySet<number>> {
  const reported = new Map<string, Set<number>>();
  for (const { finding, places: [first] } of own) {
    if (first === undefined) continue;
    const known = reported.get(finding.rule);
    const line = lines.lineAt(first.range.start.offset);
    if (known === undefined) reported.set(finding.rule, new Set([line]));
    else known.add(line);
  }
  return reported;
}

function applyEslint(file: string, lines: SourceLines, comments: readonly Comment[], own: readonly Here[], report: Report, by: Map<Finding, Suppressed["by"]>): void {
  const shared = own.filter(({ finding }) => PLUGIN_RULES.some((rule) => rule === finding.rule) && !by.has(finding));
  if (shared.length === 0) return;
  const disabled = eslintDisabled(lines, comments);
  let inCalls: ReturnType<typeof backlogArguments> | undefined;
  const offsetOf = callOffset(report, file, () => (inCalls ??= backlogArguments(file, lines.text)));
  for (const { finding } of shared) {
    const offset = offsetOf(finding);
    const one = offset === undefined ? undefined : disabled(finding.rule, lines.position(offset));
    if (one === undefined) continue;
    const { start, end, reason } = one;
    by.set(finding, { origin: { kind: "file", file, range: { start, end } }, kind: "eslint-disable", ...(reason === undefined ? {} : { reason }) });
  }
}
