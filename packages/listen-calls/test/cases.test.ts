import { describe, expect, it } from "vitest";
import { findListenCalls } from "../src/find.ts";
import { withBabel, withEspree, withTypeScript, type Parsed } from "./parse.ts";
import { RECEIVERS, type Case } from "./receivers.cases.ts";
import { summary } from "./summary.ts";
import { FORMS, VALUES } from "./values.cases.ts";

const TABLES: Readonly<Record<string, readonly Case[]>> = { receivers: RECEIVERS, values: VALUES, forms: FORMS };

/** In the tables a port or path as first argument goes without saying that the form is that. */
function expected(calls: readonly string[]): readonly string[] {
  return calls.map((call) => call.replace(/^(\S+) (port|path)=/, "$1 $2 $2="));
}

function found({ program, scopes }: Parsed, code: string): readonly string[] {
  return findListenCalls(program, scopes, code).map(summary);
}

for (const [name, cases] of Object.entries(TABLES)) {
  describe(name, () => {
    for (const [code, ...calls] of cases) {
      it(code, () => {
        for (const parse of [withBabel, withTypeScript]) expect(found(parse(code), code), parse.name).toEqual(expected(calls));
      });
    }
  });
}

describe("a `with` statement", () => {
  it("may give any name another meaning", () => {
    const code = `var s = require("http").createServer(); with (o) { s.listen(1, 9) } s.listen(2, 9)`;
    const parsed = withEspree(code, "script");
    expect(parsed && found(parsed, code)).toEqual(["unknown port port=1 backlog=9", "node:http port port=2 backlog=9"]);
  });
});

describe("ESLint's own parser and scope analysis", () => {
  for (const [sourceType, atLeast] of [
    ["module", 250],
    ["commonjs", 150],
    ["script", 150],
  ] as const) {
    it(`give the same for ${sourceType} code`, () => {
      let compared = 0;
      for (const [code, ...calls] of Object.values(TABLES).flat()) {
        const parsed = withEspree(code, sourceType);
        if (parsed === undefined) continue;
        compared++;
        expect(found(parsed, code), code).toEqual(expected(calls));
      }
      expect(compared).toBeGreaterThan(atLeast);
    });
  }
});
