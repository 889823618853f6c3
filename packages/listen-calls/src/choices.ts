import type { TSESTree } from "@typescript-eslint/types";
import { oneOf, optionsOf, truth } from "./operators.ts";
import { FRAMEWORKS } from "./receiver-frameworks.ts";
import { asFallback, become, combined, isNullish, sameValue, unknown, type Context, type Option, type Thing } from "./thing.ts";
import { memberName, offsets, unwrap, type Node } from "./tree.ts";

/** `a || b`, `a ?? b`, `a && b`. */
export function seeLogical(context: Context, node: TSESTree.LogicalExpression): Thing {
  const left = context.see(node.left);
  const right = context.see(node.right);
  if (node.operator === "&&") {
    // A server or nothing; a literal only where the left side is known.
    if (left.kind === "value") return truth(left.value) === true ? right : truth(left.value) === false ? left : unknown(node);
    return right.kind === "value" ? unknown(node) : right;
  }
  const passes = (value: Option["value"]): boolean | undefined => {
    if (value.kind !== "exact" && value.kind !== "assumed") return undefined;
    return node.operator === "||" ? Boolean(value.value) : value.value !== null && value.value !== undefined;
  };
  switch (left.kind) {
    case "value": {
      const { value } = left;
      if (value.kind === "oneOf") {
        const options = value.options.flatMap((option) => (passes(option.value) === false ? optionsOf(valueOf(right), option.when) : [option]));
        const joined = oneOf(options);
        return joined === undefined ? unknown(node) : combined({ kind: "value", value: joined }, node, [left, right]);
      }
      if (passes(value) !== false) return left;
      // An assumed value may be another one.
      return whole(value.kind === "assumed" ? asFallback(right, value.variable) : right, node);
    }
    case "unknown":
    case "import":
    case "builtin": {
      const variable = left.kind === "unknown" ? left.variable : undefined;
      if (right.kind === "unknown") return variable === undefined ? right : { ...right, variable };
      return whole(asFallback(right, variable), node);
    }
    default:
      return left;
  }
}

/** Literals are shown with the whole expression that they are a fallback in. */
function whole(it: Thing, node: Node): Thing {
  return it.kind === "value" || it.kind === "import" ? become(it, it, node) : it;
}

function valueOf(it: Thing): Extract<Thing, { kind: "value" }>["value"] | undefined {
  return it.kind === "value" ? it.value : undefined;
}

/** `test ? a : b` */
export function seeConditional(context: Context, node: TSESTree.ConditionalExpression): Thing {
  const yes = context.see(node.consequent);
  const no = context.see(node.alternate);
  const test = context.see(node.test);
  const known = test.kind === "value" ? truth(test.value) : undefined;
  if (known !== undefined) return known ? yes : no;

  const variable = testedVariable(context, node.test, 0);
  if (variable !== undefined) {
    if (yes.kind === "unknown" && yes.variable === variable) return whole(asFallback(no, variable), node);
    if (no.kind === "unknown" && no.variable === variable) return whole(asFallback(yes, variable), node);
  }
  // Options are for literals, or a literal and what is known only at run time.
  const choices = [yes, no].every((it) => it.kind === "value" || it.kind === "unknown" || it.kind === "import");
  if (!choices || (yes.kind !== "value" && no.kind !== "value")) return agree([yes, no], node);
  const [start, end] = offsets(node.test);
  const options = [...optionsOf(valueOf(yes), context.text.slice(start, end)), ...optionsOf(valueOf(no), "else")];
  const joined = oneOf(options);
  return joined === undefined ? unknown(node) : combined({ kind: "value", value: joined }, node, [yes, no]);
}

/** The one environment variable that a condition asks for: `process.env.X`, `process.env.X !== undefined`, `"X" in process.env`. */
function testedVariable(context: Context, test: Node, depth: number): string | undefined {
  if (depth > 20) return undefined;
  const node = unwrap(test);
  switch (node.type) {
    case "UnaryExpression":
      return testedVariable(context, node.argument, depth + 1);
    case "LogicalExpression":
      return testedVariable(context, node.left, depth + 1) ?? testedVariable(context, node.right, depth + 1);
    case "CallExpression":
      return node.arguments[0] === undefined ? undefined : testedVariable(context, node.arguments[0], depth + 1);
    case "BinaryExpression": {
      if (node.operator === "in") {
        const name = node.left.type === "Literal" ? node.left.value : undefined;
        const object = context.see(node.right);
        return typeof name === "string" && object.kind === "builtin" && object.path === "process.env" ? name : undefined;
      }
      return testedVariable(context, node.left, depth + 1) ?? testedVariable(context, node.right, depth + 1);
    }
    case "MemberExpression":
      // `process.env.X.length`
      if (memberName(node) === "length") return testedVariable(context, node.object, depth + 1);
      break;
    default:
  }
  const it = context.see(node);
  return it.kind === "unknown" ? it.variable : undefined;
}

/** What something is that may be any of several things: what they agree on. Nothing (`null`, `undefined`) does not count beside a server. */
export function agree(all: readonly Thing[], node: Node): Thing {
  const some = all.filter((it) => !isNullish(it));
  const [first] = some;
  if (first === undefined) return all[0] ?? unknown(node);
  const rest = some.slice(1);
  if (first.kind === "server") {
    const style = FRAMEWORKS.get(first.framework)?.style;
    return rest.every((it) => it.kind === "server" && FRAMEWORKS.get(it.framework)?.style === style) ? first : unknown(node);
  }
  if (first.kind === "other") return rest.every((it) => it.kind === "other") ? first : unknown(node);
  if (first.kind === "value") {
    return some.length === all.length && rest.every((it) => it.kind === "value" && sameValue(it.value, first.value)) ? first : unknown(node);
  }
  return rest.length === 0 ? first : unknown(node);
}
