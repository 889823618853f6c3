import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";

interface Manifest {
  readonly name: string;
  readonly scripts?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const root = new URL("../../../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Manifest & Record<string, unknown>;

/**
 * pre-commit installs a hook by its repository's root: older versions run `npm install` with all devDependencies
 * and take the whole output of `npm pack` for a file name, newer ones let npm prepare the root when one of these
 * scripts exists. See pre-commit languages/node.py and pacote lib/git.js #prepareDir.
 */
it("keeps the root package.json installable by every version of pre-commit", () => {
  for (const script of ["prepare", "prepack", "preinstall", "install", "postinstall", "build"]) {
    expect(manifest.scripts).not.toHaveProperty(script);
  }
  expect(manifest).not.toHaveProperty("workspaces");
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("devEngines");
  const ranges = Object.values(manifest.devDependencies ?? {});
  expect(ranges.length).toBeLessThanOrEqual(8);
  for (const range of ranges) expect(range).toMatch(/^[~^]?\d+\.\d+\.\d+$/);
});

it("names the root unlike every package of the workspace", () => {
  const names = readdirSync(new URL("packages/", root)).map(
    (directory) => (JSON.parse(readFileSync(new URL(`packages/${directory}/package.json`, root), "utf8")) as Manifest).name,
  );
  expect(names).toContain("audit-backlog");
  expect(names).not.toContain(manifest.name);
});
