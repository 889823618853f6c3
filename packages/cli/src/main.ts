import { EXIT } from "./audit-command.ts";
import type { Harness } from "./measuring.ts";
import { run } from "./run.ts";

/** This process as the command line: reads its arguments, writes to its streams, sets its exit code. */
export async function main(harness: () => Promise<Harness>): Promise<void> {
  // `audit-backlog | head` closes the pipe early; that is no error. Half a report on a full disk must not look like findings.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`audit-backlog: the report can't be written: ${error.message}\n`);
    process.exit(EXIT.internal);
  });

  process.exitCode = await run(process.argv.slice(2), {
    cwd: () => process.cwd(),
    environment: process.env,
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    harness,
  });
}
