import type { Bound, Count, Measurement, Outcome } from "@audit-backlog/model";
import type { Sweep } from "../measure-plan.ts";
import { countText, footText } from "./measured-table.ts";
import { plot } from "./plot.ts";
import type { Style } from "./style.ts";

/** One point of a sweep as it was measured. */
export interface SweptRun {
  readonly standIn?: string;
  readonly predicted: Outcome;
  readonly measurement: Measurement;
  /** Empty where it agrees. */
  readonly verdict: string;
}

interface Row {
  readonly x: number;
  readonly predicted: Bound;
  readonly measured: number;
  readonly agrees: boolean;
  readonly cells: readonly [predicted: string, measured: string];
  readonly verdict: string;
}

/** A table of a sweep, a line a point, and a plot with the predicted knee. */
export function sweepText(sweep: Sweep, runs: readonly SweptRun[], style: Style): string {
  const rows = sweep.points.flatMap(({ x }, index) => {
    const run = runs[index];
    return run === undefined ? [] : [sweep.y === "held" ? heldRow(x, run) : secondsRow(x, run, sweep)];
  });
  const differing = rows.filter(({ agrees }) => !agrees).length;
  const because = runs.find(({ standIn }) => standIn !== undefined)?.standIn;
  const column = Math.max("predicted".length, ...rows.map(({ cells: [predicted] }) => predicted.length)) + 1;
  const first = Math.max(6, sweep.x.length);
  const table = rows.map(({ x, cells: [predicted, measured], verdict }) => `  ${String(x).padStart(first)} ${predicted.padStart(column)} │ ${`${measured.padEnd(9)} ${verdict}`.trimEnd()}`);
  const lines = [
    style.paint("bold", sweep.title),
    ...(because === undefined ? [] : [`  ${because}`]),
    style.paint("dim", `  ${sweep.x.padStart(first)} ${"predicted".padStart(column)} │ measured`),
    ...table,
    `  ${differing === 0 ? style.paint("green", `all ${rows.length} measured, as predicted`) : style.paint(["red", "bold"], `${differing} of ${rows.length} not as predicted, or inconclusive`)}`,
    "",
    ...plot(rows, { x: sweep.x, y: sweep.y, fromOrigin: sweep.y === "held", ...(sweep.knee === undefined ? {} : { knee: sweep.knee }) }),
    "",
    ...footText(runs.map(({ measurement }) => measurement)),
  ];
  return `${lines.join("\n")}\n`;
}

function heldRow(x: number, { predicted, measurement, verdict }: SweptRun): Row {
  const held = add(boundOf(predicted.queued), boundOf(predicted.accepted));
  const measured = measurement.outcome.queued + measurement.outcome.accepted;
  return { x, predicted: held, measured, agrees: verdict === "", cells: [countText(held.atLeast === held.atMost ? held.atLeast : held), String(measured)], verdict };
}

/** A load during which nobody is turned away lasts as long as it is meant to. */
function secondsRow(x: number, { predicted, measurement, verdict }: SweptRun, { points }: Sweep): Row {
  const load = points[0]?.scenario.load;
  const whole = load?.kind === "sustained" ? load.seconds : 0;
  const text = (count: Count | undefined): string => (count === undefined ? "none" : countText(count));
  const { overflowsAfter } = measurement.outcome;
  return { x, predicted: boundOf(predicted.overflowsAfter ?? whole), measured: overflowsAfter ?? whole, agrees: verdict === "", cells: [text(predicted.overflowsAfter), text(overflowsAfter)], verdict };
}

function boundOf(count: Count): Bound {
  return typeof count === "number" ? { atLeast: count, atMost: count } : count;
}

function add(a: Bound, b: Bound): Bound {
  return { atLeast: a.atLeast + b.atLeast, atMost: a.atMost + b.atMost };
}
