import type { DoubleQuotedChild, ParameterExpansionPart, Word, WordPart } from "unbash";
import { arithmeticValue, isCpuCount } from "./shell-arithmetic.ts";
import { dynamicPiece, exactPiece, joinPieces, type Piece } from "./pieces.ts";
import { assumedPiece, bindingAt, type Binding, type ReadWord, type Scope } from "./shell-scope.ts";
import { templatePieces } from "./template-pieces.ts";
import { MapBuilder, type MappedText, type SourceText } from "./text.ts";

/** What expansions need to know of the script they stand in. */
export interface ShellText {
  readonly source: SourceText;
  readonly script: MappedText;
  /** Characters that expansions may still produce; what lies beyond is dynamic. */
  budget: number;
  /** IFS is the default, so that blanks part words. */
  readonly plainIfs: boolean;
  /** File offsets that hold the whole script; parts of it may come from variables set elsewhere. */
  readonly bounds: readonly [number, number];
}

/** File offsets of a stretch of the script; what comes from a variable set elsewhere stands at the script's edges. */
export function placeOf({ script, bounds }: ShellText, node: { readonly pos: number; readonly end: number }): [number, number] {
  const [start, end] = [script.start(node.pos), script.end(node.end)];
  const inside = (offset: number): boolean => offset >= bounds[0] && offset <= bounds[1];
  return [inside(start) ? start : bounds[0], inside(end) && end >= start ? end : bounds[1]];
}

/** A word as the pieces it is made of; expansions outside quotes are marked, since blanks in them part words. */
export function expandPieces(word: Word, scope: Scope, text: ShellText): Piece[] {
  if (word.parts === undefined) return unquoted(text, word.pos, word.end, true);
  return word.parts.flatMap((part, i) => expandPart(part, i === 0, scope, text));
}

function expandPart(part: WordPart, first: boolean, scope: Scope, text: ShellText): Piece[] {
  switch (part.type) {
    case "Literal":
      return unquoted(text, part.pos, part.end, first);
    case "SingleQuoted":
      return quoted(text, part.pos + 1, part.end - 1);
    case "AnsiCQuoted": {
      const start = text.script.start(part.pos);
      const builder = new MapBuilder(start);
      builder.add(part.value, start, text.script.end(part.end));
      return templatePieces(builder.build(), text.source);
    }
    case "DoubleQuoted":
    case "LocaleString": {
      const children = part.parts.flatMap((child) => expandQuoted(child, scope, text));
      // An empty string in quotes is a word all the same.
      return children.length > 0 ? children : [exactPiece(text.script.slice(part.end, part.end))];
    }
    case "Glob": {
      // `[::]` in `-b [::]:8000` stays as written where no file matches it.
      const address = part.kind === "bracket" && /^\[[\da-fA-F.]*:[\da-fA-F:.]*\]$/.test(part.text);
      return address ? quoted(text, part.pos, part.end) : [unknown(text, part)];
    }
    case "ExtendedGlob":
    case "BraceExpansion":
    case "ProcessSubstitution":
      return [unknown(text, part)];
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
      return expansion(part, false, scope, text).map((piece) => ({ ...piece, splits: true }));
  }
}

function expandQuoted(part: DoubleQuotedChild, scope: Scope, text: ShellText): Piece[] {
  if (part.type === "Literal") return literal(text, part.pos, part.end, "double", false);
  return expansion(part, true, scope, text);
}

function expansion(part: Exclude<DoubleQuotedChild, { type: "Literal" }>, inQuotes: boolean, scope: Scope, text: ShellText): Piece[] {
  switch (part.type) {
    case "SimpleExpansion":
      // A continued line continues the name too, which the parser ends before it.
      if (text.script.text.startsWith("\\\n", part.end)) return [unknown(text, part)];
      return variable(part.text.slice(1), part, scope, text);
    case "ParameterExpansion":
      return parameter(part, inQuotes, scope, text);
    case "CommandExpansion":
      if (!isCpuCount(part.text)) return [unknown(text, part)];
      return [{ value: { kind: "formula", formula: { op: "cpus" } }, mapped: text.script.slice(part.pos, part.end) }];
    case "ArithmeticExpansion": {
      const value = arithmeticValue(part.expression, (name) => exactContent(scope.get(name)));
      return [{ value, mapped: text.script.slice(part.pos, part.end) }];
    }
  }
}

function exactContent(binding: Binding | undefined): string | undefined {
  const value = binding === undefined || binding.array !== undefined ? undefined : joinPieces(binding.pieces);
  return value?.kind === "exact" ? value.value : undefined;
}

function variable(name: string, part: { pos: number; end: number }, scope: Scope, text: ShellText): Piece[] {
  const named = /^[A-Za-z_]\w*$/.test(name);
  const binding = named ? scope.get(name) : undefined;
  if (binding === undefined) return [unknown(text, part, named ? name : undefined)];
  const length = binding.pieces.reduce((sum, piece) => sum + piece.mapped.text.length + 1, 0);
  if (binding.array !== undefined || length > text.budget) return [unknown(text, part)];
  text.budget -= length;
  if (exactContent(binding) !== undefined) return [...binding.pieces];
  const written = text.script.slice(part.pos, part.end);
  return binding.pieces.map((piece, i) => ({ ...piece, template: i === 0 ? written : written.slice(0, 0) }));
}

function isKnown({ value }: Piece): boolean {
  return value.kind === "exact" || value.kind === "assumed";
}

function parameter(part: ParameterExpansionPart, inQuotes: boolean, scope: Scope, text: ShellText): Piece[] {
  const { parameter: name, operation } = part;
  const binding = scope.get(name);
  const outside = binding === undefined && /^[A-Za-z_]\w*$/.test(name) ? name : undefined;
  if (part.prefix !== undefined || part.index !== undefined) return [unknown(text, part)];
  if (operation === undefined) return variable(name, part, scope, text);
  if (operation.type !== "Default") return [unknown(text, part, outside)];
  const { operator, operand } = operation;
  const content = exactContent(binding);
  const unset = content === "" && operator.startsWith(":");
  if (operator.endsWith("?")) return unset ? [unknown(text, part)] : variable(name, part, scope, text);
  if (operator.endsWith("+")) return content !== undefined && !unset ? operandPieces(operand, inQuotes, scope, text) : [unknown(text, part, outside)];
  if (binding !== undefined && !unset) {
    if (!operator.startsWith(":") || !isSometimesEmpty(joinPieces(binding.pieces))) return variable(name, part, scope, text);
    if (operator.endsWith("=")) scope.forgetName(name);
    return [unknown(text, part)];
  }
  const pieces = operandPieces(operand, inQuotes, scope, text);
  const result = unset ? pieces : asFallback(pieces, part, outside, text);
  if (operator.endsWith("=")) {
    const [start, end] = [text.script.start(part.pos), text.script.end(part.end)];
    scope.set(name, bindingAt(text.source, result, start, end, false));
  }
  return result;
}

function isSometimesEmpty(value: Piece["value"]): boolean {
  if (value.kind === "oneOf") return value.options.some((option) => isSometimesEmpty(option.value));
  return (value.kind === "exact" || value.kind === "assumed") && value.value === "";
}

function asFallback(pieces: readonly Piece[], part: { pos: number; end: number }, name: string | undefined, text: ShellText): Piece[] {
  if (name === undefined || pieces.some((piece) => !isKnown(piece))) return [unknown(text, part, name)];
  const written = text.script.slice(part.pos, part.end);
  return pieces.map((piece, i) => ({ ...assumedPiece(piece, name), template: i === 0 ? written : written.slice(0, 0) }));
}

function operandPieces(operand: Word, inQuotes: boolean, scope: Scope, text: ShellText): Piece[] {
  if (operand.pos >= operand.end) return [exactPiece(text.script.slice(operand.pos, operand.pos))];
  // Inside double quotes, quotes in the operand mean other things than outside.
  if (inQuotes && /["'\\]/.test(operand.text)) return [dynamicPiece(text.script.slice(operand.pos, operand.end))];
  return expandPieces(operand, scope, text);
}

function unknown(text: ShellText, part: { pos: number; end: number }, name?: string): Piece {
  return dynamicPiece(text.script.slice(part.pos, part.end), name);
}

function quoted(text: ShellText, start: number, end: number): Piece[] {
  return templatePieces(text.script.slice(start, Math.max(start, end)), text.source);
}

/** Nothing where only a line continuation stands: it makes no word. */
function unquoted(text: ShellText, start: number, end: number, first: boolean): Piece[] {
  return literal(text, start, end, "none", first).filter(({ mapped }) => mapped.text !== "");
}

/** Takes backslashes out as bash(1), Quoting, says: outside quotes before any character, in double quotes before five of them. */
function literal(text: ShellText, start: number, end: number, quotes: "none" | "double", first: boolean): Piece[] {
  const raw = text.script.text.slice(start, end);
  // bash(1), Tilde Expansion: at a word's beginning, and in words that look like assignments.
  if (quotes === "none" && ((first && raw.startsWith("~")) || /[=:]~/.test(raw))) return [dynamicPiece(text.script.slice(start, end))];
  if (!raw.includes("\\")) return quoted(text, start, end);
  const builder = new MapBuilder(text.script.start(start));
  let from = 0;
  for (let at = raw.indexOf("\\"); at !== -1 && at + 1 < raw.length; at = raw.indexOf("\\", from)) {
    const next = raw[at + 1] ?? "";
    if (quotes === "double" && !'$`"\\\n'.includes(next)) {
      builder.append(text.script.slice(start + from, start + at + 2));
    } else {
      builder.append(text.script.slice(start + from, start + at));
      if (next !== "\n") builder.add(next, text.script.start(start + at), text.script.end(start + at + 2));
    }
    from = at + 2;
  }
  builder.append(text.script.slice(start + from, end));
  return templatePieces(builder.build(), text.source);
}

/** The words that a word becomes: none for an empty expansion, several where an unquoted one holds blanks. */
export function expandWords(word: Word, scope: Scope, text: ShellText): ReadWord[] {
  const spread = arrayWords(word, scope);
  if (spread !== undefined) return [...spread];
  const fields: Piece[][] = [];
  let current: Piece[] | undefined;
  for (const piece of expandPieces(word, scope, text)) {
    if (!piece.splits) {
      (current ??= []).push(piece);
      continue;
    }
    for (const part of splitPiece(piece, text.plainIfs)) {
      if (part === undefined) {
        if (current !== undefined) fields.push(current);
        current = undefined;
      } else (current ??= []).push(part);
    }
  }
  if (current !== undefined) fields.push(current);
  return fields.map((pieces) => toWord(pieces, word, fields.length > 1, text));
}

/** An unquoted expansion parted at blanks; `undefined` stands for the border between two words. */
function splitPiece(piece: Piece, plainIfs: boolean): (Piece | undefined)[] {
  const { value, mapped } = piece;
  if (value.kind === "oneOf") {
    const safe = value.options.every((option) => option.value.kind !== "exact" || isOneField(option.value.value));
    return [safe ? piece : dynamicPiece(mapped)];
  }
  if (value.kind !== "exact" && value.kind !== "assumed") return [piece];
  if (value.value === "") {
    const outside = value.kind === "assumed" ? value.variable : undefined;
    return value.kind === "assumed" ? [dynamicPiece(mapped, outside)] : [];
  }
  if (!plainIfs || /[*?]|\[(?![\da-fA-F.]*:[\da-fA-F:.]*\])/.test(value.value)) return isOneField(value.value) ? [piece] : [dynamicPiece(mapped)];
  const parts: (Piece | undefined)[] = [];
  for (const { 0: run, index } of value.value.matchAll(/[ \t\n]+|[^ \t\n]+/g)) {
    const blank = /^[ \t\n]/.test(run);
    parts.push(blank ? undefined : { ...piece, value: { ...value, value: run }, mapped: mapped.slice(index, index + run.length) });
  }
  return parts;
}

function isOneField(text: string): boolean {
  return /^[\w./:@%+,=-]+$/.test(text);
}

function toWord(pieces: readonly Piece[], word: Word, several: boolean, text: ShellText): ReadWord {
  const { source } = text;
  const [start, end] = placeOf(text, word);
  const template = joinTemplates(pieces, start);
  const written = { value: joinPieces(pieces), template };
  const only = pieces.length === 1 ? pieces[0] : undefined;
  const [from, to] = only === undefined ? [start, end] : [only.mapped.start(0), only.mapped.end(only.mapped.text.length)];
  const elsewhere = from < start || to > end;
  if (only === undefined || !isKnown(only) || (!elsewhere && !several) || only.mapped.text === "") {
    return { ...written, text: source.text.slice(start, end), range: source.range(start, end) };
  }
  const via = elsewhere ? { via: [source.origin(start, end)] } : {};
  return { ...written, text: source.text.slice(from, to), range: source.range(from, to), ...via };
}

function joinTemplates(pieces: readonly Piece[], place: number): MappedText {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0].template ?? pieces[0].mapped;
  const builder = new MapBuilder(place);
  for (const piece of pieces) builder.append(piece.template ?? piece.mapped);
  return builder.build();
}

/** `"${OPTIONS[@]}"` by itself is the array's elements, each a word. */
function arrayWords(word: Word, scope: Scope): readonly ReadWord[] | undefined {
  const name = /^"\$\{([A-Za-z_]\w*)\[@\]\}"$/.exec(word.text.slice(0, 200))?.[1];
  return name === undefined || word.text.length > 200 ? undefined : scope.get(name)?.array;
}
