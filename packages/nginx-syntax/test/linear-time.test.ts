import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../src/index.ts";

/** Steps a character may cost: a file with placeholders is read twice, and an unclosed quote may be read anew four times. */
const stepsPerCharacter = 60;

/** A text that counts how many of its characters are looked at. */
class CountingText extends String {
  steps = 0;

  override charCodeAt(at: number): number {
    this.steps++;
    return super.charCodeAt(at);
  }

  override indexOf(wanted: string, from = 0): number {
    const found = super.indexOf(wanted, from);
    this.steps += (found < 0 ? this.length : found) - from + 1;
    return found;
  }

  override slice(start?: number, end?: number): string {
    const part = super.slice(start, end);
    this.steps += part.length;
    return part;
  }
}

function countSteps(text: string): number {
  const counting = new CountingText(text);
  // The parser calls the methods of its text, so that it does not notice what it reads.
  parse(counting as unknown as string);
  expect(counting.steps).toBeGreaterThanOrEqual(text.length);
  return counting.steps;
}

const hostile: Record<string, string> = {
  "blocks without names": "{",
  "nested blocks": "a {",
  "closing braces": "}",
  "quotes that end too late": '"a;\n',
  "two kinds of such quotes": "'\"a;\n\"x'b;\n",
  "openings of placeholders": "{{",
  "openings of all placeholders": "{{ {% {# ",
  "placeholders and broken quotes": 'a {{ x }} "b {{ y }} ;\n',
  "backslashes": "\\",
  "lines without ;": "a\n",
  "empty lines": " \n",
  "comments": "#\n",
  "open Lua blocks": "a_by_lua_block {",
  "words": "a ",
};

describe("time", () => {
  for (const [title, part] of Object.entries(hostile)) {
    it(`is linear for many ${title}`, () => {
      const text = `${part.repeat(20_000)} x }`;
      expect(countSteps(text)).toBeLessThan(text.length * stepsPerCharacter);
    });
  }

  for (const part of ['\\"', "[", "[=", "--", "'", "{", '"\\', "[[]", "]"]) {
    it(`is linear for a block of Lua full of ${part}`, () => {
      const text = `a_by_lua_block {"${part.repeat(20_000)}`;
      expect(countSteps(text)).toBeLessThan(text.length * stepsPerCharacter);
    });
  }

  it("is linear for whatever is repeated", () => {
    const piece = fc.constantFrom("a", " ", ";", "{", "}", '"', "'", "\\", "#", "$", ")", "\n", "[", "]", "=", "-", "%", "{{", "}}", "{%", "%}", "{#", "#}", ";\n", "x_by_lua_block {");
    const part = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(part, part, part, (first, second, last) => {
        const text = first + second.repeat(300) + first + last.repeat(300);
        expect(countSteps(text)).toBeLessThan(text.length * stepsPerCharacter);
      }),
      { numRuns: 300 },
    );
  });
});
