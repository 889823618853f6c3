import { posix } from "node:path";
import { DockerfileParser, type Instruction } from "dockerfile-ast";
import type { Sourced } from "@audit-backlog/model";
import type { CommandFacts, CommandWord } from "../../facts.ts";
import { wholeWord } from "./annotated.ts";
import { Collector } from "./collector.ts";
import { applyAssignments, imagePath } from "./dockerfile-values.ts";
import { jsonStrings } from "./json-text.ts";
import { joinLines } from "./joined-lines.ts";
import { joinPieces } from "./pieces.ts";
import { inTree } from "./shell-builtins.ts";
import { sourcedEnvironment, type Binding, type Environment, type ReadWord } from "./shell-scope.ts";
import { maskTemplates, MappedText, SourceText } from "./text.ts";

/** Larger ones are not read: the parser's time is bounded by it. In UTF-16 code units. */
const maxLength = 200_000;
const maxInstructions = 1_000;
const maxCopies = 2_000;

/** CMD or ENTRYPOINT: words of the exec form, or a text for the shell. */
type Start = { readonly form: "exec"; readonly words: readonly ReadWord[] } | { readonly form: "shell"; readonly text: MappedText };

/** What a build stage has when a container starts from it. */
interface Stage {
  readonly name: string;
  /** The name of the stage, perhaps one that it builds on, that says what starts. */
  startsAs: string;
  entrypoint: Start | undefined;
  command: Start | undefined;
  /** Set by this stage itself rather than by the one it builds on. */
  ownEntrypoint: boolean;
  ownCommand: boolean;
  readonly environment: Map<string, Binding>;
  /** Build arguments: seen by ENV and WORKDIR, gone when a container starts. */
  readonly buildArguments: Map<string, Binding>;
  workdir: string | undefined;
  /** Directories of the image that are copies of directories of the repository. */
  readonly copies: Map<string, string>;
  /** Everything that COPY and ADD bring from the build context. */
  readonly files: CopiedFile[];
}

/** A file or directory of the build context, and where the image has it; a `to` that ends in `/` is the directory around a file. */
export interface CopiedFile {
  /** Relative to the audited root. */
  readonly from: string;
  readonly to: string;
}

/** What a build stage gives to the containers that start from it. */
export interface ImageStage {
  readonly name: string;
  /** The name of its command's holder: its own, or that of a stage that it builds on. */
  readonly startsAs: string;
  readonly files: readonly CopiedFile[];
  readonly workdir: string | undefined;
  /** Words of an ENTRYPOINT in exec form, which a container's own command follows. */
  readonly entrypoint: readonly CommandWord[];
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  /** The repository's directory that a path in the image is a copy of. */
  readonly directoryAt: (path: string) => string | undefined;
}

export interface DockerfileFacts extends CommandFacts {
  /** In the order of the file: the last one is built where no target is named. */
  readonly stages: readonly ImageStage[];
}

/**
 * What containers of a Dockerfile's stages start: ENTRYPOINT and CMD combined as Docker combines them
 * (docs.docker.com/reference/dockerfile: "Understand how CMD and ENTRYPOINT interact"). RUN is not read. Where nobody
 * names the build `context`, it is taken to be the Dockerfile's directory. `buildArguments` come over an ARG's own default.
 */
export function readDockerfile(path: string, text: string, context = posix.dirname(path), buildArguments: ReadonlyMap<string, Binding> = new Map()): DockerfileFacts {
  const source = new SourceText(path, text);
  const collector = new Collector(source);
  if (text.length > maxLength) {
    collector.problem(0, 0, `a Dockerfile of more than ${maxLength} characters, not read`);
    return { ...collector.facts(), stages: [] };
  }
  const masked = maskTemplates(text, path);
  const file = DockerfileParser.parse(masked);
  const offsetOf = offsets(masked);
  const escape = file.getEscapeCharacter() === "`" ? "`" : "\\";
  const continuation = { ending: escape === "`" ? /`[ \t]*$/ : /\\[ \t]*$/, comment: /^[ \t]*(?:#|$)/, becomes: "" };
  const whole = MappedText.verbatim(masked, 0, masked.length);
  const argumentsOf = (instruction: Instruction): MappedText | undefined => {
    const range = instruction.getArgumentsRange();
    return range === null ? undefined : joinLines(whole.slice(offsetOf(range.start), offsetOf(range.end)), continuation);
  };
  const reader = new StageReader(source, collector, context, buildArguments);
  const instructions = file.getInstructions();
  const left = instructions[maxInstructions];
  if (left !== undefined) {
    const at = offsetOf(left.getRange().start);
    collector.problem(at, at, `more than ${maxInstructions} instructions; this one and what follows is left out`);
  }
  for (const instruction of instructions.slice(0, maxInstructions)) {
    const content = argumentsOf(instruction);
    if (content !== undefined) reader.instruction(instruction, content);
  }
  reader.finish();
  return { ...collector.facts(), stages: reader.images() };
}

/** dockerfile-ast counts lines from 0, and a lone carriage return ends one. */
function offsets(text: string): (position: { readonly line: number; readonly character: number }) => number {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return ({ line, character }) => (starts[line] ?? text.length) + character;
}

class StageReader {
  readonly #source: SourceText;
  readonly #collector: Collector;
  readonly #stages: Stage[] = [];
  readonly #globals = new Map<string, Binding>();
  readonly #context: string;
  readonly #given: ReadonlyMap<string, Binding>;

  constructor(source: SourceText, collector: Collector, context: string, given: ReadonlyMap<string, Binding>) {
    this.#source = source;
    this.#collector = collector;
    this.#context = context;
    this.#given = given;
  }

  images(): readonly ImageStage[] {
    return this.#stages.map((stage) => ({
      name: stage.name,
      startsAs: stage.startsAs,
      files: stage.files,
      workdir: stage.workdir,
      entrypoint: stage.entrypoint?.form === "exec" ? stage.entrypoint.words.map(({ value, text, range }) => ({ value, text, range })) : [],
      environment: sourcedEnvironment(stage.environment),
      directoryAt: (path) => inImage(stage, path),
    }));
  }

  instruction(instruction: Instruction, content: MappedText): void {
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      this.#from(content.text);
      return;
    }
    const stage = this.#stages.at(-1);
    if (stage === undefined) {
      if (keyword === "ARG") this.#argument(content, this.#globals, new Map());
      return;
    }
    switch (keyword) {
      case "ENV":
        applyAssignments(content, stage.environment, stage.buildArguments, this.#globals, "environment", this.#source);
        return;
      case "ARG":
        this.#argument(content, stage.buildArguments, stage.environment);
        return;
      case "WORKDIR":
        stage.workdir = imagePath(content, stage.workdir ?? "/", stage, this.#source);
        return;
      case "COPY":
      case "ADD":
        this.#copy(stage, content);
        return;
      case "CMD":
        stage.command = this.#start(content);
        stage.ownCommand = true;
        stage.startsAs = stage.name;
        return;
      case "ENTRYPOINT":
        stage.entrypoint = this.#start(content);
        stage.ownEntrypoint = true;
        stage.startsAs = stage.name;
        // moby: builder/dockerfile/dispatchers.go dispatchEntrypoint: a CMD of the base image is dropped.
        if (!stage.ownCommand) stage.command = undefined;
        return;
      default:
        return;
    }
  }

  #argument(content: MappedText, target: Map<string, Binding>, others: ReadonlyMap<string, Binding>): void {
    applyAssignments(content, target, others, this.#globals, "argument", this.#source);
    for (const [name = ""] of content.text.matchAll(/(?<!\S)\w+/g)) {
      const given = this.#given.get(name);
      if (given !== undefined) target.set(name, given);
    }
  }

  finish(): void {
    for (const stage of this.#stages) if (stage.ownCommand || stage.ownEntrypoint) this.#report(stage);
  }

  #from(content: string): void {
    const [image, as, alias] = content.trim().split(/\s+/).filter((word) => !word.startsWith("--"));
    const base = this.#stages.findLast(({ name }) => name.toLowerCase() === image?.toLowerCase());
    const name = (as?.toLowerCase() === "as" ? alias : undefined) ?? (this.#stages.length === 0 ? posix.basename(this.#source.path) : `stage ${this.#stages.length}`);
    this.#stages.push({
      name,
      startsAs: base?.startsAs ?? name,
      entrypoint: base?.entrypoint,
      command: base?.command,
      ownEntrypoint: false,
      ownCommand: false,
      environment: new Map(base?.environment),
      buildArguments: new Map(),
      workdir: base?.workdir,
      copies: new Map(base?.copies),
      files: [...(base?.files ?? [])],
    });
  }

  /** `COPY . /app` makes a directory of the image the build context. */
  #copy(stage: Stage, content: MappedText): void {
    const flags = this.#source.text.slice(this.#source.text.lastIndexOf("\n", content.start(0)) + 1, content.start(0));
    if (flags.includes("--from=")) return;
    const parts = jsonStrings(content)?.map(({ text }) => text) ?? content.text.trim().split(/\s+/);
    this.#copyFiles(stage, parts);
    const [from, to] = parts;
    if (parts.length !== 2 || (from !== "." && from !== "./") || to === undefined || /[$"'\\\uE000]/.test(to)) return;
    const target = posix.resolve(stage.workdir ?? "/", to);
    stage.copies.set(target, this.#context);
  }

  #copyFiles(stage: Stage, written: readonly string[]): void {
    const parts = written.map((part) => withVariables(part, stage));
    const sources = parts.slice(0, -1);
    const last = parts.at(-1);
    if (last === undefined || stage.files.length + sources.length > maxCopies || parts.some((part) => /[$"'\\\uE000<]/.test(part))) return;
    for (const source of sources) {
      // Of a mask, the directory: its files keep their names.
      const mask = /[*?[]/.test(source);
      const from = inTree(posix.join(this.#context, mask ? posix.dirname(source) : source));
      const to = posix.resolve(stage.workdir ?? "/", last);
      // The working directory is one, without a slash, too.
      const isDirectory = sources.length > 1 || /(?:^|\/)\.{0,2}$/.test(last) || to === stage.workdir;
      if (from !== undefined) stage.files.push({ from, to: isDirectory && to !== "/" ? `${to}/` : to });
    }
  }

  #start(content: MappedText): Start {
    const strings = jsonStrings(content);
    if (strings === undefined) return { form: "shell", text: content };
    return { form: "exec", words: strings.map((mapped) => wholeWord({ mapped, spans: [] }, this.#source)) };
  }

  #report(stage: Stage): void {
    const words = this.#words(stage);
    const first = words[0];
    const last = words.at(-1);
    if (first === undefined || last === undefined) return;
    const mapDirectory = (path: string): string | undefined => inImage(stage, path);
    const environment: Environment = stage.environment;
    const starts = words.map(({ range }) => range.start.offset);
    const ends = words.map(({ range }) => range.end.offset);
    this.#collector.add(
      {
        words,
        start: starts.reduce((least, offset) => Math.min(least, offset)),
        end: ends.reduce((most, offset) => Math.max(most, offset)),
        environment,
        directory: stage.workdir === undefined ? undefined : inImage(stage, stage.workdir),
      },
      { holder: { kind: "dockerfile", name: stage.name }, mapDirectory },
    );
  }

  #words({ entrypoint, command }: Stage): readonly ReadWord[] {
    const after = command === undefined ? [] : this.#startWords(command);
    if (entrypoint === undefined) return after;
    // The shell form of ENTRYPOINT takes no arguments: CMD is lost.
    return entrypoint.form === "shell" ? this.#startWords(entrypoint) : [...entrypoint.words, ...after];
  }

  #startWords(start: Start): readonly ReadWord[] {
    if (start.form === "exec") return start.words;
    const at = start.text.start(0);
    const shell = ["/bin/sh", "-c"].map((value): ReadWord => ({
      value: { kind: "exact", value },
      text: "",
      range: this.#source.range(at, at),
      template: new MappedText("", [], at),
    }));
    const to = start.text.text.length;
    const range = this.#source.range(at, start.text.end(to));
    const text = this.#source.text.slice(range.start.offset, range.end.offset);
    return [...shell, { value: { kind: "exact", value: start.text.text }, text, range, template: start.text }];
  }
}

/** `$NAME` and `${NAME}` replaced where ENV or ARG says what they are; others stay as they are. */
function withVariables(text: string, { environment, buildArguments }: Stage): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (all, plain?: string, braced?: string) => {
    const name = plain ?? braced ?? "";
    const binding = environment.get(name) ?? buildArguments.get(name);
    const value = binding === undefined ? undefined : joinPieces(binding.pieces);
    return value?.kind === "exact" || value?.kind === "assumed" ? value.value : all;
  });
}

/** The repository's directory that a path in the image is a copy of. */
function inImage(stage: Stage, path: string): string | undefined {
  for (let prefix = posix.normalize(path).replace(/(.)\/$/, "$1"); ; prefix = posix.dirname(prefix)) {
    const directory = stage.copies.get(prefix);
    if (directory !== undefined) return inTree(posix.join(directory, posix.relative(prefix, path)));
    if (prefix === "/" || prefix === ".") return undefined;
  }
}
