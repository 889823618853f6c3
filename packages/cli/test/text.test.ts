import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { Range } from "@audit-backlog/model";
import { frame } from "../src/report/frame.ts";
import { styleFor } from "../src/report/style.ts";
import { expandTabs, ONE_COLUMN, safe, width, wrap } from "../src/report/text.ts";

function rangeOf(text: string, part: string): Range {
  const offset = text.indexOf(part);
  const position = (at: number) => ({ offset: at, line: text.slice(0, at).split("\n").length, column: at - text.lastIndexOf("\n", at - 1) });
  return { start: position(offset), end: position(offset + part.length) };
}

describe("safe", () => {
  it("shows what would steer a terminal instead of obeying it", () => {
    expect(safe("a\x1b[31mred\x07\u202e")).toBe(String.raw`a\u{1b}[31mred\u{7}\u{202e}`);
    expect(safe("ä 漢 \t plain")).toBe("ä 漢 \t plain");
  });
});

describe("frame", () => {
  it.each([
    ["plain", "  backlog = 64\n", "64", "backlog = 64", 10, 2],
    ["after tabs", "\tlisten\t80\tbacklog=64;\n", "64", "listen  80  backlog=64;", 20, 2],
    ["after wide characters", 'name = "漢字"; backlog = 64\n', "64", 'name = "漢字"; backlog = 64', 25, 2],
    ["in the first line after a BOM", "\uFEFFbacklog = 64", "64", "backlog = 64", 10, 2],
    ["with CRLF", "x\r\nbacklog = 64\r\n", "64", "backlog = 64", 10, 2],
  ])("puts the mark under the span %s", (_, text, part, source, indent, span) => {
    expect(frame(text, rangeOf(text, part))).toEqual({ source, indent, span });
    expect(width(source.slice(0, source.indexOf(part)))).toBe(indent);
  });

  it("cuts a line that no terminal shows, and keeps the span in it", () => {
    const text = `${"x".repeat(5000)} backlog=64 ${"y".repeat(5000)}`;
    const shown = frame(text, rangeOf(text, "64"));
    expect(shown?.source).toContain("backlog=64");
    expect(shown?.source.length).toBeLessThan(140);
    expect(shown?.source.slice(shown.indent, shown.indent + shown.span)).toBe("64");
  });
});

it("knows without measuring that characters of our own take one column", () => {
  for (let code = 0x20; code < 0x3000; code += 1) {
    const char = String.fromCharCode(code);
    expect([char, width(char)]).toEqual([char, stringWidth(char)]);
  }
});

it("measures no character of our own reports: that takes as long as a small audit", () => {
  const sources = ["model", "scanner", "audit", "cli"].map((name) => fileURLToPath(new URL(`../../${name}/src/`, import.meta.url)));
  const texts = sources.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => readFileSync(join(folder, file), "utf8")));
  const ours = new Set(texts.join("").match(/[^\0-\x7f]/g));
  expect(ours.has("·")).toBe(true);
  expect([...ours].filter((char) => !ONE_COLUMN.test(char))).toEqual([]);
});

it("expands tabs to columns of four, wide characters counted as two", () => {
  expect(expandTabs("a\tb")).toBe("a   b");
  expect(expandTabs("漢\tb")).toBe("漢  b");
});

it("wraps without losing a word", () => {
  expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"]);
});

describe("styleFor", () => {
  it.each([
    ["a pipe", false, {}, false],
    ["a terminal", true, {}, true],
    ["NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", true, { NO_COLOR: "" }, true],
    ["FORCE_COLOR in a pipe", false, { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR over NO_COLOR", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    ["FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, false],
    ["a dumb terminal", true, { TERM: "dumb" }, false],
  ])("colours on %s: isTTY %s", (_, isTTY, environment, coloured) => {
    expect(styleFor({ isTTY }, environment).paint("red", "x") === "x").toBe(!coloured);
  });
});
