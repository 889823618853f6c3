import type { FileProblem } from "@audit-backlog/model";
import type { CommandFacts, CommandLine, CommandWord } from "../../facts.ts";
import { exactPiece } from "./pieces.ts";
import { knownText, runsInImage, unwrap } from "./program-at.ts";
import { startedBy } from "./starters.ts";
import { bindingAt, sourcedEnvironment, type Binding, type Environment, type ReadWord } from "./shell-scope.ts";
import { walkShell, type FoundCommand, type ShellSink } from "./shell-walk.ts";
import type { SourceText } from "./text.ts";

/** Nobody writes files with more commands; what lies beyond is reported as left out. */
const maxCommands = 10_000;
/** `sh -c "sh -c '…'"` */
const maxShellDepth = 4;

export interface CommandPlace {
  readonly holder: CommandLine["holder"];
  readonly mapDirectory?: (path: string) => string | undefined;
}

/** Gathers what a reader finds in one file. */
export class Collector {
  readonly source: SourceText;
  readonly #commands: CommandLine[] = [];
  readonly #problems: FileProblem[] = [];
  #full = false;
  #argumentsAt: number | undefined;

  constructor(source: SourceText) {
    this.source = source;
  }

  facts(): CommandFacts {
    return { commands: this.#commands, problems: this.#problems };
  }

  problem(start: number, end: number, reason: string): void {
    if (this.#problems.length < 100) this.#problems.push(this.source.problem(start, end, reason));
  }

  /** A sink that puts the commands of a shell text under `place`. `depth` counts the shells around it. */
  sink(place: CommandPlace, depth = 0, bounds?: readonly [number, number]): ShellSink {
    return {
      source: this.source,
      command: (found) => this.add(found, place, depth),
      problem: (start, end, reason) => {
        this.problem(start, end, reason);
      },
      ...(place.mapDirectory === undefined ? {} : { mapDirectory: place.mapDirectory }),
      ...(bounds === undefined ? {} : { bounds }),
    };
  }

  /** Takes a command; `sh -c "…"` becomes the commands of its string. False once the file has too many. */
  add(found: FoundCommand, place: CommandPlace, depth = 0): boolean {
    if (this.#full || found.words.length === 0) return !this.#full;
    const { program, index, assignments } = unwrap(found.words, runsInImage(place.holder));
    const environment = this.#withAssignments(found.environment, found.words, assignments);
    const inner = depth < maxShellDepth ? startedBy(program, found.words, index, found.end < this.#lastArguments()) : undefined;
    if (inner !== undefined) {
      for (const { template, range } of inner.texts) walkShell(template, environment, found.directory, this.sink(place, depth + 1, [range.start.offset, range.end.offset]));
      return inner.words === undefined ? !this.#full : this.add({ ...found, words: inner.words, environment }, place, depth + 1);
    }
    const script = shells.has(program) ? shellString(found.words, index) : undefined;
    if (script !== undefined && depth < maxShellDepth) {
      walkShell(script.template, environment, found.directory, this.sink(place, depth + 1, [script.range.start.offset, script.range.end.offset]));
      return !this.#full;
    }
    if (this.#commands.length >= maxCommands) {
      this.#full = true;
      this.problem(found.start, found.end, `more than ${maxCommands} commands in one file; this one and what follows is left out`);
      return false;
    }
    this.#commands.push({
      file: this.source.path,
      range: this.source.range(found.start, found.end),
      holder: place.holder,
      words: found.words.map(plainWord),
      environment: sourcedEnvironment(environment),
      directory: found.directory,
    });
    return true;
  }

  /** Where the text last runs its arguments, as entrypoints do in their last line. */
  #lastArguments(): number {
    return (this.#argumentsAt ??= this.source.text.lastIndexOf('"$@"'));
  }

  #withAssignments(environment: Environment, words: readonly ReadWord[], assignments: readonly number[]): Environment {
    if (assignments.length === 0) return environment;
    const added = new Map(environment);
    for (const index of assignments) {
      const word = words[index];
      if (word !== undefined) for (const [name, binding] of this.#assignment(word)) added.set(name, binding);
    }
    return added;
  }

  /** `NAME=value` as one word, the way env(1) takes it. */
  #assignment(word: ReadWord): (readonly [string, Binding])[] {
    const name = /^([A-Za-z_]\w*)=/.exec(word.template.text)?.[1];
    if (name === undefined) return [];
    const from = name.length + 1;
    const mapped = word.template.slice(from, word.template.text.length);
    const [start, end] = [word.template.start(from), word.range.end.offset];
    const piece = word.value.kind === "exact" ? exactPiece(mapped) : { value: withoutName(word, from), mapped };
    return [[name, bindingAt(this.source, [piece], start, end, true)]];
  }
}

function withoutName(word: ReadWord, from: number): CommandWord["value"] {
  const { value } = word;
  if (value.kind === "assumed") return { ...value, value: value.value.slice(from) };
  return value.kind === "dynamic" ? value : { kind: "dynamic" };
}

function plainWord({ value, text, range, via, file }: ReadWord): CommandWord {
  return { value, text, range, ...(via === undefined ? {} : { via }), ...(file === undefined ? {} : { file }) };
}

const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh", "su"]);

/** The string after `-c`, options bundled or not: `sh -c`, `bash -lc`, `bash -o pipefail -c`, `su -c … user`. */
function shellString(words: readonly ReadWord[], index: number): ReadWord | undefined {
  const isSu = knownText(words[index])?.endsWith("su") === true;
  for (let at = index + 1; at < words.length; at += 1) {
    const text = knownText(words[at]);
    if (text === undefined) return undefined;
    if (/^-[a-zA-Z]*c$/.test(text) || (isSu && text === "--command")) return words[at + 1];
    if (text === "-o" || text === "+o" || text === "-O") at += 1;
    else if (!text.startsWith("-") && !isSu) return undefined;
  }
  return undefined;
}
