import { compare, type Evidence, type Measurement, type Outcome, type Scenario } from "@audit-backlog/model";
import { EXIT, type Outcome as Answer } from "./audit-command.ts";
import type { MeasureArguments } from "./measure-arguments.ts";
import { planOnce, planSweep, type Planned } from "./measure-plan.ts";
import { agrees, carryOut, installedServers, standIn, type Installed, type MeasureTools, type Run } from "./measuring.ts";
import { UsageError } from "./option-values.ts";
import { runJson } from "./report/measured-json.ts";
import { sweepText } from "./report/measured-sweep.ts";
import { footText, measuredTable } from "./report/measured-table.ts";
import type { Style } from "./report/style.ts";
import { readSomaxconn } from "./somaxconn.ts";

interface TitledRun extends Run {
  readonly title: string;
}

/** Tries a configuration out. Throws UsageError where this machine can't carry it out, or nothing is predicted of it. */
export async function runMeasure(options: MeasureArguments, tools: MeasureTools): Promise<Answer> {
  const somaxconn = options.somaxconn === "live" ? readSomaxconn() : (options.somaxconn ?? 4096);
  const sweep = options.sweep ? planSweep(options, somaxconn) : undefined;
  const runs = await measureAll(sweep?.points ?? planOnce(options, somaxconn), tools, sweep !== undefined);
  const agreed = runs.every(agrees);
  const output =
    options.format === "json"
      ? runJson(runs, tools.version)
      : sweep === undefined
        ? runsText(runs, tools.style)
        : sweepText(sweep, runs.map((run) => ({ ...run, verdict: agrees(run) ? "" : verdictText(run.predicted, run.measurement, tools.style) })), tools.style);
  return { output, code: agreed ? EXIT.ok : EXIT.findings };
}

async function measureAll(planned: readonly Planned[], tools: MeasureTools, isSweep: boolean): Promise<readonly TitledRun[]> {
  const installed = installedServers();
  const runs: TitledRun[] = [];
  for (const { title, scenario } of planned) {
    const { because } = standIn(scenario, installed);
    // Without the server nobody accepts in any case.
    if (because !== undefined && !isSweep && runs.length > 0) break;
    tools.progress.show(`measuring ${runs.length + 1} of ${planned.length}: ${title}`);
    runs.push({ title, ...(await attempt(scenario, installed, tools)) });
  }
  tools.progress.clear();
  return runs;
}

async function attempt(scenario: Scenario, installed: Installed, tools: MeasureTools): Promise<Run> {
  try {
    return await carryOut(scenario, installed, tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    throw new UsageError(`this can't be measured here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function runsText(runs: readonly TitledRun[], style: Style): string {
  const lines: string[] = [];
  for (const { title, standIn: because, predicted, measurement } of runs) {
    lines.push(style.paint("bold", title), ...(because === undefined ? [] : [`  ${because}`]));
    lines.push(...[...measuredTable(predicted, measurement.outcome, style), ...lateText(measurement.evidence), verdictText(predicted, measurement, style)].map((line) => `  ${line}`), "");
  }
  return `${[...lines, ...footText(runs.map(({ measurement }) => measurement))].join("\n")}\n`;
}

/** What a count of clients does not tell: who got in only by trying again, and who was served when nobody waited any more. */
function lateText({ connected, servedLate }: Evidence): readonly string[] {
  const [atOnce = 0, ...repeated] = connected;
  const ways = repeated.flatMap((count, index) => (count === 0 ? [] : [`${count} after repeating ${index === 0 ? "its SYN once" : `its SYN ${index + 1} times`}`]));
  return [
    ...(ways.length === 0 ? [] : [`connected: ${[`${atOnce} at once`, ...ways].join(", ")}`]),
    ...(servedLate === 0 ? [] : [`answered after patience had ended: ${servedLate}`]),
  ];
}

function verdictText(predicted: Outcome, { outcome, verdict, because }: Measurement, style: Style): string {
  if (verdict === "inconclusive") return style.paint("yellow", `inconclusive: ${because.join("; ")}`);
  return compare(predicted, outcome).length === 0 ? style.paint("green", "measured, as predicted") : style.paint(["red", "bold"], "measured, and not as predicted");
}
