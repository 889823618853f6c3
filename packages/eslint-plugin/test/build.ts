import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/** A folder that `remove` deletes. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "eslint-plugin-listen-backlog-")));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Bundles the plugin as it is published, into `folder` or its own dist. */
export function bundle(folder = join(packageFolder, "dist")): void {
  const tsdown = join(dirname(createRequire(import.meta.url).resolve("tsdown/package.json")), "dist/run.mjs");
  execFileSync(process.execPath, [tsdown, "--out-dir", folder], { cwd: packageFolder, stdio: "pipe", timeout: 120_000 });
}
