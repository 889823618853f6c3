import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readConfig } from "../src/config/read.ts";

// The schema is for editors, the reader for audits: they have to agree on every configuration.

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
/** ajv keeps formats in a package of its own; this one is RFC 3339's full-date. */
ajv.addFormat("date", (text) => {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
});
const isValid = ajv.compile(JSON.parse(readFileSync(new URL("../config.schema.json", import.meta.url), "utf8")) as object);

const word = fc.constantFrom("a", "small-backlog", "deploy/**", "/etc/nginx", "../x", "a/../b", "..", "a..b", "", " ", "2027-01-31", "2027-02-30", "27-1-1", "200ms", "0s", "0.0ms", "2m", "1.5", "off", "error", "null", "*.conf");
const number = fc.oneof(fc.constantFrom(-1, 0, 1, 0.5, 511, 2 ** 53 - 1, 2 ** 53, 1e300), fc.integer({ min: -3, max: 3 }));
const scalar = fc.oneof(word, number, fc.boolean(), fc.constant(null));
/** Mostly what belongs there, and now and then anything. */
const rather = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(word, scalar, { maxKeys: 2 })) });
const path = rather(fc.constantFrom("deploy/**", "a", "**/*.js", "./x", "a..b/c"));
const count = rather(fc.constantFrom(1, 128, 511));
const duration = rather(fc.constantFrom(0.2, 1, "200ms", "2s", "1.5m"));
const service = rather(fc.record({ match: rather(fc.constantFrom("nginx", "gunicorn shop.wsgi", "deploy/**")), burst: count, arrivalRate: rather(fc.constantFrom(0.5, 100)), serviceTime: duration, clientTimeout: duration, cpus: count, somaxconn: rather(fc.constantFrom(0, 128)), extra: scalar }, { requiredKeys: [] }).map(({ extra, ...rest }) => (extra === "a" ? { ...rest, extra } : rest)));
const ignored = rather(fc.record({ rule: rather(fc.constantFrom("small-backlog")), path, reason: rather(fc.constantFrom("because", "x")), until: rather(fc.constantFrom("2027-01-31", "2024-02-29")) }, { requiredKeys: ["rule", "path"] }));
const config = rather(
  fc.record(
    {
      $schema: rather(fc.constant("./config.schema.json")),
      minimum: count,
      burst: count,
      services: rather(fc.array(service, { maxLength: 2 })),
      environments: rather(fc.dictionary(fc.constantFrom("production", "staging"), rather(fc.array(path, { maxLength: 2 })), { maxKeys: 2 })),
      roots: rather(fc.dictionary(fc.constantFrom("/etc/nginx", "/srv/", "etc"), path, { maxKeys: 2 })),
      ignore: rather(fc.array(path, { maxLength: 3 })),
      ignores: rather(fc.array(ignored, { maxLength: 2 })),
      severity: rather(fc.dictionary(fc.constantFrom("small-backlog", "nonsense"), rather(fc.constantFrom("error", "warning", "note", "off")), { maxKeys: 2 })),
    },
    { requiredKeys: [] },
  ),
);

describe("the schema and the reader", () => {
  it("agree on what a configuration is, as JSON and as YAML", () => {
    let good = 0;
    let bad = 0;
    fc.assert(
      fc.property(config, (value) => {
        const valid = isValid(value);
        const json = readConfig("audit-backlog.config.json", JSON.stringify(value));
        expect([json.problems.map(({ message }) => message), valid]).toEqual(valid ? [[], true] : [expect.arrayContaining([expect.any(String)]), false]);
        const yaml = readConfig("audit-backlog.config.yaml", stringify(value));
        expect(yaml.problems.map(({ message }) => message).sort()).toEqual(json.problems.map(({ message }) => message).sort());
        if (valid) good += 1;
        else bad += 1;
      }),
      { numRuns: 1000 },
    );
    // Neither side may be right for want of trying.
    expect(Math.min(good, bad)).toBeGreaterThan(100);
  });
});
