import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rules } from "../src/index.ts";
import type { Finding } from "../src/index.ts";
import { findings } from "./build.ts";
import type { Case } from "./cases/case.ts";
import { allCases } from "./cases/index.ts";

const of = (one: Case, rule: string): readonly Finding[] => findings(one.deployment, one.assumptions, one.floor).filter((finding) => finding.rule === rule);

describe("the registry", () => {
  it("holds every file of the folder, in order of its id", () => {
    const files = readdirSync(new URL("../src/rules", import.meta.url))
      .filter((name) => name !== "index.ts")
      .map((name) => name.replace(/\.ts$/, ""));
    expect(rules.map(({ id }) => id)).toEqual(files.sort());
  });

  it("names only rules that exist", () => {
    const ids = new Set(rules.map(({ id }) => id));
    expect(rules.flatMap(({ subsumes }) => subsumes).filter((id) => !ids.has(id))).toEqual([]);
  });

  it("has no rules that subsume each other", () => {
    const subsumed = new Map(rules.map(({ id, subsumes }) => [id, subsumes]));
    expect(rules.filter(({ id, subsumes }) => subsumes.some((other) => subsumed.get(other)?.includes(id)))).toEqual([]);
  });

  it("has a hit, a near miss and a quiet case for every rule", () => {
    const full = allCases.filter(({ hits, nearMisses, quiet }) => hits.length > 0 && nearMisses.length > 0 && quiet.length > 0);
    expect(full.map(({ rule }) => rule).sort()).toEqual(rules.map(({ id }) => id));
  });
});

describe.each(allCases)("$rule", ({ rule, hits, nearMisses, quiet }) => {
  it.each(hits)("speaks: $title", (hit) => {
    const [finding, ...more] = of(hit, rule);
    expect(more).toHaveLength((hit.count ?? 1) - 1);
    if (finding === undefined) throw new Error(`no ${rule}; there is ${JSON.stringify(findings(hit.deployment, hit.assumptions, hit.floor).map(({ message }) => message))}`);
    for (const words of hit.message) expect(finding.message).toContain(words);
    expect(finding.severity).toBe(hit.severity);
    expect(finding.certainty).toEqual(hit.on === undefined ? { kind: "certain" } : { kind: "conditional", on: hit.on });
    const primary = finding.locations[0]?.origin;
    if (hit.primary !== undefined) expect(primary?.kind === "file" ? `${primary.file}:${String(primary.range.start.line)}` : primary?.kind).toBe(hit.primary);
    if (hit.to !== undefined) expect(finding.whatIfs[0]?.to).toBe(hit.to);
  });

  it.each([...nearMisses, ...quiet])("is silent: $title", (one) => {
    expect(of(one, rule)).toEqual([]);
  });

  it("has only the severities that it declares, and whole sentences", () => {
    const declared = rules.find(({ id }) => id === rule)?.severities ?? [];
    const all = hits.flatMap((hit) => of(hit, rule));
    expect([...new Set(all.map(({ severity }) => severity))].filter((severity) => !declared.includes(severity))).toEqual([]);
    for (const { message, locations, why, change } of all) {
      expect(message).toMatch(/[^.]\.$/);
      expect(locations.map(({ role }) => role)).toEqual(["primary", ...locations.slice(1).map(() => "related")]);
      expect(why.length).toBeGreaterThan(0);
      expect([...why, ...change, message].join(" ")).not.toMatch(/undefined|NaN|Infinity(?! and)|\[object/);
    }
  });
});
