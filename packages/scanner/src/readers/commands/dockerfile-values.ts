import { posix } from "node:path";
import { parse } from "unbash";
import { dynamicPiece, joinPieces, type Piece } from "./pieces.ts";
import { expandPieces, type ShellText } from "./shell-expand.ts";
import { assumedPiece, bindingAt, Scope, type Binding } from "./shell-scope.ts";
import type { MappedText, SourceText } from "./text.ts";

/**
 * ENV and ARG: `NAME=value …` with quotes and `$NAME`, `${NAME:-default}`, which Docker reads much like a shell does
 * (docs.docker.com/reference/dockerfile: "Environment replacement"). All values of one instruction see what stood before
 * it. An ARG's default is assumed: `--build-arg` replaces it.
 */
export function applyAssignments(
  content: MappedText,
  target: Map<string, Binding>,
  others: ReadonlyMap<string, Binding>,
  globals: ReadonlyMap<string, Binding>,
  kind: "environment" | "argument",
  source: SourceText,
): void {
  const scope = scopeOf(kind === "environment" ? [others, target] : [target, others]);
  const text = shellText(content, source);
  const command = parse(content.text).commands[0]?.command;
  const assigned: (readonly [string, Binding])[] = [];
  const bind = (name: string, pieces: readonly Piece[], from: number, to: number): void => {
    const known = kind === "argument" ? pieces.map((piece) => assumedPiece(piece, name)) : pieces;
    assigned.push([name, bindingAt(source, known, content.start(from), content.end(to), kind === "environment")]);
  };
  const covered = command?.type === "Command" && command.end >= content.text.trimEnd().length;
  if (covered && command.name === undefined && command.prefix.every((part) => part.type === "Assignment")) {
    for (const { name, value } of command.prefix) {
      const pieces = value.type === "Word" ? expandPieces(value, scope, text) : [dynamicPiece(content.slice(value.pos, value.end))];
      bind(name, pieces.map(({ value: known, mapped }) => ({ value: known, mapped })), value.pos, value.end);
    }
  } else if (kind === "argument" && /^\w+\s*$/.test(content.text)) {
    const name = content.text.trim();
    const global = globals.get(name);
    if (global !== undefined) assigned.push([name, global]);
  } else bindOldForm(content, bind);
  for (const [name, binding] of assigned) target.set(name, binding);
}

/** `ENV NAME the rest of the line`; and what no shell would read, whose names alone are taken. */
function bindOldForm(content: MappedText, bind: (name: string, pieces: readonly Piece[], from: number, to: number) => void): void {
  const match = /^(\w+)\s+(?=\S)/.exec(content.text);
  if (match?.[1] !== undefined) {
    const end = content.text.trimEnd().length;
    const value = content.slice(match[0].length, end);
    const plain = !/[$"'\\\uE000\0]/.test(value.text);
    bind(match[1], [plain ? { value: { kind: "exact", value: value.text }, mapped: value } : dynamicPiece(value)], match[0].length, end);
    return;
  }
  for (const { 0: all, 1: name, index } of content.text.matchAll(/(?<![^\s])(\w+)=/g)) {
    const at = index + all.length;
    if (name !== undefined) bind(name, [dynamicPiece(content.slice(at, at))], at, at);
  }
}

/** An image path that WORKDIR makes current; undefined where it hangs on unknown variables. */
export function imagePath(
  content: MappedText,
  current: string,
  { environment, buildArguments }: { readonly environment: ReadonlyMap<string, Binding>; readonly buildArguments: ReadonlyMap<string, Binding> },
  source: SourceText,
): string | undefined {
  const command = parse(content.text).commands[0]?.command;
  if (command?.type !== "Command" || command.name === undefined || command.args.length > 0) return undefined;
  const value = joinPieces(expandPieces(command.name, scopeOf([buildArguments, environment]), shellText(content, source)));
  return value.kind === "exact" || value.kind === "assumed" ? posix.resolve(current, value.value) : undefined;
}

/** Later maps win: ENV over ARG. */
function scopeOf(maps: readonly ReadonlyMap<string, Binding>[]): Scope {
  const scope = Scope.root(new Map(), undefined);
  for (const map of maps) for (const [name, binding] of map) scope.set(name, binding);
  return scope;
}

function shellText(script: MappedText, source: SourceText): ShellText {
  return { source, script, budget: 100_000, plainIfs: true, bounds: [script.start(0), script.end(script.text.length)] };
}
