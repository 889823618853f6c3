import { fileURLToPath } from "node:url";
import { run } from "../src/run.ts";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a command line in this process, as the program does it. */
export function runCli(argv: readonly string[], cwd = repository, environment: NodeJS.ProcessEnv = {}): { code: number; stdout: string; stderr: string } {
  let stdout = "";
  let stderr = "";
  const code = run(argv, {
    cwd: () => cwd,
    environment,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout, stderr };
}
