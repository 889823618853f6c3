import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, walk, type Directive, type NginxTree } from "../src/index.ts";

const pieces = [
  "a", "b_", " ", "\t", "\r", "\n", ";", "{", "}", '"', "'", "\\", "#", "$", "(", ")", "[", "]", "=", "-", "\uFEFF", "\u0000", "é",
  "\n  ", "${", "{{", "}}", "{%", "%}", "{#", "#}", "--", "[[", "]]", "[==[", "]==]", "a_by_lua_block {", "listen 80;", "😀", "\ud83d", "\ude00",
];
const syntaxLike = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(""));
const anyText = fc.oneof(
  syntaxLike,
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
);

describe("for any text", () => {
  it("the tokens, put together, give it back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { tokens } = parse(text);
        expect(tokens.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
        tokens.forEach(({ start, end }, index) => {
          expect(start).toBe(tokens[index - 1]?.end ?? 0);
          expect(end).toBeGreaterThan(start);
        });
      }),
      { numRuns: 3_000 },
    );
  });

  it("the ranges are ordered, nested and made of whole tokens", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tree = parse(text);
        checkRanges(tree);
        for (const { start, end, opened } of tree.problems) {
          expect(0 <= start && start <= end && end <= text.length).toBe(true);
          if (opened !== undefined) expect(["{", '"', "'"]).toContain(text[opened]);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("writing the words of a file without problems anew gives the same tree", () => {
    fc.assert(
      fc.property(syntaxLike, (text) => {
        const tree = parse(text);
        fc.pre(tree.problems.length === 0 && [...walk(tree)].every(({ directive }) => directive.lua === undefined));
        const written = parse(tree.directives.map(write).join(""));
        expect(written.problems).toEqual([]);
        expect(written.directives.map(write)).toEqual(tree.directives.map(write));
      }),
      { numRuns: 2_000 },
    );
  });
});

function checkRanges(tree: NginxTree): void {
  const words = new Set(tree.tokens.filter(({ kind }) => kind === "word").map(({ start, end }) => `${start}-${end}`));
  const after = new Map<Directive | undefined, number>();
  for (const { directive, parent } of walk(tree)) {
    const outer = parent?.directive;
    // Siblings follow each other inside of their block.
    expect(directive.start).toBeGreaterThanOrEqual(after.get(outer) ?? outer?.block?.start ?? 0);
    expect(directive.end).toBeLessThanOrEqual(outer?.block?.end ?? tree.text.length);
    after.set(outer, directive.end);

    expect(directive.name.start).toBe(directive.start);
    let at = directive.start;
    for (const word of [directive.name, ...directive.args]) {
      expect(word.start).toBeGreaterThanOrEqual(at);
      // Only the name of a block without one has no token.
      if (word.end > word.start) expect(words).toContain(`${word.start}-${word.end}`);
      at = word.end;
    }
    const inside = directive.block ?? directive.lua;
    if (inside !== undefined) {
      expect(inside.start).toBeGreaterThan(at);
      expect(tree.text[inside.start - 1]).toBe("{");
      expect(inside.end).toBeGreaterThanOrEqual(inside.start);
      at = inside.end;
    }
    expect(directive.end).toBeGreaterThanOrEqual(at);
  }
}

function write({ name, args, block }: Directive): string {
  const words = [name, ...args].map(({ value }) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(" ");
  return block === undefined ? `${words};` : `${words}{${block.directives.map(write).join("")}}`;
}
