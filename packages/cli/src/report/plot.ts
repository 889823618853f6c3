import type { Bound } from "@audit-backlog/model";

/** One point of a sweep. */
export interface PlotPoint {
  readonly x: number;
  readonly predicted: Bound;
  readonly measured: number;
  /** Whether the measured value is one that was predicted. */
  readonly agrees: boolean;
}

export interface PlotText {
  readonly x: string;
  readonly y: string;
  /** Of the predicted line, where it bends; none where it does not. */
  readonly knee?: number;
  /** The line begins where both are 0. */
  readonly fromOrigin: boolean;
}

const COLUMNS = 60;
const ROWS = 14;

/**
 * A plot for a terminal: the predicted line, or the least and the most that is predicted (·), what was measured (● as predicted, ×
 * otherwise), and the knee. Points are sorted by x; between two of them the line is straight.
 */
export function plot(points: readonly PlotPoint[], text: PlotText): readonly string[] {
  const last = points.at(-1);
  const [first] = points;
  if (last === undefined || first === undefined) return [];
  const top = Math.max(1, ...points.flatMap(({ predicted, measured }) => [predicted.atMost, measured]));
  const column = (x: number): number => Math.min(COLUMNS - 1, Math.round((x / last.x) * (COLUMNS - 1)));
  const row = (y: number): number => ROWS - 1 - Math.round((y / top) * (ROWS - 1));
  const grid = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => " "));
  const put = (x: number, y: number, mark: string): void => {
    const line = grid[y];
    if (line !== undefined) line[x] = mark;
  };
  for (const end of ["atMost", "atLeast"] as const) {
    const line = [...(text.fromOrigin ? [{ x: 0, y: 0 }] : []), ...points.map(({ x, predicted }) => ({ x, y: predicted[end] }))];
    for (let at = text.fromOrigin ? 0 : column(first.x); at < COLUMNS; at += 1) put(at, row(heightAt(line, (at / (COLUMNS - 1)) * last.x)), "·");
  }
  for (const { x, measured, agrees } of points) put(column(x), row(measured), agrees ? "●" : "×");
  const highest = Number.isInteger(top) ? String(top) : top.toFixed(1);
  const label = highest.length;
  const lines = grid.map((cells, index) => {
    const tick = index === 0 ? highest : index === ROWS - 1 ? "0" : "";
    return `${tick.padStart(label)} ${tick === "" ? "│" : "┤"}${cells.join("").trimEnd()}`;
  });
  return [text.y, ...lines, ...axis(text, last.x, label, column), `${" ".repeat(label + 2)}· predicted   ● measured, as predicted   × measured, otherwise`];
}

function axis({ x, knee }: PlotText, last: number, label: number, column: (x: number) => number): readonly string[] {
  const indent = " ".repeat(label);
  const end = String(last);
  if (knee === undefined || knee > last) return [`${indent} └${"─".repeat(COLUMNS)}`, `${indent}  ${"0".padEnd(COLUMNS - end.length)}${end}  ${x}`];
  const at = column(knee);
  // The knee's number gives way to that of the end.
  const mark = `${"0".padEnd(Math.max(2, at))}${knee}`;
  const numbers = mark.length < COLUMNS - end.length ? mark.padEnd(COLUMNS - end.length) : "0".padEnd(COLUMNS - end.length);
  return [`${indent} └${"─".repeat(at)}┴${"─".repeat(Math.max(0, COLUMNS - 1 - at))}`, `${indent}  ${numbers}${end}  ${x}`];
}

function heightAt(line: readonly { readonly x: number; readonly y: number }[], x: number): number {
  let before = line[0];
  for (const point of line) {
    if (x <= point.x) return before === undefined || before.x === point.x ? point.y : before.y + ((x - before.x) / (point.x - before.x)) * (point.y - before.y);
    before = point;
  }
  return before?.y ?? 0;
}
