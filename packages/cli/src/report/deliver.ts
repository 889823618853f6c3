import { appendFileSync, lstatSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { UsageError } from "../option-values.ts";
import { formats, type FormatName } from "./formats.ts";
import { githubSummary, MAX_SUMMARY_BYTES } from "./github-summary.ts";
import type { Shown } from "./shown.ts";
import { plainStyle } from "./style.ts";
import type { Wanted } from "./wanted.ts";

/** Throws UsageError where a report could not be written in any case: better before a long audit than after. */
export function assertWritable(wanted: readonly Wanted[], cwd: string): void {
  for (const { format, path } of wanted) {
    if (path !== undefined) destination(format, path, cwd);
  }
}

export interface Delivered {
  /** For standard output. */
  readonly output: string;
  /** What could not be written, a line each. */
  readonly complaints: readonly string[];
  /** A report that was asked for is among them; the summary of a job is a bonus. */
  readonly failed: boolean;
}

export interface Surroundings {
  readonly cwd: string;
  /** The audited one. */
  readonly directory: string;
  /** The file of a GitHub job's summary, where this is one: $GITHUB_STEP_SUMMARY. */
  readonly stepSummary?: string | undefined;
}

/** Writes the files among the reports, and comes back with the text for standard output. */
export function deliver(shown: Shown, wanted: readonly Wanted[], { cwd, directory, stepSummary }: Surroundings): Delivered {
  const complaints: string[] = [];
  let output = "";
  for (const { format, path } of wanted) {
    if (path === undefined) {
      output += formats[format](shown);
      continue;
    }
    try {
      const to = destination(format, path, cwd);
      if (wasRead(to.path, directory, shown)) throw new UsageError(`--format ${format}=${path}: the audit read that file; it is not overwritten`);
      write(to, formats[format]({ ...shown, style: plainStyle }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      complaints.push(error instanceof UsageError ? error.message : `--format ${format}=${path}: the report can't be written: ${error.message}`);
    }
  }
  const failed = complaints.length > 0;
  if (stepSummary !== undefined && stepSummary !== "" && wanted.some(({ format }) => format === "github")) {
    try {
      appendSummary(stepSummary, shown);
    } catch (error) {
      complaints.push(`the summary of the job can't be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { output, complaints, failed };
}

/** Earlier commands of the same step may have taken some of its room. */
function appendSummary(file: string, shown: Shown): void {
  const taken = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(file, githubSummary({ ...shown, style: plainStyle }, MAX_SUMMARY_BYTES - taken));
}

interface Destination {
  readonly path: string;
  /** Of what stands there: a regular file, or a pipe or device. */
  readonly existing?: Stats;
}

function destination(format: FormatName, name: string, cwd: string): Destination {
  const path = resolve(cwd, name);
  const refuse = (why: string): UsageError => new UsageError(`--format ${format}=${name}: ${why}`);
  if (!isDirectory(dirname(path))) throw refuse("its directory does not exist");
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing === undefined) return { path };
  if (existing.isDirectory()) throw refuse("that is a directory");
  if (!existing.isSymbolicLink()) return { path, existing };
  // The link of a hostile repository may lead anywhere. A shell's >(command) is a link to a pipe.
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined || target.isFile() || target.isDirectory()) throw refuse("that is a symbolic link; name the file itself");
  return { path, existing: target };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function wasRead(path: string, directory: string, { report }: Shown): boolean {
  const file = relative(directory, join(realpathSync(dirname(path)), basename(path))).split(sep).join("/");
  return Object.values(report.deployment.coverage.read).some((files) => files.includes(file));
}

/** All of it or nothing: a reader never sees half a report, and what stood there stays until the new one is complete. */
function write({ path, existing }: Destination, text: string): void {
  if (existing?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  const beside = join(dirname(path), `.audit-backlog-${process.pid}-${crypto.randomUUID()}`);
  try {
    writeFileSync(beside, text, { flag: "wx", mode: existing === undefined ? 0o666 : existing.mode & 0o777 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
