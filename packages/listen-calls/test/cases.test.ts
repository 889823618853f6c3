import { describe, expect, it } from "vitest";
import { findListenCalls } from "../src/find.ts";
import { withBabel, withTypeScript } from "./parse.ts";
import { RECEIVERS } from "./receivers.cases.ts";
import { summary } from "./summary.ts";
import { FORMS, VALUES } from "./values.cases.ts";

for (const [name, cases] of [["receivers", RECEIVERS], ["values", VALUES], ["forms", FORMS]] as const) {
  describe(name, () => {
    for (const [code, ...calls] of cases) {
      it(code, () => {
        for (const parse of [withBabel, withTypeScript]) {
          const { program, scopes } = parse(code);
          const found = findListenCalls(program, scopes, code).map(summary);
          expect(found, parse.name).toEqual(calls.map((call) => call.replace(/^(\S+) port=/, "$1 port port=").replace(/^(\S+) path=/, "$1 path path=")));
        }
      });
    }
  });
}
