import { seeDeclaredType, typed } from "./annotations.ts";
import { seeBinding } from "./bindings.ts";
import { agree } from "./choices.ts";
import { enumMember } from "./members.ts";
import type { Definition, Reference, Variable } from "./scopes.ts";
import { thing, unknown, type Context, type Thing } from "./thing.ts";
import { isClass, type Node } from "./tree.ts";
import { importOf } from "./modules.ts";

/** What a variable holds: from its declaration and from every assignment to it, which must agree. */
export function seeVariable(context: Context, variable: Variable, node: Node): Thing {
  // Overloads and merged declarations add definitions without a value.
  const definitions = variable.defs.filter(({ node: at }) => !["TSDeclareFunction", "TSEmptyBodyFunctionExpression"].includes((at as Node).type));
  const [definition] = definitions;
  if (definition === undefined) return unknown(node);
  const writes = context.index.writesTo(variable);
  switch (definition.type) {
    case "ImportBinding":
      return importOf(context, definition.node as Node, node);
    case "FunctionName":
      return definitions.length === 1 && writes.length === 0 ? context.see(definition.node as Node) : unknown(node);
    case "ClassName": {
      const at = definition.node as Node;
      return writes.length === 0 && isClass(at) ? thing({ kind: "class", cls: at }, at) : unknown(node);
    }
    case "TSEnumName": {
      const at = definition.node as Node;
      return definitions.length === 1 && at.type === "TSEnumDeclaration" ? thing({ kind: "enum", declaration: at }, at) : unknown(node);
    }
    case "TSEnumMemberName":
      return enumMember(context, definition.node as Node, node);
    case "Variable":
    case "Parameter":
      return seeWritten(context, variable, definition, writes, node);
    default:
      return unknown(node);
  }
}

function seeWritten(context: Context, variable: Variable, definition: Definition, writes: readonly Reference[], node: Node): Thing {
  const declaredType = seeDeclaredType(context, definition.name as Node);
  if (declaredType?.kind === "server") return declaredType;

  // A default inside a pattern is a write of its own to the same name.
  const places = new Set<Node>(writes.map(({ identifier }) => identifier as Node));
  if (definition.type === "Parameter") places.add(definition.name as Node);
  if (places.size === 0) return declaredType ?? unknown(node);
  const first = [...places][0];
  const all = [...places].map((place) => seeBinding(context, place));
  // `if (!server) server = createServer()`: what was given in its place is one, too.
  const given = definition.type === "Parameter" ? all.findIndex((it, at) => it.kind === "unknown" && [...places][at] === definition.name) : -1;
  const others = all.filter((_, at) => at !== given);
  const found = agree(others.length > 0 && others.every(({ kind }) => kind === "server") ? others : all, node);
  if (found.kind === "unknown" && declaredType !== undefined) return declaredType.kind === "unknown" ? typed(found, declaredType) : declaredType;
  // Assigned once, but not where it is declared: a literal only if nothing can come between.
  if (found.kind === "value" && first !== definition.name && !isBeside(context, definition, first && context.index.parentOf(first))) return unknown(node);
  return found.kind === "object" && found.variable === undefined ? { ...found, variable } : found;
}

/** Whether an assignment stands in the same block as a declaration, so that it always runs after it. */
export function isBeside(context: Context, definition: Definition | undefined, assignment: Node | undefined): boolean {
  if (definition === undefined) return false;
  const { index } = context;
  const statement = assignment?.type === "AssignmentExpression" ? index.parentOf(assignment) : undefined;
  const declaration = index.parentOf(definition.node as Node);
  return statement?.type === "ExpressionStatement" && declaration !== undefined && index.parentOf(statement) === index.parentOf(declaration);
}
