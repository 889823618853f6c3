import { readFileSync } from "node:fs";
import * as parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
import { describe, expect, it } from "vitest";
import plugin from "../src/index.ts";

interface Block {
  readonly expected: "incorrect" | "correct";
  readonly language: string;
  readonly code: string;
}

const labels = { "Incorrect:": "incorrect", "This fires:": "incorrect", "Correct:": "correct", "This does not:": "correct" } as const;

/** Fenced blocks of a page with the label that they stand under. */
function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let expected: Block["expected"] | undefined;
  for (const { groups } of page.matchAll(/^(?:(?<label>Incorrect:|This fires:|Correct:|This does not:)$|(?<heading>#+ .*)$|```(?<language>\w*)\n(?<code>[\s\S]*?)\n```$)/gm)) {
    if (groups?.["label"] !== undefined) expected = labels[groups["label"] as keyof typeof labels];
    else if (groups?.["heading"] !== undefined) expected = undefined;
    else if (expected !== undefined) blocks.push({ expected, language: groups?.["language"] ?? "", code: groups?.["code"] ?? "" });
  }
  return blocks;
}

const linter = new Linter();

function reports(rule: string, { language, code }: Block): readonly Linter.LintMessage[] {
  const config = { files: ["**"], plugins: { "listen-backlog": plugin }, rules: { [`listen-backlog/${rule}`]: "error" as const }, ...(language === "ts" ? { languageOptions: { parser } } : {}) };
  return linter.verify(code, [config], { filename: `block.${language}` });
}

describe.each(Object.keys(plugin.rules))("the page of %s", (rule) => {
  const blocks = blocksOf(readFileSync(new URL(`../../../docs/rules/${rule}.md`, import.meta.url), "utf8")).filter(({ language }) => language === "js" || language === "ts");

  it("has blocks of both kinds", () => {
    expect(new Set(blocks.map(({ expected }) => expected))).toEqual(new Set(["incorrect", "correct"]));
  });

  it.each(blocks)("is right: $expected\n$code", (block) => {
    const found = reports(rule, block);
    expect(found.filter(({ fatal }) => fatal === true)).toEqual([]);
    // Every listen() of an incorrect block is wrong.
    if (block.expected === "incorrect") expect(found).toHaveLength(block.code.match(/\.listen\(/g)?.length ?? 0);
    else expect(found).toEqual([]);
  });
});
