import { compare, effectiveBacklog, queueCapacity, type Measurement, type Outcome, type Scenario, type Server } from "@audit-backlog/model";
import { EXIT, type Outcome as Answer } from "./audit-command.ts";
import { defaultBurst, type MeasureArguments } from "./measure-arguments.ts";
import { agrees, carryOut, installedServers, standIn, type MeasureTools, type Run } from "./measuring.ts";
import { UsageError } from "./option-values.ts";
import { runJson } from "./report/measured-json.ts";
import { footText, measuredTable } from "./report/measured-table.ts";
import { plot } from "./report/plot.ts";
import type { Style } from "./report/style.ts";
import { readSomaxconn } from "./somaxconn.ts";

interface TitledRun extends Run {
  readonly title: string;
}

/** Where the number of clients that are let in stops to grow, with nobody accepting. */
const share = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2];

/** Tries a configuration out. Throws UsageError where this machine can't carry it out. */
export async function runMeasure(options: MeasureArguments, tools: MeasureTools): Promise<Answer> {
  const somaxconn = options.somaxconn === "live" ? readSomaxconn() : (options.somaxconn ?? 4096);
  const burst = options.burst ?? defaultBurst(options.server, somaxconn);
  const planned = options.sweep ? sweep(options.server, somaxconn, options.burst) : both(options.server, somaxconn, burst);
  const installed = installedServers();
  const runs: TitledRun[] = [];
  for (const { title, scenario } of planned) {
    const { because } = standIn(scenario, installed);
    // Without the server nobody accepts in any case.
    if (because !== undefined && !options.sweep && runs.length > 0) break;
    tools.progress.show(`measuring ${runs.length + 1} of ${planned.length}: ${title}`);
    runs.push({ title, ...(await attempt(scenario, installed, tools)) });
  }
  tools.progress.clear();
  const agreed = runs.every(agrees);
  const output = options.format === "json" ? runJson(runs, tools.version) : options.sweep ? sweepText(runs, options.server, somaxconn, tools.style) : runsText(runs, tools.style);
  return { output, code: agreed ? EXIT.ok : EXIT.findings };
}

async function attempt(scenario: Scenario, installed: ReadonlySet<string>, tools: MeasureTools): Promise<Run> {
  try {
    return await carryOut(scenario, installed, tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    throw new UsageError(`this can't be measured here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function scenarioOf(server: Server, somaxconn: number, clients: number): Scenario {
  return { host: { somaxconn }, roundTrip: "zero", hops: [{ servers: [server] }], load: { kind: "all at once", clients } };
}

interface Planned {
  readonly title: string;
  readonly scenario: Scenario;
}

/** The two ends of what a burst can meet. */
function both(server: Server, somaxconn: number, burst: number): readonly Planned[] {
  const busy = { title: `${burst} clients at once, while nobody accepts`, scenario: scenarioOf({ ...server, state: "stalled" }, somaxconn, burst) };
  if (server.kind === "listener") return [busy];
  return [busy, { title: `${burst} clients at once, all workers idle`, scenario: scenarioOf(server, somaxconn, burst) }];
}

function sweep(server: Server, somaxconn: number, burst: number | undefined): readonly Planned[] {
  const knee = queueCapacity(effectiveBacklog(server.backlog, somaxconn));
  const sizes = new Set([...share.map((part) => Math.max(1, Math.round(knee * part))), knee + 1, ...(burst === undefined ? [] : [burst])]);
  return [...sizes]
    .sort((a, b) => a - b)
    .map((clients) => ({ title: `${clients} clients`, scenario: scenarioOf({ ...server, state: "stalled" }, somaxconn, clients) }));
}

function runsText(runs: readonly TitledRun[], style: Style): string {
  const lines: string[] = [];
  for (const { title, standIn: because, predicted, measurement } of runs) {
    lines.push(style.paint("bold", title), ...(because === undefined ? [] : [`  ${because}`]));
    lines.push(...measuredTable(predicted, measurement.outcome, style).map((line) => `  ${line}`), `  ${verdictText(predicted, measurement, style)}`, "");
  }
  return `${[...lines, ...footText(runs.map(({ measurement }) => measurement))].join("\n")}\n`;
}

function verdictText(predicted: Outcome, { outcome, verdict, because }: Measurement, style: Style): string {
  if (verdict === "inconclusive") return style.paint("yellow", `inconclusive: ${because.join("; ")}`);
  return compare(predicted, outcome).length === 0 ? style.paint("green", "measured, as predicted") : style.paint(["red", "bold"], "measured, and not as predicted");
}

function sweepText(runs: readonly TitledRun[], server: Server, somaxconn: number, style: Style): string {
  const rows = runs.map(({ scenario: { load }, predicted, measurement }) => {
    const clients = "clients" in load ? load.clients : 0;
    const held = typeof predicted.queued === "number" ? predicted.queued : predicted.queued.atMost;
    return { x: clients, predicted: held, measured: measurement.outcome.queued, verdict: agrees({ predicted, measurement }) ? "" : verdictText(predicted, measurement, style) };
  });
  const differing = rows.filter(({ verdict }) => verdict !== "").length;
  const because = runs.find(({ standIn: why }) => why !== undefined)?.standIn;
  const table = rows.map(({ x, predicted, measured, verdict }) => `  ${String(x).padStart(6)} ${String(predicted).padStart(10)} │ ${`${String(measured).padEnd(9)} ${verdict}`.trimEnd()}`);
  const lines = [
    style.paint("bold", "clients held while nobody accepts"),
    ...(because === undefined ? [] : [`  ${because}`]),
    style.paint("dim", `  ${"burst".padStart(6)} ${"predicted".padStart(10)} │ measured`),
    ...table,
    `  ${differing === 0 ? style.paint("green", `all ${rows.length} measured, as predicted`) : style.paint(["red", "bold"], `${differing} of ${rows.length} not as predicted, or inconclusive`)}`,
    "",
    ...plot(rows, { x: "burst", y: "held", knee: queueCapacity(effectiveBacklog(server.backlog, somaxconn)) }),
    "",
    ...footText(runs.map(({ measurement }) => measurement)),
  ];
  return `${lines.join("\n")}\n`;
}
