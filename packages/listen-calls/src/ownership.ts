import type { TSESTree } from "@typescript-eslint/types";
import { propertyNamed } from "./members.ts";
import type { Variable } from "./scopes.ts";
import type { Context } from "./thing.ts";
import { memberName, unwrap, type Node } from "./tree.ts";

/**
 * Whether every use of an object's variable only reads from it, so that its literal still says what it holds.
 * Exporting it counts as reading; giving it to a function does not, but for those known to leave it alone.
 */
export function isOwned(context: Context, variable: Variable): boolean {
  const known = context.owned.get(variable);
  if (known !== undefined) return known;
  const owned = context.index.referencesTo(variable).every((reference) => reference.isWrite() || onlyReads(context, reference.identifier as Node, variable));
  context.owned.set(variable, owned);
  return owned;
}

function onlyReads(context: Context, identifier: Node, variable: Variable): boolean {
  const literal = objectOf(variable.defs[0]?.node as Node | undefined);
  let part: Node | undefined = literal;
  let node = identifier;
  for (;;) {
    const parent = context.index.parentOf(node);
    if (parent === undefined) return false;
    if (parent.type === "MemberExpression" && parent.object === node) {
      part = part && partNamed(part, memberName(parent));
      // What is read is no object of ours: whatever happens to it does not change this one, unless it is written or called.
      node = parent;
      continue;
    }
    if (unwrap(parent) !== parent) {
      node = parent;
      continue;
    }
    // `variable.name = value` is kept track of by name.
    if (parent.type === "AssignmentExpression" && parent.left === node && parent.operator === "=" && node.type === "MemberExpression" && node.object === identifier && memberName(node) !== undefined) return true;
    return node !== identifier && part === undefined ? !isWrittenOrCalled(parent, node) : leavesAlone(context, parent, node);
  }
}

function objectOf(node: Node | undefined): Node | undefined {
  if (node?.type !== "VariableDeclarator" || node.init === null) return undefined;
  return unwrap(node.init);
}

/** The object literal that stands at a property; undefined for anything else there. */
function partNamed(object: Node, name: string | undefined): Node | undefined {
  if (object.type !== "ObjectExpression" || name === undefined) return undefined;
  const found = propertyNamed(object, name);
  const value = found && unwrap(found);
  return value?.type === "ObjectExpression" ? value : undefined;
}

function isWrittenOrCalled(parent: Node, node: Node): boolean {
  switch (parent.type) {
    case "AssignmentExpression":
      return parent.left === node;
    case "UpdateExpression":
      return true;
    case "UnaryExpression":
      return parent.operator === "delete";
    case "CallExpression":
      return parent.callee === node;
    case "ArrayPattern":
    case "RestElement":
    case "AssignmentPattern":
    case "ForInStatement":
    case "ForOfStatement":
      return true;
    default:
      return false;
  }
}

/** Whether an object that stands there whole is only read. */
function leavesAlone(context: Context, parent: Node, node: Node): boolean {
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.init === node && parent.id.type === "ObjectPattern";
    case "SpreadElement":
      return context.index.parentOf(parent)?.type === "ObjectExpression";
    case "CallExpression":
    case "NewExpression":
      return parent.callee !== node && isHarmless(parent);
    case "AssignmentExpression":
      return parent.right === node && isExports(parent.left);
    case "Property": {
      const object = context.index.parentOf(parent);
      const assignment = object && context.index.parentOf(object);
      return assignment?.type === "AssignmentExpression" && isExports(assignment.left);
    }
    case "ExportSpecifier":
    case "ExportDefaultDeclaration":
    case "TSExportAssignment":
    case "TSTypeQuery":
    case "TSQualifiedName":
    case "ExpressionStatement":
    case "IfStatement":
    case "UnaryExpression":
      return true;
    default:
      return false;
  }
}

function isExports(target: Node): boolean {
  if (target.type !== "MemberExpression") return false;
  const { object } = target;
  if (object.type === "Identifier") return object.name === "exports" || (object.name === "module" && memberName(target) === "exports");
  return isExports(object);
}

const HARMLESS_OBJECTS: ReadonlySet<string> = new Set(["console", "JSON", "Object"]);
const HARMLESS_NAMES: ReadonlySet<string> = new Set(["listen", "serve", "WebSocketServer", "Server", "freeze"]);

/** net.Server#listen and the listening constructors read their options; so do console, JSON and Object but for assign(). */
function isHarmless(call: TSESTree.CallExpression | TSESTree.NewExpression): boolean {
  const callee = unwrap(call.callee);
  if (callee.type === "Identifier") return HARMLESS_NAMES.has(callee.name);
  if (callee.type !== "MemberExpression") return false;
  const name = memberName(callee);
  if (name === undefined) return false;
  if (callee.object.type === "Identifier" && HARMLESS_OBJECTS.has(callee.object.name)) return !["assign", "defineProperty", "defineProperties", "setPrototypeOf"].includes(name);
  return HARMLESS_NAMES.has(name);
}
