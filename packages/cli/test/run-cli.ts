import { fileURLToPath } from "node:url";
import { loadHarness } from "../src/load-harness.ts";
import type { Harness } from "../src/measuring.ts";
import { run } from "../src/run.ts";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a command line in this process, as the program does it. */
export async function runCli(argv: readonly string[], cwd = repository, environment: NodeJS.ProcessEnv = {}, more: { readonly harness?: Harness } = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await run(argv, {
    cwd: () => cwd,
    environment,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    harness: () => (more.harness === undefined ? loadHarness(undefined) : Promise.resolve(more.harness)),
  });
  return { code, stdout, stderr };
}
