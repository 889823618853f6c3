import { describe, expect, it } from "vitest";
import { parse, walk } from "../src/index.ts";

describe("parse", () => {
  it("reads names, values and blocks", () => {
    const tree = parse('http {\n  server { listen 80 backlog=64; add_header X "a\\"b"; } # end\n}\n');
    expect(tree.problems).toEqual([]);
    expect([...walk(tree)].map(({ directive }) => [directive.name.value, ...directive.args.map((word) => word.value)])).toEqual([
      ["http"],
      ["server"],
      ["listen", "80", "backlog=64"],
      ["add_header", "X", 'a"b'],
    ]);
  });
});
