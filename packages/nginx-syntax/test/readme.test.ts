import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import * as api from "../src/index.ts";

it("the README's example prints what it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```js\nimport [^\n]*\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const printed = /```text\n([^]*?)```/.exec(readme)?.[1];
  const lines: string[] = [];
  runInNewContext(example, { ...api, console: { log: (...words: unknown[]) => lines.push(words.join(" ")) } });
  expect(`${lines.join("\n")}\n`).toBe(printed);
});
