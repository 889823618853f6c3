import { fileURLToPath } from "node:url";
import * as parser from "@typescript-eslint/parser";
import { RuleTester as TypeScriptTester } from "@typescript-eslint/rule-tester";
import { RuleTester } from "eslint";
import { afterAll, describe, expect, it } from "vitest";
import plugin from "../src/index.ts";
import { allCases } from "./cases/index.ts";
import { locate, type Case, type Hit } from "./cases/case.ts";

for (const tester of [RuleTester, TypeScriptTester]) Object.assign(tester, { afterAll, describe, it, itOnly: it.only, itSkip: it.skip, describeSkip: describe.skip });

const typedFolder = fileURLToPath(new URL("fixtures/typed/", import.meta.url));
const fileOf = { js: "file.js", ts: "file.ts", typed: "file.ts" } as const;

interface Expected {
  readonly messageId: string;
  readonly data: Record<string, string>;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly suggestions: { readonly messageId: string; readonly data?: Record<string, string>; readonly output: string }[];
}

/** The typed tier's files lie in a folder of tests. */
const anyFile = { tests: [] };

function test({ title, code, options, filename }: Case, file: string, typed: boolean): { name: string; code: string; options?: unknown[]; filename: string } {
  const all = typed ? { ...anyFile, ...options } : options;
  return { name: title, code, filename: filename ?? file, ...(all === undefined ? {} : { options: [all] }) };
}

function expected(rule: string, { code, range, data, suggestions }: Hit): Expected {
  const start = locate(code, range[0]);
  const end = locate(code, range[1]);
  const all = suggestions.map((one) => ({ messageId: one.messageId, output: one.output, ...(one.data === undefined ? {} : { data: one.data }) }));
  return { messageId: rule, data, ...start, endLine: end.line, endColumn: end.column, suggestions: all };
}

interface Tester {
  readonly name: string;
  /** Both testers have this method; their types name nodes of different packages. */
  readonly tester: { run(name: string, rule: unknown, cases: unknown): void };
  readonly tiers: readonly string[];
  readonly typed: boolean;
}

const testers: readonly Tester[] = [
  { name: "ESLint's own parser", tester: new RuleTester(), tiers: ["js"], typed: false },
  { name: "CommonJS", tester: new RuleTester({ languageOptions: { sourceType: "commonjs" } }), tiers: ["js"], typed: false },
  { name: "TypeScript's syntax", tester: new TypeScriptTester({ languageOptions: { parser } }), tiers: ["js", "ts"], typed: false },
  { name: "TypeScript's types", tester: new TypeScriptTester({ languageOptions: { parser, parserOptions: { projectService: true, tsconfigRootDir: typedFolder } } }), tiers: ["js", "ts", "typed"], typed: true },
];

for (const { name, tester, tiers, typed } of testers) {
  describe(name, () => {
    for (const { rule, hits, silent } of allCases) {
      const fits = (one: Case): boolean => tiers.includes(one.tier) && !(typed && one.filename !== undefined) && !(name === "CommonJS" && /^import |\bawait /m.test(one.code));
      const file = (one: Case): string => (typed ? `${typedFolder}${fileOf[one.tier === "js" ? "ts" : one.tier]}` : one.tier === "js" && name !== "TypeScript's syntax" ? "file.js" : "file.ts");
      const cases = {
        valid: silent.filter(fits).map((one) => test(one, file(one), typed)),
        invalid: hits.filter(fits).map((one) => ({ ...test(one, file(one), typed), errors: [expected(rule, one)] })),
        assertionOptions: { requireMessage: "messageId", requireLocation: true, requireData: true },
      };
      tester.run(rule, plugin.rules[rule], cases);
    }
  });
}

describe("the case table", () => {
  it("has hits and silent cases for every rule, each once", () => {
    expect(allCases.map(({ rule }) => rule).sort()).toEqual(Object.keys(plugin.rules).sort());
    for (const { rule, hits, silent } of allCases) {
      expect(hits.length, rule).toBeGreaterThan(4);
      expect(silent.length, rule).toBeGreaterThan(4);
      const titles = [...hits, ...silent].map(({ title }) => title);
      expect(new Set(titles).size, rule).toBe(titles.length);
    }
  });
});
