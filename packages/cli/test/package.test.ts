import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "./run-cli.ts";

// The package as users get it: bundled, packed, installed by npm into an empty project.

const packageFolder = join(repository, "packages/cli");
let place: string;
let tarball: string;

function npm(folder: string, ...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 180_000 });
}

beforeAll(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "audit-backlog-package-")));
  const packed = join(place, "package");
  const { files } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { files: string[] };
  mkdirSync(packed);
  for (const file of ["package.json", ...files.filter((name) => !name.startsWith("dist/"))]) cpSync(join(packageFolder, file), join(packed, file), { recursive: true });
  const tsdown = join(dirname(createRequire(import.meta.url).resolve("tsdown/package.json")), "dist/run.mjs");
  for (const config of ["tsdown.config.ts", "tsdown.library.config.ts"]) {
    execFileSync(process.execPath, [tsdown, "--config", config, "--out-dir", join(packed, "dist")], { cwd: packageFolder, stdio: "pipe", timeout: 120_000 });
  }
  const [made] = JSON.parse(npm(packed, "pack", "--json", "--pack-destination", place)) as [{ filename: string; files: { path: string }[] }];
  tarball = join(place, made.filename);
  // All that package.json promises is there: a missing file would be left out without a word.
  expect(made.files.map(({ path }) => path).sort()).toEqual(["package.json", ...files].sort());
}, 300_000);

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

it("brings no dependency, imports nothing but Node, and has types that name no package", () => {
  const read = (name: string): string => readFileSync(join(place, "package", name), "utf8");
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies?: object };
  expect(dependencies).toBeUndefined();
  const imported = [...read("dist/index.js").matchAll(/^import [^"']*["']([^"']+)["'];?$/gm)].map((match) => match[1] ?? "");
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((name) => !isBuiltin(name))).toEqual([]);
  expect([...read("dist/index.d.ts").matchAll(/\bfrom\s+["']|\bimport\(|\breference\s+types/g)]).toEqual([]);
});

const program = `import { audit, openDirectory } from "audit-backlog";
const inMemory = audit(new Map([["server.js", 'require("http").createServer().listen(80, "::", 10);']]), { burst: 100 });
const onDisk = audit(openDirectory("."));
console.log(JSON.stringify([inMemory, onDisk].map(({ report, summary }) => ({ summary, rules: report.findings.map(({ rule }) => rule) }))));
`;

const consumer = `import { audit, openDirectory, type Finding, type Options, type Result, type Tree } from "audit-backlog";

const options: Options = { burst: 500, somaxconn: 128, roots: new Map([["/etc/nginx", "deploy/nginx"]]) };
const files: ReadonlyMap<string, string | Uint8Array> = new Map<string, string | Uint8Array>([["a.js", ""], ["b.js", new Uint8Array()]]);
const tree: Tree = openDirectory(".");
const result: Result = audit(files, options);
const findings: readonly Finding[] = audit(tree).report.findings;
export const worst: "error" | "warning" | "note" | undefined = result.summary.worst;
export const places: string[] = findings.flatMap(({ locations }) => locations.flatMap(({ origin }) => (origin.kind === "file" ? [\`\${origin.file}:\${origin.range.start.line}\`] : [])));
// @ts-expect-error There is no such option.
audit(files, { brust: 3 });
// @ts-expect-error Numbers are no files.
audit(new Map([["a.js", 3]]));
`;

describe.each(["5.9.3", "6.0.3"])("in an empty project with TypeScript %s", (typescript) => {
  let folder: string;

  beforeAll(() => {
    folder = join(place, `typescript-${typescript}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
    npm(folder, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", tarball, `typescript@${typescript}`);
    writeFileSync(join(folder, "program.mjs"), program);
    writeFileSync(join(folder, "server.cjs"), 'require("node:http").createServer().listen(3000);\n');
    writeFileSync(join(folder, "consumer.mts"), consumer);
  }, 200_000);

  it("runs", () => {
    const run = spawnSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    expect(run.stderr).toBe("");
    const [inMemory, onDisk] = JSON.parse(run.stdout) as [object, object];
    expect(inMemory).toMatchObject({ summary: { worst: "warning", servers: 1 }, rules: ["small-backlog"] });
    expect(onDisk).toMatchObject({ summary: { servers: 1 }, rules: [] });
  });

  it("does what its page shows", () => {
    const [, example = ""] = /```js\n(.*?)```/s.exec(readFileSync(join(repository, "docs/library.md"), "utf8")) ?? [];
    writeFileSync(join(folder, "page.mjs"), example.replace("path/to/repository", "."));
    const run = spawnSync(process.execPath, ["page.mjs"], { cwd: folder, encoding: "utf8", timeout: 60_000 });
    // 500 clients at once find room in the 511 + 1 that Node asks for.
    expect(run).toMatchObject({ status: 0, stderr: "", stdout: "" });
  });

  it("has its command", () => {
    const run = spawnSync(join(folder, "node_modules/.bin/audit-backlog"), ["--version"], { encoding: "utf8", timeout: 60_000 });
    expect(run).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
  });

  it("type-checks, its own types too, without the types of Node", () => {
    const tsc = join(folder, "node_modules/typescript/bin/tsc");
    const args = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "consumer.mts"];
    const run = spawnSync(process.execPath, [tsc, ...args], { cwd: folder, encoding: "utf8", timeout: 100_000 });
    expect(run.stdout).toBe("");
    expect(run.status).toBe(0);
  });
});
