import { describe, expect, it } from "vitest";
import { createLocator, parse, walk } from "../src/index.ts";

describe("createLocator", () => {
  it("counts lines and columns from 1, and lines by line feeds", () => {
    const locate = createLocator("ab\r\n\n😀c\rd");
    const places = [0, 2, 3, 4, 5, 7, 9, 10].map((offset) => [locate(offset).line, locate(offset).column]);
    expect(places).toEqual([[1, 1], [1, 3], [1, 4], [2, 1], [3, 1], [3, 3], [3, 5], [3, 6]]);
  });

  it("takes what lies outside to the nearest end", () => {
    const locate = createLocator("a\nb");
    expect(locate(-1)).toEqual({ offset: 0, line: 1, column: 1 });
    expect(locate(99)).toEqual({ offset: 3, line: 2, column: 2 });
    expect(createLocator("")(0)).toEqual({ offset: 0, line: 1, column: 1 });
  });
});

describe("walk", () => {
  it("visits in the order of the file and knows the way up", () => {
    const paths = [...walk(parse("a { b { c; } d; } e;"))].map((visit) => {
      const names = [];
      for (let at: typeof visit | undefined = visit; at !== undefined; at = at.parent) names.unshift(at.directive.name.value);
      return names.join(" ");
    });
    expect(paths).toEqual(["a", "a b", "a b c", "a d", "e"]);
  });

  it("goes 100,000 blocks deep", () => {
    expect([...walk(parse("{".repeat(100_000)))]).toHaveLength(100_000);
  });
});
