import type { TSESTree } from "@typescript-eslint/types";
import { annotated } from "./annotations.ts";
import { readMember } from "./members.ts";
import { asFallback, become, thing, through, unknown, type Context, type Thing } from "./thing.ts";
import { isFunction, keyName, memberName, unwrap, type Node } from "./tree.ts";

/** One step from a whole to what a pattern takes out of it. */
type Step = { readonly kind: "property"; readonly name: string; readonly node: Node } | { readonly kind: "default"; readonly node: Node } | { readonly kind: "lost" };

/** Patterns nested deeper than that are nobody's. */
const MAX_STEPS = 30;

/**
 * What a name is bound to where it stands in a declaration, an assignment or a parameter list, with
 * destructuring and default values.
 */
export function seeBinding(context: Context, name: Node): Thing {
  const steps: Step[] = [];
  let node = name;
  let source: Thing | undefined;
  while (source === undefined) {
    const parent = context.index.parentOf(node);
    if (parent === undefined || steps.length > MAX_STEPS) return unknown(name);
    switch (parent.type) {
      case "Property": {
        const key = keyName(parent);
        steps.push(key === undefined ? { kind: "lost" } : { kind: "property", name: key, node: parent });
        break;
      }
      case "AssignmentPattern":
        steps.push({ kind: "default", node: parent.right });
        break;
      case "ArrayPattern":
      case "RestElement":
        steps.push({ kind: "lost" });
        break;
      case "ObjectPattern":
      case "TSParameterProperty":
        break;
      case "VariableDeclarator":
        source = parent.init === null ? annotated(context, node, unknown(name)) : declared(context, parent, node);
        break;
      case "AssignmentExpression":
        source = assigned(context, parent);
        break;
      default:
        source = isFunction(parent) ? annotated(context, node, parameter(context, parent, node)) : unknown(name);
    }
    node = parent;
  }
  for (const step of steps.reverse()) {
    if (step.kind === "property") source = readMember(context, source, step.name, step.node);
    else if (step.kind === "default") source = withDefault(context, source, step.node);
    else source = unknown(name);
  }
  return source;
}

function declared(context: Context, declarator: TSESTree.VariableDeclarator, target: Node): Thing {
  const list = context.index.parentOf(declarator);
  const loop = list === undefined ? undefined : context.index.parentOf(list);
  if (declarator.init === null || loop?.type === "ForInStatement" || loop?.type === "ForOfStatement") return unknown(declarator);
  return through(declarator, annotated(context, target, context.see(declarator.init)));
}

function assigned(context: Context, node: TSESTree.AssignmentExpression): Thing {
  if (node.operator === "=") return through(node, context.see(node.right));
  if (node.operator !== "??=" && node.operator !== "||=") return unknown(node);
  // `server ??= createServer()`: a literal may come from what it held before.
  const right = context.see(node.right);
  return right.kind === "value" || right.kind === "import" ? unknown(node) : right;
}

/** A parameter: known where the function is given to `.then()` of a server, or to `new Promise()`. */
function parameter(context: Context, fn: Node, param: Node): Thing {
  const call = context.index.parentOf(fn);
  if (call?.type === "NewExpression" && call.arguments[0] === fn) {
    const made = context.see(call.callee);
    if (made.kind === "builtin" && made.path === "Promise") return thing({ kind: "unknown", type: "function" }, param);
  }
  if ((fn.type === "ArrowFunctionExpression" || fn.type === "FunctionExpression") && fn.params[0] === param) {
    if (call?.type === "CallExpression" && call.arguments[0] === fn) {
      const callee = unwrap(call.callee);
      if (callee.type === "MemberExpression" && memberName(callee) === "then") {
        const awaited = context.see(callee.object);
        if (awaited.kind === "server") return awaited;
      }
    }
  }
  return unknown(param);
}

/** A value, or the default that stands beside it in a pattern or parameter list. */
function withDefault(context: Context, it: Thing, fallback: Node): Thing {
  if (it.kind === "value") {
    const { value } = it;
    if (value.kind === "exact" && value.value === undefined) return through(fallback, context.see(fallback));
    return it;
  }
  if (it.kind !== "unknown" && it.kind !== "builtin") return it;
  // A declared type of a parameter says what the default must be as well; the default says more.
  const other = context.see(fallback);
  if (other.kind === "unknown") return it;
  const made = asFallback(other, it.kind === "unknown" ? it.variable : undefined);
  return made.kind === "value" || made.kind === "import" ? become(made, made, made.whole) : made;
}
