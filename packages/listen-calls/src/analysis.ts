import type { TSESTree } from "@typescript-eslint/types";
import { seeBinding } from "./bindings.ts";
import { seeCall, seeNew } from "./calls.ts";
import { seeConditional, seeLogical } from "./choices.ts";
import { readMember } from "./members.ts";
import { indexModule } from "./module-index.ts";
import { moduleAsWhole } from "./modules.ts";
import { applyBinary, applyUnary } from "./operators.ts";
import type { ScopeManager, Variable } from "./scopes.ts";
import { become, combined, exact, thing, unknown, type Context, type KnownValue, type Thing } from "./thing.ts";
import { isFunction, memberName, unwrap, type Node } from "./tree.ts";
import type { Literal, PackageOf, ReceiverOf } from "./types.ts";
import { seeVariable } from "./variables.ts";

/** Deeper nesting than anybody writes; bounds the stack whatever the input. */
const MAX_DEPTH = 150;
/** Digits of a bigint beyond which it is left to run time: reading one takes more than linear time. */
const MAX_DIGITS = 100;

/**
 * Starts an analysis of one module. `see` says what an expression is; every node and variable is looked at once
 * and remembered, so that the whole costs time linear in what is asked about.
 */
export function analyse(program: TSESTree.Program, scopes: ScopeManager, text: string, receiverOf?: ReceiverOf, packageOf?: PackageOf): Context {
  const seen = new Map<Node, Thing>();
  const seenVariables = new Map<Variable, Thing>();
  let depth = 0;

  function guarded<K>(memory: Map<K, Thing>, key: K, node: Node, look: () => Thing): Thing {
    const known = memory.get(key);
    if (known !== undefined) return known;
    if (depth >= MAX_DEPTH) return unknown(node);
    // What it finds when it comes back here on a circle.
    memory.set(key, unknown(node));
    depth++;
    try {
      const found = look();
      memory.set(key, found);
      return found;
    } finally {
      depth--;
    }
  }

  const context: Context = {
    index: indexModule(program, scopes, text),
    text,
    receiverOf,
    packageOf,
    agreed: new Map(),
    owned: new Map(),
    surfaces: new Map(),
    bounded(otherwise, inner) {
      if (depth >= MAX_DEPTH) return otherwise;
      depth++;
      try {
        return inner();
      } finally {
        depth--;
      }
    },
    see(outer) {
      const node = unwrap(outer);
      return guarded(seen, node, node, () => look(context, node, outer));
    },
    seeVariable(variable) {
      const definition = variable.defs[0];
      const node = (definition?.name ?? program) as Node;
      return guarded(seenVariables, variable, node, () => seeVariable(context, variable, node));
    },
  };
  return context;
}

/**
 * `run`, or `otherwise` where the tree is not what its types say: after a parser's error recovery, say, nodes stand
 * where they can't.
 */
export function orElse<T>(otherwise: T, run: () => T): T {
  try {
    return run();
  } catch {
    return otherwise;
  }
}

function look(context: Context, node: Node, outer: Node): Thing {
  if (isFunction(node)) return thing({ kind: "function", fn: node }, node);
  switch (node.type) {
    case "Literal":
      return literal(node);
    case "TemplateLiteral":
      return template(context, node);
    case "Identifier":
      return identifier(context, node);
    case "MemberExpression": {
      const name = memberName(node) ?? computedName(context, node);
      const object = context.see(node.object);
      return name === undefined ? unknown(node) : readMember(context, object, name, node);
    }
    case "ThisExpression": {
      const owner = context.index.thisOwner(node);
      return owner === undefined ? unknown(node) : thing({ kind: "instance", owner }, node);
    }
    case "CallExpression":
      return seeCall(context, node);
    case "NewExpression":
      return seeNew(context, node);
    case "ImportExpression": {
      const module = context.see(node.source);
      const name = module.kind === "value" && module.value.kind === "exact" ? module.value.value : undefined;
      return typeof name === "string" ? moduleAsWhole(context, name, node) : unknown(node);
    }
    case "ObjectExpression":
      return thing({ kind: "object", object: node, frozen: isConst(outer) }, node);
    case "ClassExpression":
    case "ClassDeclaration":
      return thing({ kind: "class", cls: node }, node);
    case "LogicalExpression":
      return seeLogical(context, node);
    case "ConditionalExpression":
      return seeConditional(context, node);
    case "UnaryExpression":
      return unary(context, node);
    case "BinaryExpression":
      return binary(context, node);
    case "AssignmentExpression":
      return node.operator === "=" ? context.see(node.right) : seeBinding(context, node.left);
    case "SequenceExpression": {
      const last = node.expressions.at(-1);
      return last === undefined ? unknown(node) : context.see(last);
    }
    case "ArrayExpression":
    case "JSXElement":
    case "JSXFragment":
      return thing({ kind: "other" }, node);
    default:
      return unknown(node);
  }
}

function literal(node: TSESTree.Literal): Thing {
  if ("bigint" in node && typeof node.bigint === "string") {
    return node.bigint.length > MAX_DIGITS ? unknown(node) : exact(BigInt(node.bigint), node);
  }
  const { value } = node;
  if (typeof value === "object" && value !== null) return thing({ kind: "other" }, node);
  return exact(value, node);
}

function template(context: Context, node: TSESTree.TemplateLiteral): Thing {
  const parts = node.expressions.map((expression) => context.see(expression));
  let text: KnownValue | undefined = { kind: "exact", value: node.quasis[0]?.value.cooked ?? "" };
  for (const [at, part] of parts.entries()) {
    if (text === undefined || part.kind !== "value") return thing({ kind: "unknown", type: "string" }, node);
    const after: Literal = node.quasis[at + 1]?.value.cooked ?? "";
    text = applyBinary("+", text, part.value);
    text = text && applyBinary("+", text, { kind: "exact", value: after });
  }
  return text === undefined ? thing({ kind: "unknown", type: "string" }, node) : combined({ kind: "value", value: text }, node, parts);
}

function identifier(context: Context, node: TSESTree.Identifier): Thing {
  const variable = context.index.variableOf(node);
  if (variable !== undefined) return context.seeVariable(variable);
  switch (node.name) {
    case "undefined":
      return exact(undefined, node);
    case "NaN":
      return exact(Number.NaN, node);
    case "Infinity":
      return exact(Number.POSITIVE_INFINITY, node);
    default:
      return thing({ kind: "builtin", path: node.name }, node);
  }
}

function unary(context: Context, node: TSESTree.UnaryExpression): Thing {
  const inner = context.see(node.argument);
  if (inner.kind === "import" && node.operator === "+") return become(inner, inner, node);
  const value = inner.kind === "value" ? applyUnary(node.operator, inner.value) : undefined;
  // A sign or conversion leaves the literal the place to edit; anything else computes.
  if (value !== undefined && inner.kind === "value") {
    return node.operator === "+" ? become({ kind: "value", value }, inner, node) : combined({ kind: "value", value }, node, [inner]);
  }
  const variable = inner.kind === "unknown" ? inner.variable : undefined;
  const type = ["+", "-", "~"].includes(node.operator) ? ({ type: "number" } as const) : {};
  return thing({ kind: "unknown", ...type, ...(variable === undefined ? {} : { variable }) }, node);
}

const ARITHMETIC: ReadonlySet<string> = new Set(["-", "*", "/", "%", "**", "<<", ">>", ">>>", "&", "|", "^"]);

function binary(context: Context, node: TSESTree.BinaryExpression): Thing {
  if (node.left.type === "PrivateIdentifier") return unknown(node);
  const left = context.see(node.left);
  const right = context.see(node.right);
  const value = left.kind === "value" && right.kind === "value" ? applyBinary(node.operator, left.value, right.value) : undefined;
  if (value !== undefined) return combined({ kind: "value", value }, node, [left, right]);
  return thing(ARITHMETIC.has(node.operator) ? { kind: "unknown", type: "number" } : { kind: "unknown" }, node);
}

function computedName(context: Context, node: TSESTree.MemberExpression): string | undefined {
  if (!node.computed) return undefined;
  const property = context.see(node.property);
  if (property.kind !== "value" || property.value.kind !== "exact") return undefined;
  const { value } = property.value;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Directly under an `as const`. */
function isConst(outer: Node): boolean {
  for (let node = outer; "expression" in node && typeof node.expression === "object"; node = node.expression) {
    if (node.type === "TSAsExpression" && node.typeAnnotation.type === "TSTypeReference" && node.typeAnnotation.typeName.type === "Identifier" && node.typeAnnotation.typeName.name === "const") return true;
  }
  return false;
}
