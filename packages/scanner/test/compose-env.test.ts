import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { describeWith } from "@audit-backlog/test-support";
import { readComposeFiles } from "../src/readers/compose.ts";

const names = ["AB_A", "AB_B", "AB_C"] as const;
const name = fc.constantFrom(...names);
const value = fc.constantFrom("3", "", "x y", "'s t'", '"d q"', "a # b", "a#b", "7  ");
const lines = fc.array(fc.tuple(name, value, fc.constantFrom("", "export ", "  "), fc.constantFrom("", "# AB_A=9\n", "\n")), { minLength: 1, maxLength: 5 });
const written = fc.tuple(name, fc.constantFrom("", ":-e", "-e", ":-", "-")).map(([of, operator]) => (operator === "" ? `\${${of}}` : `\${${of}${operator}}`));

describeWith(["docker-compose"], "the .env file against docker-compose config", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "compose-env-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("fills in the same values, and leaves to run time what it does not set", () => {
    for (const [all, values] of fc.sample(fc.tuple(lines, fc.array(written, { minLength: 20, maxLength: 20 })), { numRuns: 5, seed: 5 })) {
      const env = all.map(([of, text, before, above]) => `${above}${before}${of}=${text}\n`).join("");
      const compose = `version: "3.9"\nservices:\n  s:\n    image: x\n    environment:\n${values.map((text, index) => `      V${index}: "${text}"\n`).join("")}`;
      writeFileSync(join(folder, ".env"), env);
      writeFileSync(join(folder, "docker-compose.yml"), compose);
      const run = spawnSync("docker-compose", ["config"], { cwd: folder, encoding: "utf8", timeout: 30_000, env: { PATH: process.env["PATH"] ?? "" } });
      expect(run.status, run.stderr).toBe(0);
      const theirs = (parse(run.stdout) as { services: { s: { environment: Record<string, string> } } }).services.s.environment;
      const files = new Map([[".env", env], ["docker-compose.yml", compose]]);
      const [place] = readComposeFiles(["docker-compose.yml"], (path) => files.get(path), () => undefined).places;
      for (const [index, text] of values.entries()) {
        const ours = place?.environment?.get(`V${index}`)?.value;
        if (ours?.kind === "dynamic") expect([theirs[`V${index}`], all.some(([of]) => of === text.slice(2, 6))], `${text} in ${env}`).toEqual(["", false]);
        // Of an empty text nothing is left to say that it was a variable's.
        else expect(ours, `${text} in ${env}`).toMatchObject({ kind: theirs[`V${index}`] === "" ? "exact" : "assumed", value: theirs[`V${index}`] });
      }
    }
  });
});
