import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathMatches } from "../src/index.ts";

/** Every path of one to three of these names. */
const names = ["a", "b", "ab", ".a", "a.b", "c"];
const paths = names.flatMap((one) => names.flatMap((two) => [`${one}/${two}.x`, ...names.map((three) => `${one}/${two}/${three}.x`)]).concat(`${one}.x`));

describe("the globs of a configuration", () => {
  let repository: string;
  const git = (args: readonly string[], input = ""): string => execFileSync("git", ["-C", repository, ...args], { input, encoding: "utf8", env: { PATH: process.env["PATH"] } });

  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), "audit-backlog-"));
    git(["init", "-q"]);
    const empty = git(["hash-object", "-w", "--stdin"]).trim();
    git(["update-index", "--add", "--index-info"], paths.map((path) => `100644 ${empty}\t${path}\n`).join(""));
  });

  afterAll(() => {
    rmSync(repository, { recursive: true, force: true });
  });

  it("match what git's glob pathspecs match, and all below it", () => {
    const part = fc.array(fc.constantFrom("a", "b", "c", ".", "*", "?", "[ab]", "[!a]", "[a-b]", ".x"), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
    const pattern = fc.array(fc.oneof({ weight: 3, arbitrary: part }, { weight: 1, arbitrary: fc.constant("**") }), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"))
      // git reads stars that touch something else in ways of its own; `.` and `..` are no names.
      .filter((text) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text) && !/[^/]\*\*|\*\*[^/]/.test(text));
    let matched = 0;
    fc.assert(
      fc.property(pattern, (text) => {
        const expected = git(["ls-files", "-z", "--", `:(glob)${text}`, `:(glob)${text}/**`]).split("\0").filter((path) => path !== "");
        if (expected.length > 0) matched += 1;
        expect(paths.filter((path) => pathMatches(text, path)).sort()).toEqual(expected.sort());
      }),
      { numRuns: 400 },
    );
    expect(matched).toBeGreaterThan(50);
  });

  it("take a directory with or without its slash, and never leave the root", () => {
    for (const pattern of ["a", "a/", "./a", "a/**", "a//"]) expect(pathMatches(pattern, "a/b/c.x")).toBe(true);
    for (const pattern of ["/a", "", ".", "b", "a.x", "**/d"]) expect(pathMatches(pattern, "a/b/c.x")).toBe(false);
  });

  it("end soon for hostile patterns", () => {
    const begun = performance.now();
    for (const pattern of ["**/".repeat(2000) + "z", "*a".repeat(2000) + "z", "a*/".repeat(500)]) pathMatches(pattern, `${"a".repeat(4000)}/${"a/".repeat(1000)}b`);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
