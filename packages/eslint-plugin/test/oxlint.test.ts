import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle, temporaryFolder } from "./build.ts";
import { allCases } from "./cases/index.ts";
import type { Case, Hit } from "./cases/case.ts";

/** Where oxlint's JS plugins give something else than ESLint; oxlint has no types, so that tier is left out altogether. */
const differences: Readonly<Record<string, string>> = {};

interface Entry {
  readonly rule: string;
  readonly file: string;
  readonly one: Case;
  readonly hit: Hit | undefined;
}

interface Diagnostic {
  readonly message: string;
  readonly code?: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly offset: number; readonly length: number } }[];
}

const place = temporaryFolder();
const entries: readonly Entry[] = allCases.flatMap(({ rule, hits, silent }) =>
  [...hits.map((hit) => ({ one: hit, hit })), ...silent.map((one) => ({ one, hit: undefined }))]
    .filter(({ one }) => one.tier !== "typed")
    .map(({ one, hit }, at) => ({ rule, one, hit, file: `${rule}/${String(at)}/${one.filename ?? (one.tier === "ts" ? "file.ts" : "file.js")}` })),
);
let found: readonly Diagnostic[] = [];

beforeAll(() => {
  bundle(join(place.folder, "plugin"));
  const overrides = entries.map(({ rule, file, one }) => ({ files: [file], rules: { [`listen-backlog/${rule}`]: ["error", ...(one.options === undefined ? [] : [one.options])] } }));
  writeFileSync(join(place.folder, ".oxlintrc.json"), JSON.stringify({ jsPlugins: ["./plugin/index.js"], categories: { correctness: "off" }, plugins: [], overrides }));
  for (const { file, one } of entries) {
    mkdirSync(dirname(join(place.folder, file)), { recursive: true });
    writeFileSync(join(place.folder, file), one.code);
  }
  found = run(["--format", "json"]);
});

function run(options: readonly string[]): readonly Diagnostic[] {
  const program = join(dirname(createRequire(import.meta.url).resolve("oxlint/package.json")), "bin/oxlint");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options, "--no-ignore", "."], { cwd: place.folder, encoding: "utf8", timeout: 100_000, maxBuffer: 1e8 });
  if (status !== 0 && status !== 1) throw new Error(`oxlint ended with ${String(status)}: ${stdout.slice(0, 2000)} ${stderr}`);
  return options.includes("json") ? (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics : [];
}

afterAll(() => {
  place.remove();
});

/** The message of a hit without its placeholders: the verdict is in it, whatever else the rule says. */
function expectedOf({ code, range, data }: Hit): { verdict: string | undefined; text: string } {
  return { verdict: data["verdict"], text: code.slice(...range) };
}

describe("oxlint", () => {
  it.each(entries.map((entry) => ({ ...entry, title: `${entry.rule}: ${entry.one.title}` })))("says the same: $title", ({ title, file, one, hit }) => {
    const diagnostics = found.filter(({ filename }) => filename === file);
    const said = diagnostics.map(({ message, labels: [label] }) => {
      const start = label?.span.offset ?? 0;
      return { verdict: message, text: Buffer.from(one.code).subarray(start, start + (label?.span.length ?? 0)).toString() };
    });
    if (differences[title] !== undefined) {
      expect(said, differences[title]).toEqual([]);
      return;
    }
    const expected = hit === undefined ? [] : [expectedOf(hit)];
    expect(said).toEqual(expected.map(({ verdict, text }) => ({ verdict: expect.stringContaining(verdict ?? "") as unknown, text })));
  });

  it("applies a suggestion of each, comments and all", () => {
    run(["--fix-suggestions"]);
    for (const { rule, file, one, hit } of entries) {
      const after = readFileSync(join(place.folder, file), "utf8");
      const outputs = hit === undefined || hit.suggestions.length === 0 ? [one.code] : hit.suggestions.map(({ output }) => output);
      expect(outputs, `${rule}: ${one.title}`).toContain(after);
    }
  });

  it("differs in nothing else", () => {
    const titles = new Set(entries.map(({ rule, one }) => `${rule}: ${one.title}`));
    expect(Object.keys(differences).filter((title) => !titles.has(title))).toEqual([]);
  });
});
