/** A time for people: `40 ms`, `1.5 s`, `90 s`; two digits that count below 10 s. */
export function seconds(time: number): string {
  if (time === 0) return "0 s";
  if (time < 0.0995) return `${String(Number((time * 1000).toPrecision(2)))} ms`;
  return `${String(time < 9.95 ? Number(time.toPrecision(2)) : Math.round(time))} s`;
}
