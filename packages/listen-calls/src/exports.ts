import type { TSESTree } from "@typescript-eslint/types";
import { analyse, orElse } from "./analysis.ts";
import { asServer, returned } from "./calls.ts";
import { namesOf } from "./instances.ts";
import { readMember, surface } from "./members.ts";
import { resolved } from "./resolved.ts";
import type { ScopeManager } from "./scopes.ts";
import { thing, through, type Context, type Thing } from "./thing.ts";
import { memberName, unwrap, type Node } from "./tree.ts";
import type { Exported, Imported } from "./types.ts";

/** Objects nested deeper than that hold nobody's backlog. */
const MAX_DEPTH = 8;
/** Properties of one module that are looked at, nested ones included. */
const MAX_MEMBERS = 2000;

/**
 * What a module exports, by name: "default", the names of ES modules and of `exports.x`; `module.exports = …` and
 * `export =` count as "default". What is itself imported comes back as `imported`. `export * from` stands
 * under names that begin with "*", each the module as a whole. Names of which nothing is known are left out.
 */
export function resolveExports(program: TSESTree.Program, scopes: ScopeManager, text: string): ReadonlyMap<string, Exported> {
  return exportsIn(analyse(program, scopes, text), program);
}

/** `resolveExports` within an analysis that serves other questions too. */
export function exportsIn(context: Context, program: TSESTree.Program): ReadonlyMap<string, Exported> {
  const found = new Map<string, Exported>();
  const budget: Budget = { left: MAX_MEMBERS, classes: new Map(), instances: new Map() };
  const add = (name: string, it: Thing): void => {
    const exported = toExported(context, it, budget, 0);
    if (exported !== undefined) found.set(name, exported);
  };
  for (const statement of program.body) {
    orElse(undefined, () => {
      fromStatement(context, statement, add);
      for (const [name, value] of commonJs(context, statement)) add(name, context.see(value));
    });
  }
  return found;
}

interface Budget {
  left: number;
  /** What classes and their instances give; undefined while one is looked at. */
  readonly classes: Map<Node, Exported | undefined>;
  readonly instances: Map<Node, Exported | undefined>;
}

type Add = (name: string, it: Thing) => void;

function fromStatement(context: Context, statement: TSESTree.ProgramStatement, add: Add): void {
  switch (statement.type) {
    case "ExportDefaultDeclaration":
      add("default", context.see(statement.declaration));
      break;
    case "ExportAllDeclaration": {
      const whole: Imported = { kind: "imported", module: statement.source.value, name: "*", path: [] };
      const name = statement.exported === null ? `*${statement.source.value}` : moduleName(statement.exported);
      if (name !== undefined) add(name, thing({ kind: "import", imported: whole }, statement));
      break;
    }
    case "ExportNamedDeclaration":
      named(context, statement, add);
      break;
    case "TSExportAssignment":
      add("default", context.see(statement.expression));
      break;
    default:
  }
}

function named(context: Context, statement: TSESTree.ExportNamedDeclaration, add: Add): void {
  for (const specifier of statement.specifiers) {
    const local = moduleName(specifier.local);
    const exported = moduleName(specifier.exported);
    if (local === undefined || exported === undefined) continue;
    if (statement.source !== null) add(exported, through(specifier, thing({ kind: "import", imported: { kind: "imported", module: statement.source.value, name: local, path: [] } }, specifier)));
    else add(exported, context.see(specifier.local));
  }
  const { declaration } = statement;
  if (declaration === null) return;
  if (declaration.type === "VariableDeclaration") {
    for (const declarator of declaration.declarations) for (const name of namesIn(declarator.id)) add(name.name, context.see(name));
  } else if ("id" in declaration && declaration.id?.type === "Identifier") {
    // Babel marks `export import x = require()` on the declaration itself; both give a name.
    add(declaration.id.name, context.see(declaration.id));
  }
}

function moduleName(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** The names that a pattern declares. */
function namesIn(pattern: Node): readonly TSESTree.Identifier[] {
  const names: TSESTree.Identifier[] = [];
  const stack: (Node | null)[] = [pattern];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    switch (node?.type) {
      case "Identifier":
        names.push(node);
        break;
      case "ObjectPattern":
        for (const property of node.properties) stack.push(property.type === "Property" ? property.value : property.argument);
        break;
      case "ArrayPattern":
        stack.push(...node.elements);
        break;
      case "AssignmentPattern":
        stack.push(node.left);
        break;
      case "RestElement":
        stack.push(node.argument);
        break;
      default:
    }
  }
  return names;
}

/** A top-level `module.exports = value`, `module.exports.name = value`, `exports.name = value`; chains of them share the value. */
function commonJs(context: Context, statement: TSESTree.ProgramStatement): readonly (readonly [string, Node])[] {
  const found: [string, Node][] = [];
  const first = statement.type === "ExpressionStatement" ? statement.expression : statement.type === "VariableDeclaration" ? statement.declarations[0].init : undefined;
  let node: Node | undefined = first ?? undefined;
  for (let links = 0; node?.type === "AssignmentExpression" && links < MAX_LINKS; node = node.right, links++) {
    const name = exportName(context, node.left);
    if (name !== undefined && node.operator === "=") found.push([name, lastRight(node)]);
  }
  return found;
}

/** `a = b = c = value`, longer than anybody writes it. */
const MAX_LINKS = 20;

function lastRight(node: TSESTree.AssignmentExpression): Node {
  let right: Node = node;
  while (right.type === "AssignmentExpression") right = unwrap(right.right);
  return right;
}

function exportName(context: Context, target: Node): string | undefined {
  if (target.type !== "MemberExpression") return undefined;
  const name = memberName(target);
  const object = context.see(target.object);
  if (name === undefined || object.kind !== "builtin") return undefined;
  if (object.path === "module" && name === "exports") return "default";
  return object.path === "exports" || object.path === "module.exports" ? name : undefined;
}

function toExported(context: Context, it: Thing, budget: Budget, depth: number): Exported | undefined {
  if (depth > MAX_DEPTH || budget.left-- <= 0) return undefined;
  const server = asServer(context, it);
  if (server !== undefined) return { kind: "server", framework: server.framework };
  switch (it.kind) {
    case "value":
    case "import":
      return { kind: "value", resolved: resolved(context, it) };
    case "unknown":
      return { kind: "value", resolved: resolved(context, it) };
    case "function":
      return { kind: "function", returns: toExported(context, returned(context, it.fn, true, it.node), budget, depth + 1) };
    case "object": {
      const { names, open } = surface(context, it.object);
      return { kind: "object", members: membersOf(context, it, names, budget, depth), open, node: it.object };
    }
    case "enum":
      return { kind: "object", members: membersOf(context, it, it.declaration.body.members.flatMap(({ id }) => moduleName(id) ?? []), budget, depth), open: false, node: it.declaration };
    case "class":
      return once(budget.classes, it.cls, () => {
        const instance = thing({ kind: "instance", owner: { node: it.cls, isStatic: false } }, it.cls);
        return {
          kind: "class",
          members: membersOf(context, it, namesOf(context, { node: it.cls, isStatic: true }), budget, depth),
          instance: toExported(context, instance, budget, depth + 1),
        };
      });
    case "instance":
      return once(budget.instances, it.owner.node, () => ({ kind: "object", members: membersOf(context, it, namesOf(context, it.owner), budget, depth), open: true, node: it.owner.node }));
    case "builtin":
    case "other":
      return undefined;
    case "server":
      return { kind: "server", framework: it.framework };
  }
}

/** Looks at each class once, whoever holds it; one that holds itself ends there. */
function once(known: Map<Node, Exported | undefined>, node: Node, look: () => Exported): Exported | undefined {
  if (known.has(node)) return known.get(node);
  known.set(node, undefined);
  const found = look();
  known.set(node, found);
  return found;
}

function membersOf(context: Context, it: Thing, names: Iterable<string>, budget: Budget, depth: number): ReadonlyMap<string, Exported> {
  const members = new Map<string, Exported>();
  for (const name of names) {
    const member = toExported(context, readMember(context, it, name, it.node), budget, depth + 1);
    if (member !== undefined) members.set(name, member);
  }
  return members;
}
