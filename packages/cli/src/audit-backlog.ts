#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { EXIT } from "./audit-command.ts";
import { run } from "./run.ts";

/** The harness runs this very program for its children and threads: they play their part before anything else. */
const isChild = !isMainThread || process.env["AUDIT_BACKLOG_HARNESS"] !== undefined;
const played = isChild && (await (await import("@audit-backlog/harness")).reenter());

if (!played) {
  // `audit-backlog | head` closes the pipe early; that is no error. Half a report on a full disk must not look like findings.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`audit-backlog: the report can't be written: ${error.message}\n`);
    process.exit(EXIT.internal);
  });

  process.exitCode = await run(process.argv.slice(2), {
    cwd: () => process.cwd(),
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    entry: fileURLToPath(import.meta.url),
  });
}
