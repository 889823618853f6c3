import { describe, expect, it } from "vitest";
import type { Formula, Value } from "../src/provenance.ts";
import { assumed, defaulted, describeValue, dynamic, exact, intervalOf, possibilities } from "../src/value.ts";
import { written } from "./build.ts";

const twice: Formula = { op: "*", operands: [{ op: "number", value: 2 }, { op: "cpus" }] };
const conditional: Value<number> = {
  kind: "oneOf",
  options: [
    { value: { kind: "exact", value: 64 }, when: "if DEBUG" },
    { value: { kind: "exact", value: 512 }, when: "else" },
  ],
};

describe("a value in words", () => {
  it.each<readonly [Value<number>, string]>([
    [exact(64), "64"],
    [assumed(4096), "4096"],
    [assumed(64, "BACKLOG"), "64 unless $BACKLOG is set"],
    [dynamic(), "known only at run time"],
    [dynamic("BACKLOG"), "$BACKLOG"],
    [{ kind: "formula", formula: twice }, "2 × CPUs"],
    [{ kind: "formula", formula: twice, variable: "WEB_CONCURRENCY" }, "2 × CPUs unless $WEB_CONCURRENCY is set"],
    [conditional, "64 if DEBUG, else 512"],
  ])("%j", (value, words) => {
    expect(describeValue(value)).toBe(words);
  });

  it("shows what is no number by the function given", () => {
    expect(describeValue(exact({ port: 80 }), ({ port }) => `:${port}`)).toBe(":80");
  });
});

describe("the numbers that a value can be", () => {
  it.each<readonly [Value<number>, number | undefined, readonly [number, number]]>([
    [exact(64), undefined, [64, 64]],
    [assumed(64, "BACKLOG"), undefined, [64, 64]],
    [conditional, undefined, [64, 512]],
    [{ kind: "oneOf", options: [{ value: exact(64), when: "if DEBUG" }, { value: dynamic(), when: "else" }] }, undefined, [1, Infinity]],
    [{ kind: "oneOf", options: [] }, undefined, [1, Infinity]],
    [dynamic("BACKLOG"), 4, [1, Infinity]],
    [{ kind: "formula", formula: twice }, 4, [8, 8]],
    [{ kind: "formula", formula: twice }, undefined, [2, Infinity]],
    [{ kind: "formula", formula: { op: "min", operands: [twice, { op: "number", value: 6 }] } }, undefined, [2, 6]],
    // 1 - CPUs falls below what any server takes.
    [{ kind: "formula", formula: { op: "-", operands: [{ op: "number", value: 1 }, { op: "cpus" }] } }, undefined, [1, 1]],
    [{ kind: "formula", formula: { op: "//", operands: [{ op: "cpus" }, { op: "number", value: 0 }] } }, 4, [1, Infinity]],
  ])("%j with %s CPUs", (value, cpus, [low, high]) => {
    expect(intervalOf(written(value), 1, cpus === undefined ? {} : { cpus })).toEqual({ low, high });
  });
});

describe("a default", () => {
  it("is assumed and says whose it is", () => {
    expect(defaulted(2048, "gunicorn", "gunicorn: gunicorn/config.py")).toEqual({
      value: { kind: "assumed", value: 2048 },
      origin: { kind: "default", of: "gunicorn", source: "gunicorn: gunicorn/config.py" },
    });
  });
});

describe("the possibilities of a value", () => {
  it("are its options, or itself", () => {
    expect(possibilities(conditional)).toEqual([exact(64), exact(512)]);
    expect(possibilities(exact(1))).toEqual([exact(1)]);
  });
});
