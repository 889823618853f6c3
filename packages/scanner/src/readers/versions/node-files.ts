import { posix } from "node:path";
import type { Sourced, VersionRange } from "@audit-backlog/model";
import { SourceText } from "../commands/text.ts";
import { nodeRange } from "./range.ts";

/** Files that say which Node runs a program, the one that says it most plainly first. */
export const nodeVersionFiles = [".nvmrc", ".node-version", ".tool-versions", "package.json"] as const;

/** What one of `nodeVersionFiles` says; undefined where it does not. `engines` tells what a package works with, so it is only assumed. */
export function nodeVersion(path: string, text: string): Sourced<VersionRange> | undefined {
  const pattern = patternOf(posix.basename(path));
  const match = pattern?.exec(text);
  const written = match?.[1]?.trim();
  if (match === null || match === undefined || written === undefined) return undefined;
  const range = nodeRange(written);
  if (range === undefined) return undefined;
  const start = match.index + match[0].lastIndexOf(written);
  return { value: { kind: "assumed", value: range }, origin: new SourceText(path, text).origin(start, start + written.length), text: written };
}

function patternOf(name: string): RegExp | undefined {
  switch (name) {
    case ".nvmrc":
    case ".node-version":
      return /^[ \t]*([\w./-]{1,50})/;
    case ".tool-versions":
      return /^nodejs[ \t]+([\w.-]{1,50})/m;
    case "package.json":
      return /"engines"\s*:\s*\{[^{}]{0,1000}?"node"\s*:\s*"([^"\n]{1,200})"/;
    default:
      return undefined;
  }
}
