import { posix } from "node:path";
import type { FileProblem, Sourced } from "@audit-backlog/model";
import type { ReaderResult } from "../../facts.ts";
import { maskTemplates, SourceText, templateMark } from "../commands/text.ts";
import { isSysctlName, refusal, sysctlName, sysctlNames, sysctlNumber } from "./names.ts";

const maxLength = 1_000_000;
const maxProblems = 100;

/** One line of a file, about one of the sysctls that count. */
export interface SysctlLine {
  readonly name: string;
  /** The pattern that meant it (`net.core.*`), which gives way to every line that spells the name out, wherever it stands. */
  readonly pattern?: string;
  /** Undefined where the line takes the name's earlier setting away and sets nothing: `-key` alone, a value that the kernel refuses. */
  readonly value: Sourced<number> | undefined;
}

export interface SysctlFile extends ReaderResult {
  readonly file: string;
  readonly lines: readonly SysctlLine[];
}

const templateSuffix = /(?:\.(?:j2|jinja2?|erb|epp|tpl|tmpl|template|in|example|sample|dist|default))+$/;

/** A path without what templates and samples append to it. */
export function withoutTemplateSuffix(path: string): string {
  return path.replace(templateSuffix, "");
}

/** Whether a file is read by sysctl(8) or systemd-sysctl(8), or is a template of one, by its name. */
export function isSysctlFile(path: string): boolean {
  const plain = withoutTemplateSuffix(path);
  return plain.endsWith(".conf") && (/(?:^|\/)sysctl\.d\//.test(plain) || posix.basename(plain).includes("sysctl"));
}

/** Reads `key = value` lines. sysctl.d(5); systemd: src/sysctl/sysctl.c parse_file. */
export function readSysctlFile(path: string, text: string): SysctlFile {
  const source = new SourceText(path, text);
  if (text.length > maxLength) return { file: path, lines: [], problems: [source.problem(0, 0, `a sysctl file of more than ${maxLength} characters, not read`)] };
  const lines: SysctlLine[] = [];
  const problems: FileProblem[] = [];
  let start = 0;
  for (const line of maskTemplates(text).split("\n")) {
    const read = readLine(line, start, source);
    lines.push(...read.lines);
    if (read.problem !== undefined && problems.length < maxProblems) problems.push(read.problem);
    start += line.length + 1;
  }
  return { file: path, lines, problems };
}

function readLine(line: string, lineStart: number, source: SourceText): { lines: readonly SysctlLine[]; problem?: FileProblem } {
  const lead = /^\s*/.exec(line)?.[0].length ?? 0;
  const content = line.trim();
  if (content === "" || content.startsWith("#") || content.startsWith(";")) return { lines: [] };
  const equals = content.indexOf("=");
  const key = (equals === -1 ? content : content.slice(0, equals)).trim();
  const named = sysctlName(key.replace(/^-/, "").trim());
  const names = namesOf(named);
  if (names.length === 0) return { lines: [] };
  const pattern = /[*?]/.test(named) ? { pattern: named } : {};
  if (equals === -1) return { lines: key.startsWith("-") ? names.map((name) => ({ name, ...pattern, value: undefined })) : [] };
  const raw = content.slice(equals + 1);
  const written = raw.trim();
  const from = lineStart + lead + equals + 1 + (raw.length - raw.trimStart().length);
  const origin = source.origin(from, from + written.length);
  const shown = source.text.slice(from, from + written.length);
  const open = written.includes(templateMark) || /[$@]/.test(written);
  const refused = open ? [] : names.flatMap((name) => refusal(name, written) ?? []);
  const lines = names.map((name): SysctlLine => {
    if (open) return { name, ...pattern, value: { value: { kind: "dynamic" }, origin, text: shown } };
    const number = refusal(name, written) === undefined ? sysctlNumber(written) : undefined;
    return { name, ...pattern, value: number === undefined ? undefined : { value: { kind: "exact", value: number }, origin, text: shown } };
  });
  const [problem] = refused;
  return problem === undefined ? { lines } : { lines, problem: source.problem(from, from + written.length, problem) };
}

/** The names that count, of those that a key can mean. A `*` stays within one part of a name, as with glob(7) on /proc/sys. */
function namesOf(name: string): readonly string[] {
  if (!/[*?[]/.test(name)) return isSysctlName(name) ? [name] : [];
  // Brackets are too rare for a reader of their own; `*` and `?` are what people write.
  if (name.includes("[") || name.length > 200) return [];
  const pattern = name.split(".").map((part) => new RegExp(`^${part.replace(/[\\^$+(){}|\]]/g, "\\$&").replace(/\*+/g, "*").replace(/\*/g, "[^.]*").replace(/\?/g, "[^.]")}$`));
  return sysctlNames.filter((known) => {
    const parts = known.split(".");
    return parts.length === pattern.length && parts.every((part, index) => pattern[index]?.test(part) === true);
  });
}
