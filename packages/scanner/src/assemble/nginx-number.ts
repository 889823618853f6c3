const maxInt = 9223372036854775807n;

/** nginx: src/core/ngx_string.c ngx_atoi: decimal digits only, up to 2^63 - 1; undefined for what it refuses. */
export function atoi(text: string): bigint | undefined {
  // 2^63 - 1 has 19 digits; longer strings may still be small after leading zeros.
  if (!/^[0-9]+$/.test(text)) return undefined;
  const digits = text.replace(/^0+(?=.)/, "");
  if (digits.length > 19) return undefined;
  const value = BigInt(digits);
  return value > maxInt ? undefined : value;
}

/** A `backlog=` value as the C int that it is stored in; undefined where nginx refuses it: 0, -1 or no number (ngx_http_core_listen). */
export function parseBacklog(text: string): number | undefined {
  const value = atoi(text);
  if (value === undefined) return undefined;
  const stored = Number(BigInt.asIntN(32, value));
  return stored === 0 || stored === -1 ? undefined : stored;
}

/** nginx: src/core/ngx_parse.c ngx_parse_size: bytes with an optional k or m; undefined for what it refuses. */
export function parseSize(text: string): bigint | undefined {
  const unit = /[kKmM]$/.exec(text)?.[0].toLowerCase();
  const value = atoi(unit === undefined ? text : text.slice(0, -1));
  const scaled = value === undefined ? undefined : value * (unit === "k" ? 1024n : unit === "m" ? 1048576n : 1n);
  return scaled === undefined || scaled > maxInt ? undefined : scaled;
}

/** In the order in which they may follow each other. A blank counts as seconds, and only blanks may follow it. */
const units = [
  { name: "y", seconds: 31_536_000 },
  { name: "M", seconds: 2_592_000 },
  { name: "w", seconds: 604_800 },
  { name: "d", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "m", seconds: 60 },
  { name: "s", seconds: 1 },
  { name: "ms", seconds: 0.001 },
  { name: " ", seconds: 1 },
] as const;
const index = (unit: string): number => units.findIndex(({ name }) => name === unit);

/**
 * Seconds that a time such as `60`, `1m30s` or `500ms` means; undefined for what nginx refuses. Settings kept in whole
 * seconds know no `ms`, those kept in milliseconds no years and months (nginx: src/core/ngx_parse.c ngx_parse_time).
 */
export function parseTime(text: string, keptIn: "seconds" | "milliseconds"): number | undefined {
  const most = Number(maxInt) / (keptIn === "seconds" ? 1 : 1000);
  let total = 0;
  let last = keptIn === "seconds" ? -1 : index("M");
  const part = /([0-9]*)(?:(ms|[yMwdhms ]) *|$)/y;
  if (!/[0-9]/.test(text)) return undefined;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const [, digits = "", unit] = match;
    if (unit !== undefined) {
      const at = index(unit);
      // A blank ends the seconds, so it may not come after them.
      if (at <= last || (unit === " " && last >= index("s")) || (unit === "ms" && keptIn === "seconds")) return undefined;
      last = at;
    }
    const value = atoi(digits === "" ? "0" : digits);
    if (value === undefined) return undefined;
    total += Number(value) * (units[unit === undefined ? index("s") : last]?.seconds ?? 0);
    if (total > most) return undefined;
  }
  return total;
}
