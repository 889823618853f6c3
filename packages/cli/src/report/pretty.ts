import type { Finding, Location } from "@audit-backlog/audit";
import type { ChainLimits, FileOrigin, FileProblem, Measurement, Member, Origin } from "@audit-backlog/model";
import { chainBlock } from "./chain-block.ts";
import { frame, type Frame } from "./frame.ts";
import type { MeasuredFinding } from "../measured-findings.ts";
import { measuredBlock } from "./measured-block.ts";
import { footText } from "./measured-table.ts";
import { exactPlace, place, sayerOf } from "./places.ts";
import type { Shown } from "./shown.ts";
import { summaryText } from "./summary.ts";
import { firstLines, inert, lowerFirst, safe, wrap } from "./text.ts";
import { lookUp, type LookUp } from "./words.ts";

/** Lines of reasons for files left out, before the rest is only counted: JSON has them all. */
const MAX_PROBLEMS = 12;
/** The same for chains that nothing was found about, and for each kind of reason of one finding. */
const MAX_QUIET_CHAINS = 50;
const MAX_REASONS = 20;
const COLUMNS = 104;

/** The report for people: every chain, its findings below it, and one line of summary with what was not read. */
export function pretty(shown: Shown): string {
  const { report } = shown;
  const look = lookUp(report.deployment);
  const say = sayerOf(shown);
  const lines: string[] = [];
  const told = new Set<Finding>();
  const quiet: ChainLimits[] = [];
  let quietChains = 0;
  for (const limits of report.limits) {
    const findings = report.findings.filter((finding) => !told.has(finding) && belongsTo(finding, limits));
    if (findings.length === 0 && limits.chain.hops.length === 1) {
      quiet.push(limits);
      continue;
    }
    if (findings.length === 0) quietChains += 1;
    if (findings.length === 0 && quietChains > MAX_QUIET_CHAINS) continue;
    lines.push(...chainBlock(limits, look, shown), "");
    for (const finding of findings) {
      told.add(finding);
      lines.push(...findingBlock(finding, say, shown), "");
    }
  }
  if (quietChains > MAX_QUIET_CHAINS) lines.push(`and ${quietChains - MAX_QUIET_CHAINS} more chains that nothing was found about`, "");
  for (const finding of report.findings) {
    if (!told.has(finding)) lines.push(...findingBlock(finding, say, shown), "");
  }
  if (quiet.length > 0) lines.push(...quietLines(quiet, look, shown), "");
  lines.push(...unresolvedLines(look, shown), ...problemLines(shown), ...measuredFoot(shown), shown.style.paint("bold", summaryText(shown)));
  return `${lines.map(inert).join("\n")}\n`;
}

function belongsTo(finding: Finding, { chain }: ChainLimits): boolean {
  if (finding.chain !== undefined) return finding.chain === chain.id;
  return chain.hops.some(({ members }) =>
    members.some((member) => member.service === finding.service && (finding.listener === undefined || member.listener === finding.listener)),
  );
}

const SEVERITY_FORMAT = { error: ["red", "bold"], warning: ["yellow", "bold"], note: ["cyan", "bold"] } as const;

function findingBlock(finding: Finding, said: (text: string) => string, { style, show, textOf, measured }: Shown): string[] {
  const [primary, ...related] = finding.locations;
  const at = primary === undefined ? "" : primary.origin.kind === "file" ? exactPlace(primary.origin, { show, textOf }) : place(primary.origin, show);
  const bar = style.paint("dim", "│");
  const lines = [`  ${style.paint([...SEVERITY_FORMAT[finding.severity]], finding.severity)} ${style.paint("bold", finding.rule)}  ${at}`];
  for (const line of wrap(said(finding.message), COLUMNS - 4)) lines.push(`    ${line}`);
  const framed = primary?.origin.kind === "file" ? frameOf(primary.origin, textOf) : undefined;
  if (framed !== undefined) {
    const mark = `${" ".repeat(framed.indent)}${style.paint("yellow", "─".repeat(framed.span))} ${safe(primary?.label ?? "")}`;
    lines.push(`    ${bar} ${framed.source}`, `    ${bar} ${mark}`);
  }
  const reasons = terms(finding, related, primary);
  const items: Term[] = [
    ...reasons.slice(0, MAX_REASONS).map(({ text, origin }) => ({ text: said(text), ...(origin === undefined ? {} : { origin }) })),
    ...(reasons.length <= MAX_REASONS ? [] : [{ text: `and ${reasons.length - MAX_REASONS} more reasons (--format json lists all)` }]),
    ...firstLines(finding.change, MAX_REASONS).map((text) => ({ text: `change: ${said(text)}` })),
    ...firstLines(finding.leave, MAX_REASONS).map((text) => ({ text: `leave: ${said(text)}` })),
    ...(finding.matters === undefined ? [] : [{ text: `it matters: ${said(lowerFirst(finding.matters))}` }]),
    ...(finding.certainty.kind === "conditional" ? [{ text: `it hangs on: ${said(finding.certainty.on)}` }] : []),
  ];
  const tried = measured?.get(finding);
  if (tried !== undefined) {
    const { head, lines: below } = measuredBlock(tried, style);
    items.push({ text: said(head), below: below.map(safe) });
  }
  for (const [index, item] of items.entries()) {
    const last = index === items.length - 1;
    const [first = "", ...rest] = wrap(item.text, COLUMNS - 6);
    lines.push(`    ${style.paint("dim", last ? "└" : "├")} ${first}`);
    for (const more of [...rest, ...(item.below ?? [])]) lines.push(`    ${last ? " " : bar}   ${more}`);
    const source = item.origin === undefined ? undefined : frameOf(item.origin, textOf);
    if (source !== undefined) lines.push(`    ${bar}   ${style.paint("dim", source.source)}`);
  }
  return lines;
}

function frameOf(origin: FileOrigin, textOf: Shown["textOf"]): Frame | undefined {
  const text = textOf(origin.file);
  return text === undefined ? undefined : frame(text, origin.range);
}

interface Term {
  readonly text: string;
  /** Whose source line is shown below: that of a term in another line than the finding's own. */
  readonly origin?: FileOrigin;
  /** Lines of a table below it. */
  readonly below?: readonly string[];
}

/** Why it binds: the reasons, each with the source line that it names, and the places that no reason names. */
function terms(finding: Finding, related: readonly Location[], primary: Location | undefined): Term[] {
  const lineOf = (origin: Origin): string => (origin.kind === "file" ? `${origin.file}:${origin.range.start.line}` : "");
  const shown = new Set(primary === undefined ? [] : [lineOf(primary.origin)]);
  const reasons = finding.why.map((text): Term => {
    const named = related.find(({ origin }) => origin.kind === "file" && !shown.has(lineOf(origin)) && text.includes(`${lineOf(origin)})`));
    for (const { origin } of related) if (origin.kind === "file" && text.includes(`${lineOf(origin)})`)) shown.add(lineOf(origin));
    return named?.origin.kind === "file" ? { text, origin: named.origin } : { text };
  });
  const places = related.flatMap(({ origin, label }): Term[] => {
    const line = lineOf(origin);
    if (line === "" || shown.has(line)) return [];
    shown.add(line);
    return origin.kind === "file" ? [{ text: `${label} (${line})`, origin }] : [];
  });
  return [...reasons, ...places];
}

function quietLines(quiet: readonly ChainLimits[], look: LookUp, shown: Shown): string[] {
  return quiet.flatMap((limits) => chainBlock(limits, look, shown));
}

function unresolvedLines(look: LookUp, { report, show, style }: Shown): string[] {
  const seen = new Map<string, string>();
  for (const { service, pass, target, reason, candidates } of report.deployment.unresolved) {
    const key = `${service} ${target} ${reason}`;
    if (seen.has(key)) continue;
    const names = candidateNames(candidates, look);
    seen.set(key, `  ${safe(target)}: ${reason}${names === "" ? "" : ` (${names})`}  ${style.paint("dim", place(pass.origin, show))}`);
  }
  if (seen.size === 0) return [];
  const shown = [...seen.values()].slice(0, MAX_PROBLEMS);
  const more = seen.size - shown.length;
  return ["Passed on to, but not tied to a server here:", ...shown, ...(more > 0 ? [`  and ${more} more (--format json lists all)`] : []), ""];
}

/** A few of the candidates with the place where each is declared, and how many more there are. */
function candidateNames(candidates: readonly Member[], look: LookUp): string {
  const names = candidates.slice(0, 3).map((member) => {
    const service = look.service(member.service);
    if (service === undefined) return safe(member.service);
    const at = service.origin.kind === "file" ? ` at ${service.origin.file}:${service.origin.range.start.line}` : "";
    return safe(`${service.name}${at}`);
  });
  const more = candidates.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function problemLines({ report, show, textOf, style }: Shown): string[] {
  const { partial, skipped } = report.deployment.coverage;
  const line = ({ file, range, reason }: FileProblem): string =>
    `  ${range === undefined ? safe(show(file)) : exactPlace({ kind: "file", file, range }, { show, textOf })}  ${style.paint("dim", safe(reason))}`;
  const section = (title: string, problems: readonly FileProblem[]): string[] => {
    if (problems.length === 0) return [];
    const more = problems.length - MAX_PROBLEMS;
    return [title, ...problems.slice(0, MAX_PROBLEMS).map(line), ...(more > 0 ? [`  and ${more} more (--format json lists all)`] : []), ""];
  };
  return [...section("Read in part:", partial), ...section("Not read:", skipped)];
}

function measurementsOf(measured: MeasuredFinding): readonly Pick<Measurement, "environment">[] {
  if (measured.kind === "procedure") return [measured.measurement];
  return measured.kind === "scenarios" ? [measured.before.measurement, measured.after.measurement] : [];
}

function measuredFoot({ measured }: Shown): string[] {
  const measurements = [...(measured?.values() ?? [])].flatMap((one) => measurementsOf(one));
  const lines = footText(measurements);
  return lines.length === 0 ? [] : [...lines.map((line, index) => (index === 0 ? `Measured on ${line}` : `  ${line}`)), ""];
}
