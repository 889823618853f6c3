import { posix } from "node:path";
import type { CommandFacts } from "../../facts.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { tokenWords, type Token } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { joinLines } from "./joined-lines.ts";
import { exactPiece } from "./pieces.ts";
import { assumedPiece, bindingAt, type Binding, type Environment, type ReadWord } from "./shell-scope.ts";
import { specifiers, systemdWords } from "./systemd-words.ts";
import { expandVariables } from "./systemd-variables.ts";
import { maskTemplates, MappedText, SourceText } from "./text.ts";

const maxLength = 1_000_000;
/** A line of settings: only those of `[Service]` count. */
const setting = /^[ \t]*([A-Za-z]\w*)[ \t]*=[ \t]*/;
/** systemd.syntax(7): a backslash at the end becomes a space, comment lines between do not count. */
const continuation = { ending: /\\$/, comment: /^[ \t]*[#;]/, becomes: " " };

interface Unit {
  starts: MappedText[];
  environment: Map<string, Binding>;
  /** EnvironmentFile= may say otherwise. systemd.exec(5): its settings override Environment=. */
  overridable: boolean;
}

/**
 * ExecStart= of a service unit, with Environment=. Directories are those of the machine that runs it, so they are not
 * known in the repository. systemd.service(5), systemd.exec(5).
 */
export function readSystemdUnit(path: string, text: string, defaults?: TemplateDefaults): CommandFacts {
  const source = new SourceText(path, text, defaults);
  const collector = new Collector(source);
  if (text.length > maxLength) {
    collector.problem(0, 0, `a unit of more than ${maxLength} characters, not read`);
    return collector.facts();
  }
  const unit: Unit = { starts: [], environment: new Map(), overridable: false };
  for (const { section, name, value } of settings(maskTemplates(text))) {
    if (section === "Service") apply(unit, name, value, source, collector);
  }
  const environment = unit.overridable ? assumed(unit.environment) : unit.environment;
  const holder = { kind: "systemd", name: posix.basename(path).replace(/\.service.*$/, "") } as const;
  for (const start of unit.starts) {
    for (const words of commandLines(start, source, collector, environment)) {
      const [first, last] = [words[0], words.at(-1)];
      if (first === undefined || last === undefined) continue;
      const place = { start: start.start(0), end: start.end(start.text.length) };
      if (!collector.add({ words, ...place, environment, directory: undefined }, { holder })) break;
    }
  }
  return collector.facts();
}

/** One `Name=value` of a unit file. */
export interface Setting {
  readonly section: string;
  readonly name: string;
  readonly value: MappedText;
}

/** The settings of a unit file in order, lines joined, blanks around values gone. systemd.syntax(7). */
export function* settings(text: string): Generator<Setting> {
  const whole = MappedText.verbatim(text, 0, text.length);
  let section = "";
  for (const [start, end] of logicalLines(text)) {
    const header = /^[ \t]*\[([^\]\n]*)\]/.exec(text.slice(start, Math.min(end, start + 200)));
    if (header !== null) {
      section = header[1] ?? "";
      continue;
    }
    const match = setting.exec(text.slice(start, end));
    if (match?.[1] === undefined) continue;
    const joined = joinLines(whole.slice(start + match[0].length, end), continuation);
    yield { section, name: match[1], value: joined.slice(0, joined.text.trimEnd().length) };
  }
}

/** Lines with their continuations, comment lines left out. */
function* logicalLines(text: string): Generator<[number, number]> {
  let from = -1;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline;
    const end = text[next - 1] === "\r" && next > start ? next - 1 : next;
    const line = text.slice(start, end);
    if (!continuation.comment.test(line)) {
      if (from === -1) from = start;
      if (!line.endsWith("\\")) {
        yield [from, end];
        from = -1;
      }
    }
    start = next + 1;
  }
  if (from !== -1) yield [from, text.length];
}

function apply(unit: Unit, name: string, value: MappedText, source: SourceText, collector: Collector): void {
  switch (name) {
    case "ExecStart":
      if (value.text === "") unit.starts = [];
      else unit.starts.push(value);
      return;
    case "Environment":
      if (value.text === "") unit.environment = new Map();
      else for (const [variable, binding] of assignments(value, source, collector)) unit.environment.set(variable, binding);
      return;
    case "EnvironmentFile":
      unit.overridable = value.text !== "";
      return;
    default:
      return;
  }
}

function assignments(value: MappedText, source: SourceText, collector: Collector): (readonly [string, Binding])[] {
  const annotated = specifiers(value, source.path);
  const { tokens, problem } = systemdWords(annotated.mapped.text);
  if (problem !== undefined) collector.problem(value.start(problem.at), value.start(problem.at), `Environment: ${problem.reason}`);
  return tokenWords(annotated, tokens, source).flatMap((word) => {
    const { template } = word;
    const equals = template.text.indexOf("=");
    if (equals <= 0) return [];
    const mapped = template.slice(equals + 1, template.text.length);
    const piece = word.value.kind === "exact" ? exactPiece(mapped) : { value: { kind: "dynamic" } as const, mapped };
    const [start, end] = [template.start(equals + 1), mapped.end(mapped.text.length)];
    return [[template.text.slice(0, equals), bindingAt(source, [piece], start, end, true)] as const];
  });
}

function assumed(environment: Environment): Environment {
  const entries = [...environment].map(([name, binding]) => {
    return [name, { ...binding, pieces: binding.pieces.map((piece) => assumedPiece(piece, name)) }] as const;
  });
  return new Map(entries);
}

/** Command lines of one ExecStart=: a lone `;` parts them, `\;` is one that does not. */
function commandLines(value: MappedText, source: SourceText, collector: Collector, environment: Environment): ReadWord[][] {
  const annotated = specifiers(value, source.path);
  const { tokens, problem } = systemdWords(annotated.mapped.text);
  if (problem !== undefined) {
    collector.problem(value.start(0), value.start(0), `ExecStart: ${problem.reason}`);
    return [];
  }
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    const written = annotated.mapped.text.slice(token.from, token.to);
    if (written === ";") lines.push([]);
    else lines.at(-1)?.push(written === "\\;" ? { ...token, runs: [{ from: token.from + 1, to: token.to }] } : token);
  }
  return lines.map((line) => {
    const [first, ...rest] = tokenWords(annotated, line, source);
    if (first === undefined) return [];
    const prefix = /^[-@:+!|]*/.exec(first.template.text)?.[0] ?? "";
    // `@` takes the word behind the program as its argv[0]; `:` turns variables off.
    const words = [withoutPrefix(first, prefix.length, source), ...(prefix.includes("@") ? rest.slice(1) : rest)];
    return prefix.includes(":") ? words : words.flatMap((word) => expandVariables(word, environment, source));
  });
}

function withoutPrefix(word: ReadWord, length: number, source: SourceText): ReadWord {
  if (length === 0 || word.value.kind !== "exact") return word;
  const template = word.template.slice(length, word.template.text.length);
  const range = source.range(template.start(0), template.end(template.text.length));
  return { value: { kind: "exact", value: template.text }, text: source.text.slice(range.start.offset, range.end.offset), range, template };
}
