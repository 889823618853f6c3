import type { Finding, Report } from "@audit-backlog/audit";
import type { ChainLimits, FileOrigin, FileProblem } from "@audit-backlog/model";
import { chainBlock } from "./chain-block.ts";
import { frame } from "./frame.ts";
import { exactPlace, place, type ShowFile } from "./places.ts";
import type { Style } from "./style.ts";
import { padEnd, plural, safe, wrap } from "./text.ts";
import { lookUp, type LookUp } from "./words.ts";

/** What the pretty report needs beside the report itself. */
export interface PrettyOptions {
  readonly style: Style;
  readonly show: ShowFile;
  /** The text of a file of the audited tree, for code frames. */
  readonly textOf: (file: string) => string | undefined;
}

/** Lines of reasons for files left out, before the rest is only counted: JSON has them all. */
const MAX_PROBLEMS = 12;
const COLUMNS = 104;

/** The report for people: every chain, its findings below it, and one line of summary with what was not read. */
export function prettyReport(report: Report, options: PrettyOptions): string {
  const look = lookUp(report.deployment);
  const lines: string[] = [];
  const told = new Set<Finding>();
  const quiet: ChainLimits[] = [];
  for (const limits of report.limits) {
    const findings = report.findings.filter((finding) => !told.has(finding) && belongsTo(finding, limits));
    if (findings.length === 0 && limits.chain.hops.length === 1) {
      quiet.push(limits);
      continue;
    }
    lines.push(...chainBlock(limits, look, report, options), "");
    for (const finding of findings) {
      told.add(finding);
      lines.push(...findingBlock(finding, options), "");
    }
  }
  for (const finding of report.findings) {
    if (!told.has(finding)) lines.push(...findingBlock(finding, options), "");
  }
  if (quiet.length > 0) lines.push(...quietLines(quiet, look, report, options), "");
  lines.push(...unresolvedLines(report, look, options), ...problemLines(report, options), summary(report, options.style));
  return `${lines.join("\n")}\n`;
}

function belongsTo(finding: Finding, { chain }: ChainLimits): boolean {
  if (finding.chain !== undefined) return finding.chain === chain.id;
  return chain.hops.some(({ members }) =>
    members.some((member) => member.service === finding.service && (finding.listener === undefined || member.listener === finding.listener)),
  );
}

const SEVERITY_FORMAT = { error: ["red", "bold"], warning: ["yellow", "bold"], note: ["cyan", "bold"] } as const;

function findingBlock(finding: Finding, { style, show, textOf }: PrettyOptions): string[] {
  const [primary, ...related] = finding.locations;
  const head = [style.paint([...SEVERITY_FORMAT[finding.severity]], finding.severity), style.paint("bold", finding.rule)];
  const at = primary?.origin.kind === "file" ? exactPlace(primary.origin, show) : primary === undefined ? "" : place(primary.origin, show);
  const bar = style.paint("dim", "│");
  const lines = [`  ${head.join(" ")}  ${at}`];
  for (const line of wrap(safe(finding.message), COLUMNS - 4)) lines.push(`    ${line}`);
  if (primary?.origin.kind === "file") lines.push(...framed(primary.origin, primary.label));
  const items: { readonly text: string; readonly at?: string; readonly frame?: readonly string[] }[] = [];
  for (const { origin, label } of related) {
    items.push({ text: safe(label), at: place(origin, show), ...(origin.kind === "file" ? { frame: framed(origin, "") } : {}) });
  }
  for (const text of finding.why) items.push({ text: safe(text) });
  for (const text of finding.change) items.push({ text: `change: ${safe(text)}` });
  for (const text of finding.leave) items.push({ text: `leave: ${safe(text)}` });
  if (finding.matters !== undefined) items.push({ text: `matters when: ${safe(finding.matters)}` });
  if (finding.certainty.kind === "conditional") items.push({ text: `hangs on: ${safe(finding.certainty.on)}` });
  for (const [index, item] of items.entries()) {
    const last = index === items.length - 1;
    const wrapped = wrap(item.text, COLUMNS - 8);
    const [first = "", ...rest] = wrapped;
    const line = item.at === undefined ? first : `${padEnd(first, 64)}  ${style.paint("dim", item.at)}`;
    lines.push(`    ${style.paint("dim", last ? "└" : "├")} ${line}`);
    for (const more of rest) lines.push(`    ${last ? " " : bar} ${more}`);
    lines.push(...(item.frame ?? []));
  }
  return lines;

  function framed(origin: FileOrigin, label: string): string[] {
    const text = textOf(origin.file);
    const shown = text === undefined ? undefined : frame(text, origin.range);
    if (shown === undefined) return [];
    const underline = style.paint("yellow", "─".repeat(shown.span));
    return [
      `    ${bar} ${shown.source}`,
      ...(label === "" ? [] : [`    ${bar} ${" ".repeat(shown.indent)}${underline} ${safe(label)}`]),
    ];
  }
}

function quietLines(quiet: readonly ChainLimits[], look: LookUp, report: Report, options: PrettyOptions): string[] {
  return quiet.flatMap((limits) => chainBlock(limits, look, report, options));
}

function unresolvedLines(report: Report, look: LookUp, { show, style }: PrettyOptions): string[] {
  const seen = new Map<string, string>();
  for (const { service, pass, target, reason, candidates } of report.deployment.unresolved) {
    const key = `${service} ${target} ${reason}`;
    if (seen.has(key)) continue;
    const names = candidates.map((member) => safe(look.service(member.service)?.name ?? member.service)).join(", ");
    seen.set(key, `  ${safe(target)}: ${reason}${names === "" ? "" : ` (${names})`}  ${style.paint("dim", place(pass.origin, show))}`);
  }
  if (seen.size === 0) return [];
  const shown = [...seen.values()].slice(0, MAX_PROBLEMS);
  const more = seen.size - shown.length;
  return ["Passed on to, but not tied to a server here:", ...shown, ...(more > 0 ? [`  and ${more} more (--format json lists all)`] : []), ""];
}

function problemLines(report: Report, { show, style }: PrettyOptions): string[] {
  const { partial, skipped } = report.deployment.coverage;
  const line = ({ file, range, reason }: FileProblem): string =>
    `  ${show(safe(file))}${range === undefined ? "" : `:${range.start.line}:${range.start.column}`}  ${style.paint("dim", safe(reason))}`;
  const section = (title: string, problems: readonly FileProblem[]): string[] => {
    if (problems.length === 0) return [];
    const more = problems.length - MAX_PROBLEMS;
    return [title, ...problems.slice(0, MAX_PROBLEMS).map(line), ...(more > 0 ? [`  and ${more} more (--format json lists all)`] : []), ""];
  };
  return [...section("Read in part:", partial), ...section("Not read:", skipped)];
}

/** Always printed, also when all is well: silence would look like a crash. */
function summary(report: Report, style: Style): string {
  const { services, coverage } = report.deployment;
  const count = (severity: Finding["severity"]): number => report.findings.filter((finding) => finding.severity === severity).length;
  const listeners = services.reduce((total, service) => total + service.listeners.length, 0);
  const tests = services.reduce((total, service) => total + service.listeners.filter(({ testOnly }) => testOnly === true).length, 0);
  const read = new Set(Object.values(coverage.read).flat()).size;
  const findings = [plural(count("error"), "error"), plural(count("warning"), "warning"), plural(count("note"), "note")].join(", ");
  const parts = [
    report.findings.length === 0 ? "no findings" : findings,
    `${plural(listeners, "listener")} of ${plural(services.length, "server")}${tests === 0 ? "" : ` (${tests} in tests left alone)`}`,
    `${plural(read, "file")} read, ${new Set(coverage.partial.map(({ file }) => file)).size} in part, ${coverage.skipped.length} left out (${coverage.filesSeen} looked at)`,
  ];
  return style.paint("bold", parts.join(" · "));
}
