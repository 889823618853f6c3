/** One point of a sweep. */
export interface PlotPoint {
  readonly x: number;
  readonly predicted: number;
  /** Absent: no measurement succeeded. */
  readonly measured?: number;
}

export interface PlotText {
  readonly x: string;
  readonly y: string;
  /** Of the predicted line, where it bends. */
  readonly knee: number;
}

const COLUMNS = 60;
const ROWS = 14;

/**
 * A plot for a terminal: the predicted line (·), what was measured (● on the line, × off it), and the knee. Points are sorted by x;
 * between two of them the line is straight.
 */
export function plot(points: readonly PlotPoint[], text: PlotText): readonly string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const top = Math.max(1, ...points.flatMap(({ predicted, measured }) => [predicted, measured ?? 0]));
  const column = (x: number): number => Math.min(COLUMNS - 1, Math.round((x / last.x) * (COLUMNS - 1)));
  const row = (y: number): number => ROWS - 1 - Math.round((y / top) * (ROWS - 1));
  const grid = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => " "));
  const put = (x: number, y: number, mark: string): void => {
    const line = grid[y];
    if (line !== undefined) line[x] = mark;
  };
  for (let at = 0; at < COLUMNS; at += 1) put(at, row(predictedAt(points, (at / (COLUMNS - 1)) * last.x)), "·");
  for (const { x, predicted, measured } of points) {
    if (measured !== undefined) put(column(x), row(measured), measured === predicted ? "●" : "×");
  }
  const label = String(top).length;
  const lines = grid.map((cells, index) => {
    const tick = index === 0 ? String(top) : index === ROWS - 1 ? "0" : "";
    return `${tick.padStart(label)} ${tick === "" ? "│" : "┤"}${cells.join("").trimEnd()}`;
  });
  const knee = column(text.knee);
  const axis = `${" ".repeat(label)} └${"─".repeat(knee)}${text.knee <= last.x ? "┴" : "─"}${"─".repeat(Math.max(0, COLUMNS - 1 - knee))}`;
  const numbers = text.knee <= last.x ? `${"0".padEnd(Math.max(1, knee))}${text.knee}`.padEnd(COLUMNS - String(last.x).length) : "0".padEnd(COLUMNS - String(last.x).length);
  return [text.y, ...lines, axis, `${" ".repeat(label + 2)}${numbers}${last.x}  ${text.x}`, `${" ".repeat(label + 2)}· predicted   ● measured, the same   × measured, another`];
}

function predictedAt(points: readonly PlotPoint[], x: number): number {
  let before: PlotPoint = { x: 0, predicted: 0 };
  for (const point of points) {
    if (x <= point.x) return before.predicted + ((x - before.x) / (point.x - before.x || 1)) * (point.predicted - before.predicted);
    before = point;
  }
  return before.predicted;
}
