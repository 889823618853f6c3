import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configurationRules, editorRules, endOfHead, pageHead, rules, rulesIndex, suppressionRules } from "../src/index.ts";

const folder = new URL("../../../docs/rules/", import.meta.url);
/** Rules that the ESLint plugin checks as well, or alone: their pages have code that its tests run. */
const inEditor = new Set(["small-backlog", "invalid-backlog", "ignored-backlog", ...editorRules.map(({ id }) => id)]);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

describe("the rule pages", () => {
  it("are one for each rule, and the index", () => {
    expect(readdirSync(folder).sort()).toEqual(["README.md", ...[...rules, ...suppressionRules, ...configurationRules, ...editorRules].map(({ id }) => `${id}.md`)].sort());
  });

  it("have the table that the rules generate", () => {
    expect(read("README.md")).toBe(rulesIndex(rules, editorRules, suppressionRules, configurationRules));
  });

  it.each([...rules, ...editorRules])("$id has the head that its rule generates, and every part", (rule) => {
    const page = read(`${rule.id}.md`);
    expect(page.startsWith(pageHead(rule))).toBe(true);
    const body = page.slice(page.indexOf(endOfHead));
    const parts = [...body.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(parts).toEqual(["How it is computed", "How to see it live", "When it does not fire", "When to leave it", ...(inEditor.has(rule.id) ? ["In JavaScript and TypeScript"] : []), "References"]);
  });

  it.each(configurationRules)("$id has the head that its rule generates, and says what to do", (rule) => {
    const page = read(`${rule.id}.md`);
    expect(page.startsWith(pageHead(rule))).toBe(true);
    const body = page.slice(page.indexOf(endOfHead));
    expect([...body.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(["What to do", "When it does not fire"]);
    expect(body).toContain("(../configuration.md");
  });

  it.each(suppressionRules)("$id has the head that its rule generates, and says what to do", (rule) => {
    const page = read(`${rule.id}.md`);
    expect(page.startsWith(pageHead(rule))).toBe(true);
    const body = page.slice(page.indexOf(endOfHead));
    expect([...body.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(["What to do", "When it does not fire"]);
    expect(body).toContain("(../suppressing.md");
  });
});
