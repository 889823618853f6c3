import type { TSESTree } from "@typescript-eslint/types";

export type Node = TSESTree.Node;
export type FunctionNode = TSESTree.FunctionDeclaration | TSESTree.FunctionExpression | TSESTree.ArrowFunctionExpression;
export type ClassNode = TSESTree.ClassDeclaration | TSESTree.ClassExpression;

const NOT_CHILDREN: ReadonlySet<string> = new Set(["parent", "loc", "range", "tokens", "comments", "leadingComments", "trailingComments", "innerComments", "extra", "errors"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/**
 * Properties that hold child nodes, for the commonest types: nine nodes in ten are of these, and asking an object for its
 * keys is what costs most in a walk. Source: typescript-eslint: packages/visitor-keys.
 */
const KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Identifier", ["decorators", "typeAnnotation"]],
  ["Literal", []],
  ["TemplateElement", []],
  ["ThisExpression", []],
  ["TemplateLiteral", ["quasis", "expressions"]],
  ["MemberExpression", ["object", "property"]],
  ["CallExpression", ["callee", "typeArguments", "arguments"]],
  ["NewExpression", ["callee", "typeArguments", "arguments"]],
  ["ExpressionStatement", ["expression"]],
  ["BlockStatement", ["body"]],
  ["ReturnStatement", ["argument"]],
  ["IfStatement", ["test", "consequent", "alternate"]],
  ["VariableDeclaration", ["declarations"]],
  ["VariableDeclarator", ["id", "init"]],
  ["AssignmentExpression", ["left", "right"]],
  ["BinaryExpression", ["left", "right"]],
  ["LogicalExpression", ["left", "right"]],
  ["UnaryExpression", ["argument"]],
  ["AwaitExpression", ["argument"]],
  ["ConditionalExpression", ["test", "consequent", "alternate"]],
  ["ArrayExpression", ["elements"]],
  ["ObjectExpression", ["properties"]],
  ["Property", ["key", "value"]],
  ["ArrowFunctionExpression", ["typeParameters", "params", "returnType", "body"]],
  ["FunctionExpression", ["id", "typeParameters", "params", "returnType", "body"]],
  ["FunctionDeclaration", ["id", "typeParameters", "params", "returnType", "body"]],
]);

/** Every child node, whatever parser made the tree. */
export function forEachChild(node: Node, visit: (child: Node) => void): void {
  const values = node as unknown as Readonly<Record<string, unknown>>;
  const keys = KEYS.get(node.type);
  if (keys !== undefined) {
    for (const key of keys) visitValue(values[key], visit);
    return;
  }
  for (const key in values) if (!NOT_CHILDREN.has(key)) visitValue(values[key], visit);
}

function visitValue(value: unknown, visit: (child: Node) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (isNode(item)) visit(item);
  } else if (isNode(value)) visit(value);
}

/** Start and end offset; Babel gives `start` and `end`, typescript-estree and espree `range`. */
export function offsets(node: Node): readonly [number, number] {
  const { range } = node as { range?: readonly [number, number] };
  if (range !== undefined) return range;
  // Not looked at beside `range`: ESLint's testers forbid it.
  const { start, end } = node as { start?: number; end?: number };
  return [start ?? 0, end ?? 0];
}

/** Leaves out what does not change a value: parentheses, TypeScript's casts, `?.` chains, `await`. */
export function unwrap(node: Node): Node {
  let inner = node;
  for (;;) {
    switch (inner.type) {
      case "TSAsExpression":
      case "TSTypeAssertion":
      case "TSNonNullExpression":
      case "TSSatisfiesExpression":
      case "TSInstantiationExpression":
      case "ChainExpression":
        inner = inner.expression;
        break;
      case "AwaitExpression":
        inner = inner.argument;
        break;
      default:
        // Babel keeps parentheses when asked to.
        if ((inner.type as string) !== "ParenthesizedExpression") return inner;
        inner = (inner as unknown as { expression: Node }).expression;
    }
  }
}

/** The name of a property that is known from its key alone. */
export function keyName(node: { readonly computed?: boolean; readonly key: Node }): string | undefined {
  const { key } = node;
  if (node.computed !== true && key.type === "Identifier") return key.name;
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  return key.type === "Literal" ? String(key.value) : undefined;
}

/** The name of the property that a member expression reads, where it is written out. */
export function memberName(node: TSESTree.MemberExpression): string | undefined {
  return keyName({ computed: node.computed, key: node.property });
}

export function isFunction(node: Node): node is FunctionNode {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}

export function isClass(node: Node): node is ClassNode {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}
