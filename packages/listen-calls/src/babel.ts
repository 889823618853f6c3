import type { TSESTree } from "@typescript-eslint/types";
import { forEachChild, type Node } from "./tree.ts";

type Loose = Record<string, unknown> & { type: string };

/**
 * Brings the `program` of a tree made by @babel/parser 7 (plugins `["estree", { classFeatures: true }]`, typescript, jsx) into the shape of
 * typescript-estree, in place, where the two differ in what scope analysis and this package read: types
 * mostly. Call it before scope analysis. Source: babel: packages/babel-parser/ast/spec.md, against
 * typescript-eslint: packages/ast-spec.
 */
export function normaliseBabel(program: object): TSESTree.Program {
  const root = program as TSESTree.Program;
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const loose = node as unknown as Loose;
    normalise(loose);
    loose["range"] ??= [loose["start"], loose["end"]];
    forEachChild(node, (child) => stack.push(child));
  }
  return root;
}

const SIGNATURES: ReadonlySet<string> = new Set(["TSFunctionType", "TSConstructorType", "TSCallSignatureDeclaration", "TSConstructSignatureDeclaration", "TSMethodSignature"]);
const WITH_ARGUMENTS: ReadonlySet<string> = new Set(["TSTypeReference", "TSImportType", "TSTypeQuery", "TSExpressionWithTypeArguments", "TSInstantiationExpression", "CallExpression", "NewExpression", "TaggedTemplateExpression", "JSXOpeningElement"]);

/** Where typescript-estree always has a list of decorators; without its typescript plugin Babel leaves it out. */
const DECORATED: ReadonlySet<string> = new Set([
  ...["Identifier", "ObjectPattern", "ArrayPattern", "AssignmentPattern", "RestElement", "TSParameterProperty"],
  ...["ClassDeclaration", "ClassExpression", "MethodDefinition", "PropertyDefinition", "AccessorProperty", "ClassAccessorProperty"],
]);

function normalise(node: Loose): void {
  if (DECORATED.has(node.type)) node["decorators"] ??= [];
  if (SIGNATURES.has(node.type)) {
    rename(node, "parameters", "params");
    rename(node, "typeAnnotation", "returnType");
    node["params"] ??= [];
    return;
  }
  if (WITH_ARGUMENTS.has(node.type)) rename(node, "typeParameters", "typeArguments");
  switch (node.type) {
    case "TSImportType":
      node["source"] ??= node["argument"];
      node["qualifier"] ??= null;
      delete node["argument"];
      break;
    case "TSEnumDeclaration":
      node["body"] ??= { ...place(node), type: "TSEnumBody", members: node["members"] };
      delete node["members"];
      break;
    case "TSInterfaceDeclaration":
      node["extends"] ??= [];
      break;
    case "TSTypeParameter":
      if (typeof node["name"] === "string") node["name"] = { ...place(node), type: "Identifier", name: node["name"] };
      break;
    case "TSMappedType":
      mappedType(node);
      break;
    case "ClassDeclaration":
    case "ClassExpression":
      rename(node, "superTypeParameters", "superTypeArguments");
      node["implements"] ??= [];
      break;
    case "ClassAccessorProperty":
      node.type = "AccessorProperty";
      break;
    case "ParenthesizedExpression":
    case "TSParenthesizedType":
      unwrapInto(node);
      break;
    default:
  }
}

function rename(node: Loose, from: string, to: string): void {
  if (!(from in node)) return;
  node[to] ??= node[from];
  // A generated copy of the same property would be walked twice.
  Reflect.deleteProperty(node, from);
}

function mappedType(node: Loose): void {
  const parameter = node["typeParameter"] as Loose | undefined;
  if (parameter === undefined) return;
  const { name } = parameter;
  node["key"] = typeof name === "string" ? { ...place(parameter), type: "Identifier", name } : name;
  node["constraint"] = parameter["constraint"];
  delete node["typeParameter"];
}

/** Parentheses become what is in them. */
function unwrapInto(node: Loose): void {
  const inner = node[node.type === "ParenthesizedExpression" ? "expression" : "typeAnnotation"] as Loose | undefined;
  if (inner === undefined) return;
  delete node["expression"];
  delete node["typeAnnotation"];
  Object.assign(node, inner);
  normalise(node);
}

/** Nodes made here stand where their owner stands. */
function place(node: Loose): Record<string, unknown> {
  const { start, end, loc, range } = node;
  return { start, end, loc, range };
}
