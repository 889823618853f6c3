import type { ScopeManager } from "@typescript-eslint/scope-manager";
import type { TSESTree } from "@typescript-eslint/types";

/** What an identifier stands for. */
export type Binding =
  /** A variable with one value for good: `init`, or the member at `path` of it (destructuring), with its default. */
  | { readonly kind: "constant"; readonly init: TSESTree.Expression; readonly path: readonly string[]; readonly fallback?: TSESTree.Expression; readonly declaration: TSESTree.Node }
  /** `name` is "default", "*" or the exported name. */
  | { readonly kind: "import"; readonly module: string; readonly name: string }
  /** Declared nowhere in the file. */
  | { readonly kind: "global" }
  | { readonly kind: "other" };

export type Bindings = (identifier: TSESTree.Identifier) => Binding;

/** Resolves the identifiers of one module; `require("x")` counts as an import of `*`. */
export function bindingsOf(scopes: ScopeManager): Bindings {
  const resolved = new Map<TSESTree.Node, ReturnType<typeof variableOf>>();
  for (const scope of scopes.scopes) {
    for (const reference of scope.references) resolved.set(reference.identifier, variableOf(reference.resolved));
  }
  return (identifier) => {
    const variable = resolved.get(identifier);
    return variable === undefined ? { kind: "global" } : bindingOf(variable, identifier.name);
  };
}

type Variable = ScopeManager["scopes"][number]["variables"][number];

function variableOf(variable: Variable | null): Variable | undefined {
  return variable === null || variable.defs.length === 0 ? undefined : variable;
}

function bindingOf(variable: Variable, name: string): Binding {
  const [definition] = variable.defs;
  if (definition === undefined || variable.defs.length !== 1) return { kind: "other" };
  const node: TSESTree.Node = definition.node;
  const parent = definition.parent;
  if (parent?.type === "ImportDeclaration") {
    const module = parent.source.value;
    if (node.type === "ImportNamespaceSpecifier") return { kind: "import", module, name: "*" };
    if (node.type === "ImportDefaultSpecifier") return { kind: "import", module, name: "default" };
    if (node.type !== "ImportSpecifier") return { kind: "other" };
    return { kind: "import", module, name: node.imported.type === "Identifier" ? node.imported.name : node.imported.value };
  }
  if (node.type !== "VariableDeclarator" || node.init === null) return { kind: "other" };
  if (variable.references.filter((reference) => reference.isWrite()).length > 1) return { kind: "other" };
  const place = placeIn(node.id, name);
  if (place === undefined) return { kind: "other" };
  const module = requiredModule(node.init);
  if (module !== undefined && place.fallback === undefined && place.path.length < 2) return { kind: "import", module, name: place.path[0] ?? "*" };
  return { kind: "constant", init: node.init, ...place, declaration: node };
}

/** Where a pattern takes `name` from: `{ a: { name = 1 } }` → a.name. */
function placeIn(pattern: TSESTree.Node, name: string): { path: readonly string[]; fallback?: TSESTree.Expression } | undefined {
  if (pattern.type === "Identifier") return pattern.name === name ? { path: [] } : undefined;
  if (pattern.type !== "ObjectPattern") return undefined;
  for (const property of pattern.properties) {
    if (property.type !== "Property" || property.computed) continue;
    const key = property.key.type === "Identifier" ? property.key.name : String(property.key.value);
    const { value } = property;
    const target = value.type === "AssignmentPattern" ? value.left : value;
    if (target.type === "Identifier") {
      if (target.name !== name) continue;
      return value.type === "AssignmentPattern" ? { path: [key], fallback: value.right } : { path: [key] };
    }
    if (target.type !== "ObjectPattern" || value.type === "AssignmentPattern") continue;
    // One level is what is written: `const { env: { PORT } } = process`.
    for (const deeper of target.properties) {
      if (deeper.type !== "Property" || deeper.computed || deeper.key.type !== "Identifier") continue;
      if (deeper.value.type === "Identifier" && deeper.value.name === name) return { path: [key, deeper.key.name] };
    }
  }
  return undefined;
}

/** The module of `require("x")`, also behind an `await import("x")`. */
export function requiredModule(node: TSESTree.Node): string | undefined {
  if (node.type === "AwaitExpression") return requiredModule(node.argument);
  if (node.type === "ImportExpression") return node.source.type === "Literal" && typeof node.source.value === "string" ? node.source.value : undefined;
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier" || node.callee.name !== "require") return undefined;
  const [argument] = node.arguments;
  return argument?.type === "Literal" && typeof argument.value === "string" ? argument.value : undefined;
}
