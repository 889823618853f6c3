import { nodeSettings, type Backlog } from "@audit-backlog/model";
import type { Literal } from "./types.ts";

/** What net.Server#listen passes when it is given no backlog. Source: node: lib/net.js setupListenHandle. */
export const NODE_DEFAULT_BACKLOG = nodeSettings.backlog.default;

export interface NodeBacklog {
  /** The signed 32-bit number that Node hands to listen(2), before the kernel clamps it; the default where `reading` is "throws". */
  readonly requested: number;
  /**
   * `explicit`: arrives as written. `fallback`: Node takes its default instead. `coerced`: arrives as another
   * value or was written as another type. `throws`: listen() throws.
   */
  readonly reading: "explicit" | "fallback" | "coerced" | "throws";
}

/**
 * What Node makes of a value that stands in a backlog's place.
 *
 * Positional arguments pass through `Number(x) >= 0` first; an option goes as it is. A falsy result means
 * the default; anything else is converted to Int32 by V8, which throws for a bigint.
 * Source: node: lib/net.js Server.prototype.listen, toNumber, setupListenHandle; src/tcp_wrap.cc TCPWrap::Listen.
 */
export function nodeBacklog(value: Literal, place: "positional" | "option"): NodeBacklog {
  const passed = place === "positional" ? positional(value) : value;
  if (passed === null || passed === undefined || passed === false || passed === "" || passed === 0n || passed === 0 || Number.isNaN(passed)) {
    return { requested: NODE_DEFAULT_BACKLOG, reading: "fallback" };
  }
  if (typeof passed === "bigint") return { requested: NODE_DEFAULT_BACKLOG, reading: "throws" };
  const requested = Number(passed) | 0;
  return { requested, reading: requested === value ? "explicit" : "coerced" };
}

/** node: lib/net.js toNumber */
function positional(value: Literal): number | false {
  const number = Number(value);
  return number >= 0 ? number : false;
}

/** How Node reads a backlog that has one of these values, as far as they are known: the worst of them, a refused one first. */
export function readingOf(values: readonly Literal[], place: "positional" | "option"): Exclude<Backlog["reading"], "default"> {
  const readings = new Set(values.map((value) => nodeBacklog(value, place).reading));
  if (readings.has("throws")) return "refused";
  if (readings.has("coerced")) return "coerced";
  return readings.has("explicit") || readings.size === 0 ? "explicit" : "fallback";
}

/** A value as it is written in JavaScript. */
export function writtenAs(value: Literal): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "bigint" ? `${String(value)}n` : String(value);
}
