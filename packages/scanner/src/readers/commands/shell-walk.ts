import { parse, type Assignment, type Command, type CommandNode, type CompoundList, type Function as FunctionDefinition, type PipelineNode, type Statement, type Word } from "unbash";
import { dynamicPiece, joinPieces, type Piece } from "./pieces.ts";
import { walkBranches, type Walker } from "./shell-branches.ts";
import { runBuiltin } from "./shell-builtins.ts";
import { effectsOf, forgetEffects, type Effects } from "./shell-effects.ts";
import { expandPieces, expandWords, placeOf, type ShellText } from "./shell-expand.ts";
import { bindingAt, maxExported, Scope, type Binding, type Environment, type ReadWord } from "./shell-scope.ts";
import type { MappedText, SourceText } from "./text.ts";

/** A simple command as a shell would start it. */
export interface FoundCommand {
  readonly words: readonly ReadWord[];
  /** File offsets, assignments before the command included. */
  readonly start: number;
  readonly end: number;
  readonly environment: Environment;
  readonly directory: string | undefined;
}

/** Where a walk puts what it finds. */
export interface ShellSink {
  readonly source: SourceText;
  /** False once enough is found: the walk then ends. */
  command(found: FoundCommand): boolean;
  problem(start: number, end: number, reason: string): void;
  /** The directory of the audited root that an absolute path stands for, where that is known. */
  readonly mapDirectory?: (path: string) => string | undefined;
  /** File offsets of the word that holds the script, where it isn't a whole file. */
  readonly bounds?: readonly [number, number];
}

/** Longer scripts are not read: time and memory stay bounded. In UTF-16 code units. */
const maxScript = 300_000;
/** Heredocs in one line cost quadratic time to parse. */
const maxHeredocs = 1_000;
const expansionBudget = 2_000_000;

/** Reports every simple command of a shell text, without ever running anything. Commands inside `$( … )` are not reported. */
export function walkShell(script: MappedText, environment: Environment, directory: string | undefined, sink: ShellSink): void {
  const place = sink.bounds ?? ([script.start(0), script.end(script.text.length)] as const);
  if (script.text.length > maxScript) {
    sink.problem(place[0], place[0], `shell text of more than ${maxScript} characters, not read`);
    return;
  }
  if (script.text.split("<<", maxHeredocs + 2).length > maxHeredocs + 1) {
    sink.problem(place[0], place[0], `shell text with more than ${maxHeredocs} heredocs, not read`);
    return;
  }
  const tree = parse(script.text);
  const error = tree.errors?.[0];
  if (error !== undefined) {
    const at = Math.min(error.pos, script.text.length);
    sink.problem(script.start(at), script.start(at), `shell syntax: ${error.message}; commands around it may be missing`);
  }
  const text: ShellText = { source: sink.source, script, bounds: place, budget: expansionBudget, plainIfs: !/\bIFS=/.test(script.text) };
  const scope = Scope.root(environment, directory);
  new ScriptWalker(text, sink).run(tree.commands, scope);
  if (scope.shared.exported.size >= maxExported) {
    sink.problem(place[0], place[0], `more than ${maxExported} exported variables; commands are shown without the later ones`);
  }
}

/** With more functions than this, a call makes everything unknown. */
const maxFunctions = 50;
const maxNames = 200;

interface FunctionEffects {
  readonly count: number;
  /** What calling them may change. */
  readonly outside: Effects;
  /** The same with variables that stay inside, which functions called from there see. */
  readonly withLocals: Effects;
}

const anything: Effects = { names: undefined, outside: true, changesDirectory: true };

class ScriptWalker implements Walker {
  readonly text: ShellText;
  readonly #sink: ShellSink;
  #done = false;
  readonly #functions = new Map<string, FunctionDefinition["body"]>();
  /** Where a function of the script is first called, and in which directories. */
  #calledAt: number | undefined;
  readonly #calledIn = new Set<string | undefined>();
  #effects: FunctionEffects | undefined;
  /** Names that branches and subshells had changed where they called a function. */
  #calledWith: Set<string> | undefined = new Set();

  constructor(text: ShellText, sink: ShellSink) {
    this.text = text;
    this.#sink = sink;
  }

  run(statements: readonly Statement[], scope: Scope): void {
    this.statements(statements, scope);
    // A function runs whenever it is called; what the whole script leaves behind is the best that is known then.
    const [directory] = this.#calledIn.size === 1 ? this.#calledIn : [];
    const unsure = this.#unsureInFunctions();
    for (const body of this.#functions.values()) {
      const inner = scope.functionBody(this.#calledAt, directory);
      if (unsure === undefined) inner.forget();
      else for (const name of unsure) inner.forgetName(name);
      this.node(body, inner);
    }
  }

  statements(statements: readonly Statement[], scope: Scope): void {
    for (const { command, background } of statements) {
      if (this.#done) return;
      // `&` runs in a shell of its own: what it sets is lost.
      this.node(command, background === true ? scope.child() : scope);
    }
  }

  node(node: PipelineNode | CommandNode | CompoundList | Statement["command"], scope: Scope): void {
    if (this.#done) return;
    switch (node.type) {
      case "Command":
        this.#command(node, scope);
        return;
      case "CompoundList":
        this.statements(node.commands, scope);
        return;
      case "Redirected":
        this.node(node.command, scope);
        return;
      case "BraceGroup":
        this.statements(node.body.commands, scope);
        return;
      case "Subshell":
        this.statements(node.body.commands, scope.child());
        return;
      case "Coproc":
        this.node(node.body, scope.child());
        return;
      case "Pipeline":
        for (const part of node.commands) this.node(part, node.commands.length === 1 ? scope : scope.child());
        return;
      case "Function":
        this.#functions.set(node.name.text, node.body);
        return;
      case "AndOr":
      case "If":
      case "Case":
      case "For":
      case "ArithmeticFor":
      case "Select":
      case "While":
        walkBranches(node, scope, this);
        return;
      case "TestCommand":
      case "ArithmeticCommand":
        return;
    }
  }

  #command(command: Command, scope: Scope): void {
    const assignments = command.prefix.filter((part) => part.type === "Assignment");
    const bindings = assignments.map((part) => [part.name, this.#binding(part, scope, false)] as const);
    if (command.name === undefined) {
      for (const [name, binding] of bindings) scope.set(name, binding);
      return;
    }
    const words = this.#words([command.name, ...command.args], scope);
    const first = words[0];
    if (first === undefined) return;
    const environment =
      bindings.length === 0
        ? scope.environment()
        : new Map([...scope.environment(), ...bindings.map(([name, binding]) => [name, { ...binding, exported: true }] as const)]);
    const [start, end] = placeOf(this.text, command);
    this.#done = !this.#sink.command({ words, start, end, environment, directory: scope.directory });
    const declared = command.args.map((part) => (part.type === "Assignment" ? ([part, this.#binding(part, scope, true)] as const) : part));
    const body = this.#functions.get(first.text);
    if (body === undefined) runBuiltin(words, declared, scope, this.text, this.#sink.mapDirectory);
    else this.#call(start, scope);
  }

  /** Any function may call any other: after a call, all that functions assign is unknown. */
  #call(start: number, scope: Scope): void {
    this.#calledAt ??= start;
    this.#calledIn.add(scope.directory);
    if (this.#calledWith !== undefined) for (const name of scope.deviations()) this.#calledWith.add(name);
    if ((this.#calledWith?.size ?? 0) > maxNames) this.#calledWith = undefined;
    this.forgetFunctionEffects(scope);
  }

  forgetFunctionEffects(scope: Scope): void {
    if (this.#functions.size === 0) return;
    forgetEffects(this.#effectsOfFunctions().outside, scope);
  }

  /** Names that may hold other things in a function than at the script's end; undefined where it may be any. */
  #unsureInFunctions(): ReadonlySet<string> | undefined {
    const assigned = this.#functions.size === 0 ? new Set<string>() : this.#effectsOfFunctions().withLocals.names;
    if (assigned === undefined || this.#calledWith === undefined) return undefined;
    return new Set([...assigned, ...this.#calledWith]);
  }

  #effectsOfFunctions(): FunctionEffects {
    const count = this.#functions.size;
    if (this.#effects?.count === count) return this.#effects;
    if (count > maxFunctions) return { count, outside: anything, withLocals: anything };
    const bodies = [...this.#functions.values()].map(({ pos, end }) => this.text.script.text.slice(pos, end));
    const text = bodies.join("\n");
    this.#effects = { count, outside: effectsOf(text.replace(/\blocal\s+\w+=/g, "")), withLocals: effectsOf(text) };
    return this.#effects;
  }

  #words(parts: readonly (Word | Assignment)[], scope: Scope): ReadWord[] {
    return parts.flatMap((part) => {
      if (part.type === "Word") return expandWords(part, scope, this.text);
      const { script, source } = this.text;
      const range = source.range(...placeOf(this.text, part));
      const text = source.text.slice(range.start.offset, range.end.offset);
      const value = part.value.type === "Word" ? joinPieces([{ value: { kind: "exact", value: `${part.name}=` }, mapped: script.slice(part.pos, part.value.pos) }, ...expandPieces(part.value, scope, this.text)]) : ({ kind: "dynamic" } as const);
      return [{ value, text, range, template: script.slice(part.pos, part.end) }];
    });
  }

  #binding(part: Assignment, scope: Scope, exported: boolean): Binding {
    const { script, source } = this.text;
    const old = scope.get(part.name);
    const keep = exported || old?.exported === true;
    const [start, end] = placeOf(this.text, part.value);
    const whole = bindingAt(source, [dynamicPiece(script.slice(part.value.pos, part.value.end))], start, end, keep);
    if (part.index !== undefined) return whole;
    if (part.value.type === "ArrayValue") {
      const before = part.append === true ? (old?.array ?? [undefined]) : [];
      const elements = [...before, ...part.value.elements.flatMap((element) => expandWords(element, scope, this.text))];
      const known = elements.filter((element) => element !== undefined);
      return known.length === elements.length && known.length < 200 ? { ...whole, array: known } : whole;
    }
    const pieces = expandPieces(part.value, scope, this.text).map(withoutSplits);
    if (part.append === true) {
      if (old?.array !== undefined) return whole;
      const before = old?.pieces ?? [dynamicPiece(script.slice(part.pos, part.pos), part.name)];
      return { ...whole, pieces: [...before, ...pieces] };
    }
    return { ...whole, pieces };
  }
}

/** Blanks in an assignment's value part no words, not even in expansions outside quotes. */
function withoutSplits({ value, mapped, template }: Piece): Piece {
  return template === undefined ? { value, mapped } : { value, mapped, template };
}
