import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { repository } from "./run-cli.ts";

/** Builds the command line into a directory, as the package's scripts do; `arguments_` go to tsdown. */
export function build(place: string, ...arguments_: readonly string[]): void {
  const tsdown = join(dirname(createRequire(import.meta.url).resolve("tsdown/package.json")), "dist/run.mjs");
  execFileSync(process.execPath, [tsdown, "--log-level", "error", ...arguments_, "--out-dir", place], { cwd: join(repository, "packages/cli"), stdio: "pipe" });
}
