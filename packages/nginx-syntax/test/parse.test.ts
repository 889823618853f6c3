import { describe, expect, it } from "vitest";
import { parse } from "../src/index.ts";
import { outline } from "./outline.ts";

describe("parse", () => {
  it("reads names, arguments and nested blocks", () => {
    const tree = parse('http {\n  server { listen 80 backlog=64; index; }\n}\nuser www; # end\n');
    expect(tree.problems).toEqual([]);
    expect(outline(tree)).toEqual([["http", [["server", [["listen", "80", "backlog=64"], ["index"]]]]], ["user", "www"]]);
  });

  it("gives each part its exact range", () => {
    const text = 'a "b c" {\n  d;\n}';
    const [directive] = parse(text).directives;
    expect(directive).toEqual({
      start: 0,
      end: 16,
      name: { start: 0, end: 1, value: "a" },
      args: [{ start: 2, end: 7, value: "b c", quote: '"' }],
      block: { start: 9, end: 15, directives: [{ start: 12, end: 14, name: { start: 12, end: 13, value: "d" }, args: [] }] },
    });
  });

  it("gives every character to a token", () => {
    const { tokens } = parse("\uFEFFa 'b'; # c\r\nd{}");
    expect(tokens.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ["bom", 0, 1],
      ["word", 1, 2],
      ["whitespace", 2, 3],
      ["word", 3, 6],
      ["semicolon", 6, 7],
      ["whitespace", 7, 8],
      ["comment", 8, 11],
      ["whitespace", 11, 13],
      ["word", 13, 14],
      ["open", 14, 15],
      ["close", 15, 16],
    ]);
  });

  const words: Record<string, string[]> = {
    // Quotes and escapes.
    'a "b;{}# c" \'d "e"\'': ["a", "b;{}# c", 'd "e"'],
    '"\\"" \'\\\'\' \\\\ \\t\\r\\n': ['"', "'", "\\", "\t\r\n"],
    "\\d \\; \\{ a\\ b": ["\\d", "\\;", "\\{", "a\\ b"],
    '"" \'\'': ["", ""],
    "a\"b\" c'": ['a"b"', "c'"],
    '"multi\nline"': ["multi\nline"],
    // A bracket may follow a closing quote and begins a word.
    '($a = "b") "c"))d': ["($a", "=", "b", ")", "c", "))d"],
    // A comment begins only where a word could.
    "a#b c # d\ne": ["a#b", "c", "e"],
    "a \\# b": ["a", "\\#", "b"],
    // A brace after $ belongs to the word, as do all that follow it; so does a closing brace anywhere.
    "a${b}c ${{x}} } }b": ["a${b}c", "${{x}}"],
    "a} b}c": ["a}", "b}c"],
    "\u00a0 é 漢 😀 \ud800": ["\u00a0", "é", "漢", "😀", "\ud800"],
    "a\r\n\tb\rc": ["a", "b", "c"],
  };
  for (const [text, values] of Object.entries(words)) {
    it(`reads the words of ${JSON.stringify(text)}`, () => {
      const [directive] = parse(`${text};`).directives;
      expect([directive?.name.value, ...(directive?.args ?? []).map(({ value }) => value)]).toEqual(values);
    });
  }

  it("takes the brace that no $ stands before for a block", () => {
    expect(outline(parse("location ~ a{2} b;}"))).toEqual([["location", "~", "a", [["2}", "b"]]]]);
    expect(outline(parse("if (a$){b;}"))).toEqual([["if", "(a$)", [["b"]]]]);
  });

  it("reads a block nested 100,000 deep", () => {
    const tree = parse("a {".repeat(100_000) + "}".repeat(100_000));
    expect(tree.problems).toEqual([]);
    expect(tree.directives).toHaveLength(1);
  });
});
