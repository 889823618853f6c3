import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

interface Manifest {
  readonly name: string;
  readonly scripts?: Record<string, string>;
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
  // What stands here is downloaded by everybody who installs the hook; our tools are dependencies of packages/tools.
  expect(manifest).not.toHaveProperty("devDependencies");
  expect(manifest).not.toHaveProperty("optionalDependencies");
  expect(manifest).not.toHaveProperty("peerDependencies");
});

it("installs the program for commit hooks and nothing else", () => {
  expect(manifest).toMatchObject({ bin: { "audit-backlog": "./packages/cli/hook/audit-backlog.cjs" }, files: ["packages/cli/hook/"] });
  expect(readFileSync(new URL("packages/cli/hook/audit-backlog.cjs", root), "latin1")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

it("lets the whole workspace find its tools", () => {
  const tools = JSON.parse(readFileSync(new URL("packages/tools/package.json", root), "utf8")) as { readonly devDependencies: Record<string, string> };
  const { publicHoistPattern } = parse(readFileSync(new URL("pnpm-workspace.yaml", root), "utf8")) as { readonly publicHoistPattern: readonly string[] };
  expect(publicHoistPattern).toEqual(Object.keys(tools.devDependencies));
});

it("names the root unlike every package of the workspace", () => {
  const names = readdirSync(new URL("packages/", root)).map(
    (directory) => (JSON.parse(readFileSync(new URL(`packages/${directory}/package.json`, root), "utf8")) as Manifest).name,
  );
  expect(names).toContain("audit-backlog");
  expect(names).not.toContain(manifest.name);
});
