import type { FileOrigin, Range } from "@audit-backlog/model";
import { nearest } from "../nearest.ts";
import type { Stated } from "./config.ts";
import type { Entry, Node, Problem } from "./node.ts";

/** More entries than that nobody writes by hand, and each is held against every file. */
const MAX_ENTRIES = 500;

/** Reads nodes as what they have to be. Everything that is wrong is kept as a problem, and the rest is still read. */
export class NodeReader {
  readonly file: string;
  readonly problems: Problem[] = [];

  constructor(file: string) {
    this.file = file;
  }

  origin(range: Range): FileOrigin {
    return { kind: "file", file: this.file, range };
  }

  complain(range: Range, message: string): undefined {
    this.problems.push({ range, message });
    return undefined;
  }

  /** The entries of a map with exactly these keys, `required` among them. */
  known<const K extends string>(node: Node, what: string, keys: readonly K[], required: readonly K[] = []): Readonly<Partial<Record<K, Node>>> {
    const found: Partial<Record<K, Node>> = {};
    for (const { key, keyRange, value } of this.entries(node, what)) {
      const name = keys.find((one) => one === key);
      if (name !== undefined) found[name] = value;
      else {
        const near = nearest(key, keys);
        this.complain(keyRange, `unknown key ${JSON.stringify(key)}${near === undefined ? ` (known: ${keys.join(", ")})` : `: did you mean ${near}?`}`);
      }
    }
    const missing = node.kind === "map" ? required.filter((name) => found[name] === undefined) : [];
    if (missing.length > 0) this.complain(node.range, `${what} needs ${missing.join(", ").replace(/, ([^,]*)$/, " and $1")}`);
    return found;
  }

  entries(node: Node, what: string): readonly Entry[] {
    if (node.kind === "map") return this.#notTooMany(node.entries, node.range, what);
    this.complain(node.range, `${what} takes keys with values, not ${shown(node)}`);
    return [];
  }

  items(node: Node, what: string): readonly Node[] {
    if (node.kind === "list") return this.#notTooMany(node.items, node.range, what);
    this.complain(node.range, `${what} takes a list, not ${shown(node)}`);
    return [];
  }

  #notTooMany<T>(all: readonly T[], range: Range, what: string): readonly T[] {
    if (all.length > MAX_ENTRIES) this.complain(range, `${what} has ${all.length} entries: more than ${MAX_ENTRIES} are not read; a glob takes many paths`);
    return all.slice(0, MAX_ENTRIES);
  }

  count(node: Node, what: string, least: number): Stated<number> | undefined {
    if (node.kind === "scalar" && typeof node.value === "number" && Number.isSafeInteger(node.value) && node.value >= least) return { value: node.value, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes a whole number from ${least} on, not ${shown(node)}`);
  }

  rate(node: Node, what: string): Stated<number> | undefined {
    if (node.kind === "scalar" && typeof node.value === "number" && node.value > 0 && Number.isFinite(node.value)) return { value: node.value, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes arrivals per second above 0, not ${shown(node)}`);
  }

  /** Seconds, or text with a unit. */
  duration(node: Node, what: string): Stated<number> | undefined {
    const value = node.kind === "scalar" ? secondsOf(node.value) : undefined;
    if (value !== undefined) return { value, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes a time above 0 such as 0.2, 200ms or 2s, not ${shown(node)}`);
  }

  text(node: Node, what: string, example: string): Stated<string> | undefined {
    if (node.kind === "scalar" && typeof node.value === "string" && node.value.trim() !== "") return { value: node.value, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes text such as ${example}, not ${shown(node)}`);
  }

  /** A path or glob of the tree. */
  path(node: Node, what: string, example: string): Stated<string> | undefined {
    const stated = this.text(node, what, example);
    if (stated === undefined) return undefined;
    if (stated.value.startsWith("/") || stated.value.split("/").includes("..")) { this.complain(node.range, `${what} takes a path relative to the audited directory, not ${shown(node)}`); return; }
    return stated;
  }

  paths(node: Node, what: string, example: string): readonly Stated<string>[] {
    return this.items(node, what).flatMap((item) => this.path(item, what, example) ?? []);
  }

  oneOf<const T extends string>(node: Node, what: string, choices: readonly T[]): Stated<T> | undefined {
    const choice = node.kind === "scalar" ? choices.find((one) => one === node.value) : undefined;
    if (choice !== undefined) return { value: choice, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes ${choices.join(", ")}, not ${shown(node)}`);
  }

  /** A day of the calendar. */
  day(node: Node, what: string): Stated<string> | undefined {
    if (node.kind === "scalar" && typeof node.value === "string" && isDay(node.value)) return { value: node.value, origin: this.origin(node.range) };
    this.complain(node.range, `${what} takes a day such as 2027-01-31, not ${shown(node)}`);
  }
}

const UNITS = { ms: 0.001, s: 1, m: 60 } as const;

function secondsOf(value: string | number | boolean | null): number | undefined {
  if (typeof value === "number") return value > 0 && Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const match = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)$/.exec(value);
  const seconds = Number(match?.[1] ?? 0) * UNITS[match?.[2] === "ms" ? "ms" : match?.[2] === "m" ? "m" : "s"];
  return seconds > 0 ? seconds : undefined;
}

/** Whether the text is a day that exists. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A value for a message, cut where it is long. */
function shown(node: Node): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  const text = JSON.stringify(node.value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
