import { statSync } from "node:fs";
import { openTree, treeOf, type Files, type Tree } from "@audit-backlog/scanner";
import type { Options } from "./options.ts";
import { auditTree, type Result } from "./pipeline.ts";

/**
 * Audits files: those of a directory (`openDirectory`), or of a map from paths to contents. Executes nothing of them,
 * opens no socket, prints nothing and never exits. Throws a TypeError for a path that does not belong into a tree.
 */
export function audit(files: Files | Tree, options: Options = {}): Result {
  return auditTree("files" in files ? files : treeOf(files), options);
}

/**
 * Opens a directory for `audit`: what git tracks and does not ignore where it is a git repository, every file elsewhere.
 * `only` narrows it to some of its files and directories. Reads the disk, and starts git to list the files. Throws where
 * there is no such directory.
 */
export function openDirectory(path: string, only: readonly string[] = []): Tree {
  if (!statSync(path).isDirectory()) throw new TypeError(`${JSON.stringify(path)} is no directory`);
  return openTree(path, only);
}

export { ConfigError } from "../config/error.ts";
export type { ConfigText } from "../config/find.ts";
export type { Options } from "./options.ts";
export type { Result, Summary } from "./pipeline.ts";
export type { Suppressed } from "../report/shown.ts";
export type { Files, FileText, Tree } from "@audit-backlog/scanner";
export type { Finding, Location, Report, Severity } from "@audit-backlog/audit";
export type { Assumptions, ChainLimits, Coverage, Deployment, FileOrigin, FileProblem, Limit, Listener, Origin, Range, Service, Setting, Sourced, Value, WhatIf } from "@audit-backlog/model";
