import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";
import oracles from "./oracles.json" with { type: "json" };

/** A program outside this project whose word the tests take: a real server, the kernel's tools, CPython. */
export type Oracle = keyof typeof oracles;

const versions = new Map<Oracle, string | undefined>();

/** The version an installed oracle prints of itself; undefined when it can't be started. */
export function oracleVersion(name: Oracle): string | undefined {
  if (!versions.has(name)) {
    const { command, versionArguments } = oracles[name];
    const run = spawnSync(command, versionArguments, { encoding: "utf8", timeout: 30_000 });
    versions.set(name, run.status === 0 ? `${run.stdout}${run.stderr}`.trim() : undefined);
  }
  return versions.get(name);
}

/**
 * A `describe` that needs real programs. Where one is missing, its tests fail if `CI` is set; elsewhere
 * they are skipped under a title that the NOT RUN list at the end of the run is made of.
 */
export function describeWith(needed: readonly Oracle[], title: string, body: () => void): void {
  const missing = needed.filter((name) => oracleVersion(name) === undefined);
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const packages = missing.map((name) => oracles[name].package).join(" ");
  if (process.env["CI"] === undefined || process.env["CI"] === "") {
    describe.skip(`NOT RUN (apt-get install ${packages}): ${title}`, body);
    return;
  }
  describe(title, () => {
    it("finds the programs it compares against", () => {
      throw new Error(`CI must run this suite, but ${missing.join(", ")} can't be started: apt-get install ${packages}`);
    });
  });
}
