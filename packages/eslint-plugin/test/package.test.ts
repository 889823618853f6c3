import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle, packageFolder, temporaryFolder } from "./build.ts";

// The package as users get it: packed, installed by npm from the registry beside the oldest and the newest ESLint.

const place = temporaryFolder();
let tarball: string;

function npm(folder: string, ...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 180_000 });
}

beforeAll(() => {
  bundle();
  const [packed] = JSON.parse(npm(packageFolder, "pack", "--json", "--pack-destination", place.folder)) as [{ filename: string; files: { path: string }[] }];
  tarball = join(place.folder, packed.filename);
  expect(packed.files.map(({ path }) => path).sort()).toEqual([
    "LICENSE",
    "README.md",
    "dist/index.d.ts",
    "dist/index.js",
    ...["ambiguous", "default", "ignored", "invalid", "small"].map((name) => `dist/rules/${name}-backlog.md`),
    "package.json",
  ]);
}, 180_000);

afterAll(() => {
  place.remove();
});

it("brings no dependency, and imports nothing but Node", () => {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { dependencies?: object };
  expect(manifest.dependencies).toBeUndefined();
  const bundled = readFileSync(join(packageFolder, "dist/index.js"), "utf8");
  const imported = [...bundled.matchAll(/^import [^"']*["']([^"']+)["'];?$/gm)].map((match) => match[1] ?? "");
  expect(imported.filter((name) => !name.startsWith("node:"))).toEqual([]);
  const code = bundled.replace(/^\s*(?:\*|\/\*|\/\/).*$/gm, "");
  expect([...code.matchAll(/\brequire\(["'](?!node:)[^)]*\)/g)].map(([text]) => text)).toEqual([]);
});

it("has types that name no package but eslint", () => {
  const types = readFileSync(join(packageFolder, "dist/index.d.ts"), "utf8");
  expect([...types.matchAll(/from "([^"]+)"/g)].map((match) => match[1])).toEqual(["eslint"]);
});

const code = 'require("node:http").createServer().listen(3000, "0.0.0.0", 10);\n';
/** A fresh ESLint 9.38.0 gets two versions of @eslint/core, and its own defineConfig then refuses its own types. */
const oldConsumer = `import type { Linter } from "eslint";
import listenBacklog, { type ListenBacklogPlugin } from "eslint-plugin-listen-backlog";

export const typed: ListenBacklogPlugin = listenBacklog;
const config: Linter.Config[] = [listenBacklog.configs.recommended, listenBacklog.configs.strict];
export default config;
// @ts-expect-error There is no such preset.
export const nothing = listenBacklog.configs.none;
`;
const consumer = `import { defineConfig } from "eslint/config";
import type { ESLint } from "eslint";
import listenBacklog, { type ListenBacklogPlugin } from "eslint-plugin-listen-backlog";

export const plugin: ESLint.Plugin = listenBacklog;
export const typed: ListenBacklogPlugin = listenBacklog;
export const version: string = listenBacklog.meta.version;
export default defineConfig([
  listenBacklog.configs.recommended,
  listenBacklog.configs.strict,
  { plugins: { "listen-backlog": listenBacklog }, extends: ["listen-backlog/strict"], files: ["**/*.js"], rules: { "listen-backlog/default-backlog": "warn" } },
]);
// @ts-expect-error There is no such preset.
export const nothing = listenBacklog.configs.none;
`;
const commonConsumer = `import plugin = require("eslint-plugin-listen-backlog");
export const name: string = plugin.meta.name;
`;

describe.each([
  { eslint: "9.38.0", typescript: "5.9.3", types: oldConsumer },
  { eslint: "10", typescript: "6.0.3", types: consumer },
])("in a fresh project with ESLint $eslint and TypeScript $typescript", ({ eslint, typescript, types }) => {
  const folder = join(place.folder, `eslint-${eslint}`);
  const lint = (config: string): { ruleId: string }[] => {
    const run = spawnSync(process.execPath, [join(folder, "node_modules/eslint/bin/eslint.js"), "--config", config, "--format", "json", "server.cjs"], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    if (run.status !== 1) throw new Error(`eslint ended with ${String(run.status)}: ${run.stdout} ${run.stderr}`);
    return (JSON.parse(run.stdout) as [{ messages: { ruleId: string }[] }])[0].messages;
  };

  beforeAll(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "fresh", "private": true, "type": "module" }');
    npm(folder, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", tarball, `eslint@${eslint}`, `typescript@${typescript}`);
    writeFileSync(join(folder, "server.cjs"), code);
    writeFileSync(join(folder, "consumer.mts"), types);
    writeFileSync(join(folder, "consumer.cts"), commonConsumer);
    writeFileSync(join(folder, "eslint.config.js"), 'import listenBacklog from "eslint-plugin-listen-backlog";\nexport default [listenBacklog.configs.recommended];\n');
    writeFileSync(join(folder, "required.cjs"), 'const listenBacklog = require("eslint-plugin-listen-backlog");\nmodule.exports = [listenBacklog.configs.recommended];\n');
    const aliased = 'import { defineConfig } from "eslint/config";\nimport other from "eslint-plugin-listen-backlog";\nexport default defineConfig([{ files: ["**/*.cjs"], plugins: { other }, extends: ["other/strict"] }]);\n';
    writeFileSync(join(folder, "aliased.js"), aliased);
  }, 200_000);

  it.each(["eslint.config.js", "required.cjs", "aliased.js"])("finds a small backlog through %s", (config) => {
    expect(lint(config).map(({ ruleId }) => ruleId.replace(/^.*\//, ""))).toEqual(["small-backlog"]);
  });

  it("type-checks", () => {
    const run = spawnSync(
      process.execPath,
      [join(folder, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "consumer.mts", "consumer.cts"],
      { cwd: folder, encoding: "utf8", timeout: 100_000 },
    );
    expect(run.stdout).toBe("");
    expect(run.status).toBe(0);
  });

  it("has types without an error of their own", () => {
    const run = spawnSync(process.execPath, [join(folder, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "consumer.cts"], { cwd: folder, encoding: "utf8", timeout: 100_000 });
    expect(run.stdout.split("\n").filter((line) => line.includes("listen-backlog"))).toEqual([]);
  });
});
