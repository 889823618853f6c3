import { existsSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Deployment, Origin } from "@audit-backlog/model";
import { openTree } from "@audit-backlog/scanner";
import { ConfigError } from "./config/error.ts";
import { auditTree, type OnFile } from "./library/pipeline.ts";
import { UsageError } from "./option-values.ts";
import { isInside } from "./paths.ts";
import type { ShowFile } from "./report/places.ts";
import type { Style } from "./report/style.ts";

/** What commands know that look at a log or a machine instead of a repository. */
export interface Looking {
  readonly version: string;
  /** Throws UsageError where the directory is gone. */
  readonly cwd: () => string;
  readonly style: Style;
  readonly scanning: OnFile;
}

/** A repository that the answer is held against. */
export interface Repository {
  readonly deployment: Deployment;
  readonly show: ShowFile;
}

/** Reads the repository that --in names. Throws UsageError where there is none, or its configuration can't be used. */
export function openRepository(named: string, { cwd, scanning }: Looking): Repository {
  const here = cwd();
  const root = resolve(here, named);
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new UsageError(`--in takes a directory, and ${JSON.stringify(named)} is none`);
  const prefix = isInside(here, root) ? relative(here, root) : root;
  const show: ShowFile = (file) => join(prefix, file).split(sep).join("/");
  try {
    return { deployment: auditTree(openTree(root), {}, scanning).report.deployment, show };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`the configuration can't be used:\n${new ConfigError(error.problems, show).message}`);
  }
}

/** A place as plain data; files are relative to the repository, lines count from 1. */
export function originOf(origin: Origin): object {
  return origin.kind === "file" ? { kind: "file", file: origin.file, line: origin.range.start.line } : origin;
}
