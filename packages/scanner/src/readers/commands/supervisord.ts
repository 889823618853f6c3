import type { CommandFacts } from "../../facts.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { AnnotatedBuilder, tokenWords, wholeWord, type Annotated } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { iniEntries } from "./ini-lines.ts";
import { bindingAt, type Binding } from "./shell-scope.ts";
import { shlexPairs, shlexWords } from "./shlex.ts";
import { maskTemplates, SourceText, type MappedText } from "./text.ts";

const maxLength = 1_000_000;

interface Program {
  readonly name: string;
  command?: MappedText;
  environment?: MappedText;
}

/**
 * `command` of supervisord's programs with their `environment`; that of `[supervisord]` is theirs too. No shell runs a
 * command. Directories are those of the machine. supervisord.org/configuration.html; supervisor: process.py, options.py.
 */
export function readSupervisord(path: string, text: string, defaults?: TemplateDefaults): CommandFacts {
  const source = new SourceText(path, text, defaults);
  const collector = new Collector(source);
  if (text.length > maxLength) {
    collector.problem(0, 0, `a configuration of more than ${maxLength} characters, not read`);
    return collector.facts();
  }
  const { programs, common } = sections(maskTemplates(text, path));
  const shared = common === undefined ? [] : environmentOf(common, "", source, collector);
  const everybody = new Map(shared);
  for (const { name, command, environment } of programs) {
    if (command === undefined) continue;
    const annotated = expansions(command, name);
    const { tokens, problem } = shlexWords(annotated.mapped.text);
    const [start, end] = [command.start(0), command.end(command.text.length)];
    if (problem !== undefined) collector.problem(start, start, `program ${name}: ${problem.reason}`);
    const words = tokenWords(annotated, tokens, source);
    const own = environment === undefined ? [] : environmentOf(environment, name, source, collector);
    const all = own.length === 0 ? everybody : new Map([...shared, ...own]);
    if (!collector.add({ words, start, end, environment: all, directory: undefined }, { holder: { kind: "supervisord", name } })) break;
  }
  return collector.facts();
}

/** The programs in the file's order; of a setting given twice, the later counts. */
function sections(text: string): { readonly programs: readonly Program[]; readonly common: MappedText | undefined } {
  const programs: Program[] = [];
  let common: MappedText | undefined;
  for (const { section, name, value } of iniEntries(text)) {
    const program = programs.at(-1);
    if (name === undefined || value === undefined) {
      const kind = /^(?:fcgi-)?program:(.*)$/.exec(section)?.[1]?.trim();
      if (kind !== undefined) programs.push({ name: kind });
    } else if (section === "supervisord") {
      if (name === "environment") common = value;
    } else if (/^(?:fcgi-)?program:/.test(section) && program !== undefined && (name === "command" || name === "environment")) program[name] = value;
  }
  return { programs, common };
}

/** Python's `%(name)s`: the program's name is known, supervisord's environment and the rest is not; `%%` is a percent sign. */
function expansions(mapped: MappedText, program: string): Annotated {
  const builder = new AnnotatedBuilder(mapped.start(0));
  let at = 0;
  for (const { 0: all, 1: name, index } of mapped.text.matchAll(/%%|%\(([^()]*)\)[#0-9. +-]*[a-zA-Z]/g)) {
    builder.plain(mapped.slice(at, index));
    at = index + all.length;
    const [start, end] = [mapped.start(index), mapped.end(at)];
    const variable = name?.startsWith("ENV_") === true ? name.slice(4) : undefined;
    if (name === undefined) builder.escape("%", start, end);
    else if (name === "program_name" && program !== "") builder.span({ kind: "exact", value: program }, start, end, "opaque");
    else builder.span(variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable }, start, end, "opaque");
  }
  builder.plain(mapped.slice(at, mapped.text.length));
  return builder.build();
}

function environmentOf(value: MappedText, program: string, source: SourceText, collector: Collector): (readonly [string, Binding])[] {
  const { mapped, spans } = expansions(value, program);
  const pairs = shlexPairs(mapped.text);
  if (pairs === undefined) {
    collector.problem(value.start(0), value.start(0), "environment: not of the form KEY=\"value\",KEY2=\"value\", which supervisord refuses");
    return [];
  }
  return pairs.map(({ name, from, to }) => {
    const inside = spans.filter((span) => span.from >= from && span.to <= to).map((span) => ({ ...span, from: span.from - from, to: span.to - from }));
    const content = mapped.slice(from, to);
    const word = wholeWord({ mapped: content, spans: inside }, source);
    const { start, end } = word.range;
    return [name, bindingAt(source, [{ value: word.value, mapped: content, template: word.template }], start.offset, end.offset, true)] as const;
  });
}
