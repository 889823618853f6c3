import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Children of the harness run its build, as Node can't run the sources: bring it up to date where a source is newer. Test files
 * that measure import this module first. `pnpm test` builds before it tests, so there is nothing to do then.
 */
function bringUpToDate(): void {
  const isStale = ["model", "harness"].some((name) => {
    const folder = join(root, "packages", name);
    const built = modified(join(folder, "dist", ".tsbuildinfo"));
    const sources = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return sources.some((entry) => modified(join(entry.parentPath, entry.name)) > built);
  });
  if (isStale) execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "--build", dirname(fileURLToPath(new URL("../src/index.ts", import.meta.url)))]);
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

bringUpToDate();
