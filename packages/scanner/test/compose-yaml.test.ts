import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { describeWith } from "@audit-backlog/test-support";
import { knownText } from "../src/readers/commands/program-at.ts";
import { readComposeFiles } from "../src/readers/compose.ts";

interface Seen {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly sysctls: Readonly<Record<string, string>>;
}

const key = fc.constantFrom("A", "B", "C", "D");
const number = fc.integer({ min: 0, max: 99 });
/** A map that may take in some of the anchors before it, in either form, before or after its own keys. */
const variables = (anchors: readonly string[], indent: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.tuple(key, number), { minLength: 1, maxLength: 3 }), anchors.length === 0 ? fc.constant([]) : fc.subarray([...anchors]), fc.boolean(), fc.boolean())
    .map(([pairs, merged, first, list]) => {
      const own = [...new Map(pairs)].map(([name, value]) => `${indent}${name}: "${value}"\n`);
      const merge = merged.length === 0 ? [] : [`${indent}<<: ${merged.length > 1 || list ? `[${merged.map((name) => `*${name}`).join(", ")}]` : `*${merged.join("")}`}\n`];
      return (first ? [...merge, ...own] : [...own, ...merge]).join("");
    });

/** Anchors that build on each other, and services that merge and override them. */
const documents = fc
  .tuple(variables([], "  "), variables(["a"], "  "), variables(["a", "b"], "  "), fc.array(fc.tuple(variables(["a", "b", "c"], "      "), variables(["c"], "      "), fc.array(number, { minLength: 1, maxLength: 3 }), fc.boolean()), { minLength: 1, maxLength: 3 }))
  .map(([a, b, c, services]) => {
    const heads = `x-a: &a\n${a}x-b: &b\n${b}x-c: &c\n${c}x-service: &service\n  command: [gunicorn, "0"]\n  environment: *b\n  sysctls: *a\n`;
    const bodies = services.map(([environment, sysctls, words, whole], index) => {
      const parts = whole ? "" : `    environment:\n${environment}    sysctls:\n${sysctls}    command: [gunicorn, ${words.map((word) => `"${word}"`).join(", ")}]\n`;
      return `  s${index}:\n    <<: *service\n${parts}`;
    });
    return `${heads}services:\n${bodies.join("")}`;
  });

function ours(text: string): Record<string, Seen> {
  const { commands, places, problems } = readComposeFiles(["compose.yml"], (path) => (path === "compose.yml" ? text : undefined), () => undefined);
  expect(problems).toEqual([]);
  return Object.fromEntries(
    places.map(({ surroundings, environment }) => [
      surroundings.name,
      {
        command: commands.filter(({ holder }) => holder.name === surroundings.name).flatMap(({ words }) => words.map((word) => knownText(word) ?? "")),
        environment: Object.fromEntries([...(environment ?? [])].map(([name, { value }]) => [name, value.kind === "exact" ? value.value : value.kind])),
        sysctls: Object.fromEntries(surroundings.sysctls.map(({ name, value }) => [name, value.value.kind === "exact" ? String(value.value.value) : value.value.kind])),
      },
    ]),
  );
}

describeWith(["python3-yaml"], "anchors and merge keys against PyYAML", () => {
  it("gives each service the same command, variables and sysctls", () => {
    const samples = fc.sample(documents, { numRuns: 300, seed: 8 });
    const program = [
      "import json,sys,yaml",
      "def f(s): return {n: {k: v[k] for k in ('command', 'environment', 'sysctls')} for n, v in yaml.safe_load(s)['services'].items()}",
      "print(json.dumps([f(s) for s in json.load(sys.stdin)]))",
    ].join("\n");
    const run = spawnSync("/usr/bin/python3", ["-I", "-c", program], { input: JSON.stringify(samples), encoding: "utf8", timeout: 30_000 });
    expect(run.stderr).toBe("");
    const theirs = JSON.parse(run.stdout) as Record<string, Seen>[];
    expect(theirs).toHaveLength(300);
    samples.forEach((sample, index) => {
      expect(ours(sample), sample).toEqual(theirs[index]);
    });
  });
});
