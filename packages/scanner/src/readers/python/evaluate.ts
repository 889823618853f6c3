import type { SyntaxNode } from "@lezer/common";
import { templateMark } from "../commands/text.ts";
import { formulaOf } from "./formulas.ts";
import { type Arguments, builtins, callObject, fromEnvironment, type World } from "./functions.ts";
import { parseNumber, parseString, splitString, unescape } from "./literals.ts";
import { callMethod } from "./methods.ts";
import { binary, compare, textOf, truth, unary } from "./operators.ts";
import type { Aliases, Scope, Trace } from "./scope.ts";
import { childrenOf } from "./tree.ts";
import {
  bool, type Choice, choose, combine, type Constant, dynamicKnown, dynamicOf, dynamicValue, exactly, int, type Known, lift, none, objectPath, type Possible, simplify, single, str, variableOf,
} from "./values.ts";

/** What an expression is evaluated in. */
export interface Context {
  readonly text: string;
  readonly scope: Scope;
  readonly world: World;
  readonly trace: Trace;
  readonly aliases: Aliases;
  /** Numbers a conditional. */
  readonly newPoint: () => number;
  /** Binds the name of a walrus. */
  readonly bind: (name: SyntaxNode, value: Possible, at: SyntaxNode) => void;
  /** Inside what may not run at all: the right of `and`, a branch of `a if c else b`. */
  readonly conditional: boolean;
}

/** Deeper expressions are not written by hand. */
const maxDepth = 100;

/** All that an expression can be, as far as its text says. Never runs anything; what we don't follow is dynamic. */
export function evaluate(node: SyntaxNode, context: Context, depth = 0): Possible {
  if (depth > maxDepth) return dynamicValue;
  const inner = (child: SyntaxNode | undefined, under: Context = context): Possible => (child === undefined ? dynamicValue : evaluate(child, under, depth + 1));
  const written = (): string => context.text.slice(node.from, node.to);
  switch (node.name) {
    case "Number":
      return exactly(parseNumber(written()));
    case "String":
      return written().includes(templateMark) ? template(node, context) : exactly(parseString(written()));
    case "Boolean":
      return exactly(bool(written() === "True"));
    case "None":
      return exactly(none);
    case "FormatString":
      return formatString(node, context, inner);
    case "ContinuedString":
      return combine(childrenOf(node).map((part) => inner(part)), (knowns) => lift(knowns, (parts) => join(parts)));
    case "VariableName":
      return written().includes(templateMark) ? template(node, context) : readName(written(), context);
    case "ParenthesizedExpression":
      return inner(childrenOf(node)[1]);
    case "TupleExpression":
    case "ArrayExpression":
      return sequence(childrenOf(node).slice(1, -1), node.name === "TupleExpression" ? "tuple" : "list", context, depth + 1);
    case "UnaryExpression":
      return unaryExpression(node, context, inner);
    case "BinaryExpression":
      return binaryExpression(node, context, inner);
    case "ConditionalExpression":
      return conditionalExpression(node, context, inner);
    case "NamedExpression": {
      const [name, , value] = childrenOf(node);
      const result = inner(value);
      if (name !== undefined) context.bind(name, context.conditional ? dynamicValue : result, value ?? node);
      return result;
    }
    case "MemberExpression":
      return member(node, context, inner);
    case "CallExpression":
      return call(node, context, inner);
    default:
      return dynamicValue;
  }
}

type Inner = (child: SyntaxNode | undefined, under?: Context) => Possible;

/** Items between commas, as one tuple or list. */
export function sequence(nodes: readonly SyntaxNode[], type: "tuple" | "list", context: Context, depth = 0): Possible {
  const items: Possible[] = [];
  for (const [i, item] of nodes.entries()) {
    if (item.name === ",") continue;
    if (item.name === "*" || (i > 0 && nodes[i - 1]?.name !== ",")) return dynamicValue;
    items.push(evaluate(item, context, depth));
  }
  // Thousands of items are data, not a setting.
  return items.length > 256 ? dynamicValue : combine(items, (knowns) => lift(knowns, (constants) => ({ type, items: constants })));
}

/** Whether a condition holds, where that hangs on nothing outside the file. */
export function decided(condition: Possible): boolean | undefined {
  const answers = condition.map(({ known }) => {
    if (known.kind === "object") return known.path === "typing.TYPE_CHECKING" ? false : undefined;
    return known.kind === "exact" ? truth(known.value) : undefined;
  });
  return answers.every((answer) => answer === answers[0]) ? answers[0] : undefined;
}

/** `left op right`, as in an augmented assignment. */
export function apply(op: string, left: Possible, right: Possible): Possible {
  return combine([left, right], (knowns) => {
    if (knowns.some(({ kind }) => kind === "formula")) return formulaOf(op, knowns);
    return lift(knowns, ([a, b]) => (a === undefined || b === undefined ? undefined : binary(op, a, b)));
  });
}

function readName(name: string, context: Context): Possible {
  const binding = context.scope.get(name);
  if (binding === undefined) return builtins.has(name) ? single({ kind: "object", path: `builtins.${name}` }) : dynamicValue;
  if (objectPath(binding.value) === undefined) context.trace.add(binding.origin, ...binding.via);
  const { value } = binding;
  // Python raises where the name is unset; the value itself, unchanged, tells that two names hold one object.
  return value.every(({ known }) => known.kind !== "unset") ? value : value.map(({ known, path }) => ({ known: known.kind === "unset" ? dynamicKnown : known, path }));
}

/** What a template puts here by default: a number, True or False, or part of a string. */
function template({ from, to }: SyntaxNode, { world }: Context): Possible {
  const filled = world.filledIn?.(from, to);
  const text = filled?.text.trim() ?? "";
  const value = /^['"]/.test(text) ? parseString(text) : /^(?:True|False)$/.test(text) ? bool(text === "True") : /^\d/.test(text) ? parseNumber(text) : undefined;
  return filled === undefined || value === undefined ? dynamicValue : single({ kind: "assumed", value, variable: filled.variable });
}

/** A text with a template's place in it becomes known when the template is filled in. */
function withoutTemplate(constant: Constant | undefined): Constant | undefined {
  return constant?.type === "str" && constant.value.includes(templateMark) ? undefined : constant;
}

function join(parts: readonly Constant[]): Constant | undefined {
  const texts = parts.map((part) => (part.type === "str" ? part.value : undefined));
  return texts.includes(undefined) ? undefined : str(texts.join(""));
}

function formatString(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const written = context.text.slice(node.from, node.to);
  const body = splitString(written);
  if (body === undefined || body.prefix.includes("b") || body.prefix.includes("t")) return dynamicValue;
  const raw = body.prefix.includes("r");
  const parts: Possible[] = [];
  let at = node.from + body.start;
  const literal = (to: number): void => {
    const text = unescape(context.text.slice(at, to), raw);
    parts.push(exactly(text === undefined ? undefined : withoutTemplate(str(text.replaceAll("{{", "{").replaceAll("}}", "}")))));
  };
  for (const replacement of childrenOf(node)) {
    if (replacement.name !== "FormatReplacement") continue;
    literal(replacement.from);
    at = replacement.to;
    const [, expression, after] = childrenOf(replacement);
    // Conversions, format specifications and `{x=}` are left to Python.
    if (after?.name !== "}" && !(after?.name === "FormatConversion" && context.text.slice(after.from, after.to) === "!s")) return dynamicValue;
    const value = inner(expression);
    parts.push(combine([value], (knowns) => lift(knowns, ([constant]) => {
      const text = constant === undefined ? undefined : textOf(constant);
      return text === undefined ? undefined : str(text);
    })));
  }
  literal(node.from + body.end);
  return combine(parts, (knowns) => lift(knowns, join));
}

function unaryExpression(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const [sign, operand] = childrenOf(node);
  const op = sign === undefined ? "" : context.text.slice(sign.from, sign.to);
  const value = inner(operand);
  if (op === "not") {
    return value.map(({ known, path }) => {
      const answer = decided(single(known));
      if (answer !== undefined) return { known: { kind: "exact", value: bool(!answer) }, path };
      return { known: known.kind === "assumed" ? lift([known], ([constant]) => (constant === undefined ? undefined : bool(!truth(constant)))) : dynamicOf(variableOf(known)), path };
    });
  }
  return combine([value], ([known = dynamicKnown]) => {
    if (known.kind !== "formula") return lift([known], ([constant]) => (constant === undefined ? undefined : unary(op, constant)));
    return op === "+" ? known : op === "-" ? formulaOf("-", [{ kind: "exact", value: int(0n) }, known]) : dynamicOf(known.variable);
  });
}

const comparisons: ReadonlySet<string> = new Set(["CompareOp", "in", "is", "not"]);

function binaryExpression(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const children = childrenOf(node);
  const [left] = children;
  const right = children.at(-1);
  const operator = children[1];
  if (left === undefined || right === undefined || operator === undefined) return dynamicValue;
  const op = children.slice(1, -1).map((part) => context.text.slice(part.from, part.to)).join(" ");
  const a = inner(left);
  if (op === "and" || op === "or") return logical(op, a, inner(right, { ...context, conditional: true }));
  const b = inner(right);
  if (!comparisons.has(operator.name)) return apply(op, a, b);
  // `a < b < c` is parsed as `(a < b) < c`, and means something else.
  const chained = left.name === "BinaryExpression" && comparisons.has(childrenOf(left)[1]?.name ?? "");
  if (chained) return dynamicValue;
  return combine([a, b], (knowns) => lift(knowns, ([x, y]) => {
    const answer = x === undefined || y === undefined ? undefined : compare(op, x, y);
    return answer === undefined ? undefined : bool(answer);
  }));
}

/** Each option of the left either decides, or leaves it to the right; what is not known of it does both. */
function logical(op: "and" | "or", left: Possible, right: Possible): Possible {
  const options = left.flatMap(({ known, path }): Possible => {
    const here: Possible = [{ known, path }];
    const onlyRight = (to: (known: Known) => Known): Possible => combine([here, right], ([, value = dynamicKnown]) => to(value));
    if (known.kind === "exact" || known.kind === "assumed") {
      if (truth(known.value) === (op === "or")) return here;
      return known.kind === "exact" ? onlyRight((value) => value) : onlyRight((value) => unlessSetOtherwise(value, known.variable));
    }
    // A machine has at least one CPU.
    if (known.kind === "formula" && known.formula.op === "cpus") return op === "or" ? here : onlyRight((value) => value);
    if (known.kind !== "dynamic" || known.variable === undefined || op === "and") return [{ known: dynamicOf(variableOf(known)), path }];
    const { variable } = known;
    return onlyRight((value) => unlessSetOtherwise(value, variable));
  });
  return simplify(options);
}

function unlessSetOtherwise(known: Known, variable: string): Known {
  if (known.kind === "exact") return { kind: "assumed", value: known.value, variable };
  if (known.kind === "formula") return { ...known, variable };
  return known.kind === "assumed" ? known : dynamicOf(variable);
}

function conditionalExpression(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const [yes, , condition, , no] = childrenOf(node);
  if (yes === undefined || condition === undefined || no === undefined) return dynamicValue;
  const answer = decided(inner(condition));
  if (answer !== undefined) return inner(answer ? yes : no);
  const under = { ...context, conditional: true };
  const point = context.newPoint();
  const branch = (value: Possible, choice: Omit<Choice, "point">): Possible => choose(value, { point, ...choice });
  return simplify([
    ...branch(inner(yes, under), { branch: 0, words: `if ${plainText(context.text.slice(condition.from, condition.to))}` }),
    ...branch(inner(no, under), { branch: 1, words: "else" }),
  ]);
}

/** Source text on one line, cut where it gets long. */
export function plainText(text: string): string {
  const line = text.slice(0, 400).replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function member(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const [base, access, index, close] = childrenOf(node);
  const receiver = inner(base);
  const path = objectPath(receiver);
  if (access?.name === "." && index !== undefined) {
    return path === undefined ? dynamicValue : single({ kind: "object", path: `${path}.${context.text.slice(index.from, index.to)}` });
  }
  if (close?.name !== "]") return dynamicValue;
  const key = inner(index);
  if (path === "os.environ") return fromEnvironment(key, undefined, undefined, context.world);
  return combine([receiver, key], (knowns) => lift(knowns, ([value, at]) => (value === undefined || at?.type !== "int" ? undefined : itemAt(value, at.value))));
}

function itemAt(value: Constant, at: bigint): Constant | undefined {
  const items = value.type === "str" ? Array.from(value.value, str) : value.type === "list" || value.type === "tuple" ? value.items : [];
  return items[Number(at < 0n ? at + BigInt(items.length) : at)];
}

function call(node: SyntaxNode, context: Context, inner: Inner): Possible {
  const [callee, list] = childrenOf(node);
  if (callee === undefined || list?.name !== "ArgList") return dynamicValue;
  const args = readArguments(argumentNodes(callee, list, context), context, inner);
  const [base, access, property] = callee.name === "MemberExpression" ? childrenOf(callee) : [];
  const isMethod = access?.name === "." && base !== undefined && property !== undefined;
  const receiver = isMethod ? inner(base) : undefined;
  let path: string | undefined;
  if (receiver === undefined || property === undefined) path = objectPath(inner(callee));
  else {
    const owner = objectPath(receiver);
    if (owner !== undefined) path = `${owner}.${context.text.slice(property.from, property.to)}`;
  }
  if (path !== undefined && args !== undefined) return callObject(path, args, context.world);
  if (receiver !== undefined && property !== undefined && args !== undefined && !changesReceiver(receiver)) {
    const names = [...args.named.keys()];
    return combine([receiver, ...args.positional, ...args.named.values()], (knowns) => lift(knowns, ([self, ...values]) => {
      if (self === undefined) return undefined;
      const named = new Map(names.map((name, i) => [name, values[args.positional.length + i] ?? none]));
      return callMethod(context.text.slice(property.from, property.to), self, values.slice(0, args.positional.length), named);
    }));
  }
  // Who knows what it does with the lists that it gets hold of.
  for (const name of [base, ...childrenOf(list)]) {
    if (name?.name === "VariableName") context.aliases.forget(context.text.slice(name.from, name.to), context.scope);
  }
  return dynamicValue;
}

function changesReceiver(receiver: Possible): boolean {
  return receiver.some(({ known }) => (known.kind !== "exact" && known.kind !== "assumed") || known.value.type === "list");
}

/** What a call passes; `min([a, b])` is `min(a, b)`, and knows each item by itself. */
function argumentNodes(callee: SyntaxNode, list: SyntaxNode, { text }: Context): readonly SyntaxNode[] {
  const nodes = childrenOf(list).slice(1, -1);
  const [only] = nodes;
  if (nodes.length !== 1 || (only?.name !== "ArrayExpression" && only?.name !== "TupleExpression") || !/^(?:min|max)$/.test(text.slice(callee.from, callee.to))) return nodes;
  const items = childrenOf(only).slice(1, -1);
  return items.filter(({ name }) => name !== ",").length > 1 ? items : nodes;
}

/** Undefined with `*args` or `**kwargs`. */
function readArguments(nodes: readonly SyntaxNode[], context: Context, inner: Inner): Arguments | undefined {
  const positional: Possible[] = [];
  const named = new Map<string, Possible>();
  let clear = nodes.length <= 64;
  for (let i = 0; i < nodes.length && i < 64; i += 1) {
    const node = nodes[i];
    if (node === undefined || node.name === ",") continue;
    if (node.name === "*" || node.name === "**" || node.name === "for") clear = false;
    else if (nodes[i + 1]?.name === "AssignOp") {
      named.set(context.text.slice(node.from, node.to), inner(nodes[i + 2]));
      i += 2;
    } else positional.push(inner(node));
  }
  return clear ? { positional, named } : undefined;
}
