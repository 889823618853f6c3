import type { Address } from "@audit-backlog/model";
import type { CommandFacts, HandedSocket } from "../../facts.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { AnnotatedBuilder, tokenWords, wholeWord, type Annotated } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { iniEntries } from "./ini-lines.ts";
import { bindingAt, type Binding } from "./shell-scope.ts";
import { shlexPairs, shlexWords } from "./shlex.ts";
import { maskTemplates, SourceText, type MappedText } from "./text.ts";

const maxLength = 1_000_000;

/** More processes of one program are taken as one whose number is not known. */
const maxProcesses = 100;

interface Program {
  readonly name: string;
  command?: MappedText;
  environment?: MappedText;
  numprocs?: MappedText;
  numprocs_start?: MappedText;
  socket?: MappedText;
  socket_backlog?: MappedText;
}

const wanted: ReadonlySet<string> = new Set(["command", "environment", "numprocs", "numprocs_start", "socket", "socket_backlog"] satisfies (keyof Program)[]);

/** What `%(name)s` may stand for in one process of a program. */
interface Names {
  readonly program: string;
  /** Absent where it is not known. */
  readonly process?: number;
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
  const shared = common === undefined ? [] : environmentOf(common, { program: "" }, source, collector);
  const everybody = new Map(shared);
  const handed = new Map<string, readonly HandedSocket[]>();
  for (const program of programs) {
    const { name, command, environment } = program;
    if (command === undefined) continue;
    const [start, end] = [command.start(0), command.end(command.text.length)];
    const numbers = processes(program);
    for (const process of numbers) {
      const names = { program: name, ...(process === undefined ? {} : { process }) };
      const annotated = expansions(command, names);
      const { tokens, problem } = shlexWords(annotated.mapped.text);
      if (problem !== undefined) collector.problem(start, start, `program ${name}: ${problem.reason}`);
      const words = tokenWords(annotated, tokens, source);
      const own = environment === undefined ? [] : environmentOf(environment, names, source, collector);
      const all = own.length === 0 ? everybody : new Map([...shared, ...own]);
      const holder = { kind: "supervisord", name: numbers.length === 1 ? name : `${name}:${process}` } as const;
      handed.set(holder.name, handedTo(program, source));
      if (!collector.add({ words, start, end, environment: all, directory: undefined }, { holder })) break;
    }
  }
  const { commands, problems } = collector.facts();
  const withSockets = commands.map((command) => {
    const sockets = handed.get(command.holder.name) ?? [];
    return sockets.length === 0 ? command : { ...command, handed: sockets };
  });
  return { commands: withSockets, problems };
}

/**
 * The numbers of a program's processes, where its command or environment tells them apart: `numprocs` of them, from
 * `numprocs_start` on. supervisor: options.py processes_from_section.
 */
function processes({ command, environment, numprocs, numprocs_start }: Program): readonly (number | undefined)[] {
  const [count, first] = [countIn(numprocs, 1), countIn(numprocs_start, 0)];
  const apart = [command, environment].some((text) => text?.text.includes("%(process_num)") === true);
  if (count === undefined || first === undefined || count > maxProcesses) return [undefined];
  return Array.from({ length: apart ? count : Math.min(1, count) }, (_, index) => first + index);
}

function isWanted(name: string): name is Exclude<keyof Program, "name"> {
  return wanted.has(name);
}

/** The socket that supervisord opens for an `[fcgi-program]`, whose processes all get it as their standard input. supervisor: datatypes.py, socket_manager.py. */
function handedTo({ name, socket, socket_backlog }: Program, source: SourceText): readonly HandedSocket[] {
  if (socket === undefined) return [];
  const { value, range, text } = wholeWord(expansions(socket, { program: name }), source);
  const address = value.kind === "exact" ? addressIn(value.value) : undefined;
  const origin = { kind: "file", file: source.path, range } as const;
  const backlog = countIn(socket_backlog, -1);
  return [
    {
      descriptor: 0,
      address: { value: address === undefined ? { kind: "dynamic" } : { kind: "exact", value: address }, origin, text },
      ...(socket_backlog === undefined || backlog === undefined ? {} : { backlog: { value: { kind: "exact", value: backlog } as const, origin: source.origin(socket_backlog.start(0), socket_backlog.end(socket_backlog.text.length)), text: socket_backlog.text } }),
    },
  ];
}

function addressIn(text: string): Address | undefined {
  if (text.startsWith("unix://")) return { family: "unix", path: text.slice("unix://".length) };
  const [, host = "", port = ""] = /^tcp:\/\/(.*):(\d{1,5})$/.exec(text) ?? [];
  return port === "" ? undefined : { family: "tcp", host: host === "" || host === "0.0.0.0" ? "*" : host.toLowerCase(), port: Number(port) };
}

function countIn(text: MappedText | undefined, byDefault: number): number | undefined {
  if (text === undefined) return byDefault;
  return /^\d{1,6}$/.test(text.text) ? Number(text.text) : undefined;
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
    } else if (/^(?:fcgi-)?program:/.test(section) && program !== undefined && isWanted(name)) program[name] = value;
  }
  return { programs, common };
}

/** Python's `%(name)s`: the program's name and the process's number are known, supervisord's environment and the rest is not; `%%` is a percent sign. */
function expansions(mapped: MappedText, { program, process }: Names): Annotated {
  const builder = new AnnotatedBuilder(mapped.start(0));
  let at = 0;
  for (const { 0: all, 1: name, index } of mapped.text.matchAll(/%%|%\(([^()]*)\)[#0-9. +-]*[a-zA-Z]/g)) {
    builder.plain(mapped.slice(at, index));
    at = index + all.length;
    const [start, end] = [mapped.start(index), mapped.end(at)];
    const variable = name?.startsWith("ENV_") === true ? name.slice(4) : undefined;
    if (name === undefined) builder.escape("%", start, end);
    else if (name === "process_num" && process !== undefined && number(all, process) !== undefined) builder.span({ kind: "exact", value: number(all, process) ?? "" }, start, end, "opaque");
    else if (name === "program_name" && program !== "") builder.span({ kind: "exact", value: program }, start, end, "opaque");
    else builder.span(variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable }, start, end, "opaque");
  }
  builder.plain(mapped.slice(at, mapped.text.length));
  return builder.build();
}

/** `%(process_num)s`, `%(process_num)02d`; undefined for a form that nobody uses. */
function number(written: string, value: number): string | undefined {
  const [, zero, width = "0", kind] = /\)(0?)(\d?)([sd])$/.exec(written) ?? [];
  return kind === undefined ? undefined : String(value).padStart(Number(width), zero === "0" && kind === "d" ? "0" : " ");
}

function environmentOf(value: MappedText, names: Names, source: SourceText, collector: Collector): (readonly [string, Binding])[] {
  const { mapped, spans } = expansions(value, names);
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
