import type { Finding } from "@audit-backlog/audit";
import type { Origin } from "@audit-backlog/model";
import type { Shown } from "../shown.ts";
import { uriOf } from "./places.ts";

/** A line may be a whole program: only this much of it, on both sides of the setting, tells one finding from another. */
const AROUND = 100;

/**
 * Tells findings apart from run to run: by rule, file and the source line of the setting with its white space made one
 * space, not by where that line stands. Equal ones are counted in the order in which they stand. What has no place in a
 * file is told by its name.
 */
export function fingerprints(findings: readonly Finding[], shown: Shown): (finding: Finding) => string {
  // Loaded here: every start of the program would wait for it.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const met = new Map<string, number>();
  const prints = new Map<Finding, string>();
  for (const finding of [...findings].sort(byPlace)) {
    const origin = finding.locations[0]?.origin;
    const key = JSON.stringify([finding.rule, ...(origin === undefined ? [] : about(origin, shown))]);
    const nth = (met.get(key) ?? 0) + 1;
    met.set(key, nth);
    prints.set(finding, createHash("sha256").update(`${key} ${nth}`).digest("hex").slice(0, 32));
  }
  return (finding) => prints.get(finding) ?? "";
}

function byPlace({ locations: [a] }: Finding, { locations: [b] }: Finding): number {
  const offset = (origin: Origin | undefined): number => (origin?.kind === "file" ? origin.range.start.offset : -1);
  return offset(a?.origin) - offset(b?.origin);
}

function about(origin: Origin, { root, textOf }: Shown): readonly string[] {
  switch (origin.kind) {
    case "file": {
      const { start, end } = origin.range;
      const text = textOf(origin.file) ?? "";
      const from = Math.max(text.lastIndexOf("\n", start.offset - 1) + 1, start.offset - AROUND);
      const lineEnd = text.indexOf("\n", end.offset);
      const to = Math.min(lineEnd === -1 ? text.length : lineEnd, end.offset + AROUND);
      return [uriOf(origin.file, root), text.slice(from, to).replaceAll(/\s+/g, " ").trim()];
    }
    case "default":
      return ["default", origin.of, origin.source];
    case "option":
      return ["option", origin.flag];
    case "host":
      return ["host", origin.path];
  }
}
