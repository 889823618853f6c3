import { expect, it } from "vitest";
import { oracleVersion } from "../src/index.ts";

it("knows the version of a program that is there", () => {
  expect(oracleVersion("git")).toMatch(/^git version \d/);
});
