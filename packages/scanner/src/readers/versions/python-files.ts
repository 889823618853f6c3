import { posix } from "node:path";
import type { Sourced, VersionRange } from "@audit-backlog/model";
import { SourceText } from "../commands/text.ts";
import { exactly, pythonRange } from "./range.ts";

/** Larger lock files are not looked through. */
const maxLength = 5_000_000;

/** How far a file's word goes: what is installed, what is asked for, what a library says that it works with. */
export type Authority = "lock" | "requirements" | "project";

const locks: ReadonlySet<string> = new Set(["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"]);
const projects: ReadonlySet<string> = new Set(["pyproject.toml", "Pipfile", "setup.cfg", "setup.py"]);

/** What kind of file that names Python packages it is, by its path; undefined where it is none. */
export function authorityOf(path: string): Authority | undefined {
  const name = posix.basename(path);
  if (locks.has(name)) return "lock";
  if (projects.has(name)) return "project";
  return /\.(?:txt|in|pip)$/.test(name) && (/requirements|constraints/i.test(name) || /(?:^|\/)requirements\/[^/]+$/.test(path)) ? "requirements" : undefined;
}

/**
 * The releases of a package that a lock, requirements or project file allows; undefined where it does not say. Nothing is
 * executed: setup.py is a text in which a quoted requirement stands.
 */
export function pythonPackage(path: string, text: string, name: string): Sourced<VersionRange> | undefined {
  const authority = authorityOf(path);
  if (authority === undefined || text.length > maxLength || !text.includes(name)) return undefined;
  for (const match of patternsFor(path, authority, name).map((pattern) => pattern.exec(text))) {
    const written = match?.[1];
    if (match === null || written === undefined) continue;
    const range = authority === "lock" ? locked(written) : pythonRange(written);
    if (range === undefined) continue;
    const start = match.index + match[0].lastIndexOf(written);
    const source = new SourceText(path, text);
    return { value: { kind: authority === "lock" ? "exact" : "assumed", value: range }, origin: source.origin(start, start + written.length), text: written };
  }
  return undefined;
}

function locked(version: string): VersionRange | undefined {
  const release = /^(?:==)?(\d+(?:\.\d+){0,4})/.exec(version)?.[1];
  return release === undefined ? undefined : exactly(release);
}

/** The first group is the version or the requirement. */
function patternsFor(path: string, authority: Authority, name: string): readonly RegExp[] {
  if (path.endsWith("Pipfile.lock")) return [new RegExp(`"${name}": \\{[^{}]{0,5000}"version": "([^"\\n]{1,100})"`)];
  if (authority === "lock") return [new RegExp(`^\\[\\[package\\]\\]\\r?\\nname = "${name}"\\r?\\nversion = "([^"\\n]{1,100})"`, "m")];
  if (authority === "requirements") return [new RegExp(`^[ \\t]{0,20}${name}(?:\\[[^\\]\\n]{0,100}\\])?[ \\t]{0,20}([=<>!~][^;#\\\\\\n]{0,99})`, "im")];
  return [
    new RegExp(`["']${name}(?:\\[[^\\]\\n]{0,100}\\])?[ \\t]{0,20}\\(?([=<>!~][^;"')\\n]{0,99})`, "i"),
    new RegExp(`^${name}[ \\t]{0,20}=[ \\t]{0,20}["']([^"'\\n]{1,100})["']`, "im"),
    new RegExp(`^${name}[ \\t]{0,20}=[ \\t]{0,20}\\{[^}\\n]{0,300}version[ \\t]{0,20}=[ \\t]{0,20}["']([^"'\\n]{1,100})["']`, "im"),
    new RegExp(`^[ \\t]{1,20}${name}(?:\\[[^\\]\\n]{0,100}\\])?[ \\t]{0,20}([=<>!~][^;#\\n]{0,99})`, "im"),
  ];
}
