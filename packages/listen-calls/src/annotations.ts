import type { TSESTree } from "@typescript-eslint/types";
import { invoke } from "./calls.ts";
import { agree } from "./choices.ts";
import { fromModule, typedBy } from "./modules.ts";
import { thing, through, unknown, type Context, type Thing, type TypeWithMembers } from "./thing.ts";
import { isClass, keyName, type Node } from "./tree.ts";
import type { Imported } from "./types.ts";

const MAX_DEPTH = 20;
/** Standard types that stand for their first argument. */
const WRAPPERS: ReadonlySet<string> = new Set(["Promise", "PromiseLike", "Awaited", "NonNullable", "Readonly", "Required", "Partial"]);

/** What the annotation of a name, field or parameter says that it holds; undefined where it says nothing of use. */
export function seeDeclaredType(context: Context, target: Node): Thing | undefined {
  const inner = target.type === "TSParameterProperty" ? target.parameter : target;
  const annotation = "typeAnnotation" in inner ? inner.typeAnnotation : undefined;
  return annotation?.type === "TSTypeAnnotation" ? seeType(context, annotation.typeAnnotation, 0) : undefined;
}

/** `it`, or, where nothing is known of it, what its annotation says. */
export function annotated(context: Context, target: Node, it: Thing): Thing {
  if (it.kind !== "unknown") return it;
  const said = seeDeclaredType(context, target);
  if (said === undefined) return it;
  return said.kind === "unknown" ? typed(it, said) : said;
}

/** Something unknown, with what its type says of it. */
export function typed(it: Extract<Thing, { kind: "unknown" }>, { type, members }: Extract<Thing, { kind: "unknown" }>): Thing {
  return { ...it, ...(type === undefined ? {} : { type }), ...(members === undefined ? {} : { members }) };
}

/** What the annotation of a property in an interface or a type literal says. */
export function seeMemberType(context: Context, holder: TypeWithMembers, name: string): Thing | undefined {
  const member = signatures(holder).get(name);
  if (member !== undefined) return context.bounded(undefined, () => seeDeclaredType(context, member));
  if (holder.type !== "TSInterfaceDeclaration") return undefined;
  for (const { expression } of holder.extends) {
    const parent = expression.type === "Identifier" ? (context.index.variableOf(expression)?.defs[0]?.node as Node | undefined) : undefined;
    const found = parent?.type === "TSInterfaceDeclaration" ? context.bounded(undefined, () => seeMemberType(context, parent, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const signaturesOf = new WeakMap<TypeWithMembers, ReadonlyMap<string, Node>>();

function signatures(holder: TypeWithMembers): ReadonlyMap<string, Node> {
  const known = signaturesOf.get(holder);
  if (known !== undefined) return known;
  const found = new Map<string, Node>();
  for (const member of holder.type === "TSInterfaceDeclaration" ? holder.body.body : holder.members) {
    const name = member.type === "TSPropertySignature" ? keyName(member) : undefined;
    if (name !== undefined && !found.has(name)) found.set(name, member);
  }
  signaturesOf.set(holder, found);
  return found;
}

function seeType(context: Context, type: TSESTree.TypeNode, depth: number): Thing | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (type.type) {
    case "TSTypeReference":
      return seeReference(context, type, depth);
    case "TSUnionType": {
      const members = type.types.filter((member) => member.type !== "TSNullKeyword" && member.type !== "TSUndefinedKeyword");
      const all = members.map((member) => seeType(context, member, depth + 1) ?? unknown(member));
      return all.length === 0 ? undefined : agree(all, type);
    }
    case "TSIntersectionType":
      return type.types.map((member) => seeType(context, member, depth + 1)).find((it) => it?.kind === "server");
    case "TSNumberKeyword":
      return thing({ kind: "unknown", type: "number" }, type);
    case "TSStringKeyword":
      return thing({ kind: "unknown", type: "string" }, type);
    case "TSTypeLiteral":
      return thing({ kind: "unknown", members: type }, type);
    case "TSFunctionType":
      return thing({ kind: "unknown", type: "function" }, type);
    case "TSImportType":
      return seeImportType(type);
    case "TSTypeQuery":
      return type.exprName.type === "Identifier" ? context.see(type.exprName) : undefined;
    default:
      return undefined;
  }
}

function seeReference(context: Context, type: TSESTree.TSTypeReference, depth: number): Thing | undefined {
  const [root, path] = entity(type.typeName);
  if (root === undefined) return undefined;
  const variable = context.index.variableOf(root);
  const [argument] = type.typeArguments?.params ?? [];
  if (variable === undefined) {
    if (path.length > 0 || argument === undefined) return undefined;
    if (WRAPPERS.has(root.name)) return seeType(context, argument, depth + 1);
    if (root.name !== "ReturnType") return undefined;
    const query = argument.type === "TSTypeQuery" && argument.exprName.type !== "TSImportType" ? entity(argument.exprName) : undefined;
    if (query?.[0] === undefined) return undefined;
    return invoke(context, extend(context.see(query[0]), query[1]), [], type);
  }
  const definition = variable.defs[0]?.node as Node | undefined;
  if (definition?.type === "TSTypeAliasDeclaration") return path.length === 0 ? seeType(context, definition.typeAnnotation, depth + 1) : undefined;
  if (definition?.type === "TSInterfaceDeclaration") return seeInterface(context, definition, depth);
  if (definition !== undefined && isClass(definition)) return thing({ kind: "instance", owner: { node: definition, isStatic: false } }, type);
  const it = extend(context.seeVariable(variable), path);
  return it.kind === "import" ? serverType(it.imported, type) : undefined;
}

function seeInterface(context: Context, declaration: TSESTree.TSInterfaceDeclaration, depth: number): Thing | undefined {
  for (const { expression } of declaration.extends) {
    const it = depth < MAX_DEPTH ? context.see(expression) : undefined;
    const found = it?.kind === "import" ? serverType(it.imported, declaration) : undefined;
    if (found !== undefined) return found;
  }
  return thing({ kind: "unknown", members: declaration }, declaration);
}

function serverType(imported: Imported, node: Node): Thing | undefined {
  const framework = typedBy(imported);
  return framework === undefined ? undefined : thing({ kind: "server", framework }, node);
}

function extend(it: Thing, path: readonly string[]): Thing {
  return it.kind === "import" ? { ...it, imported: { ...it.imported, path: [...it.imported.path, ...path] } } : it;
}

/** `import("http").Server` */
function seeImportType(type: TSESTree.TSImportType): Thing | undefined {
  const module = type.source.value;
  if (type.qualifier === null) return undefined;
  const [root, path] = entity(type.qualifier);
  if (root === undefined) return undefined;
  const it = fromModule({ kind: "imported", module, name: root.name, path }, type);
  const found = it.kind === "import" ? serverType(it.imported, type) : undefined;
  return found && through(type, found);
}

function entity(name: TSESTree.EntityName): readonly [TSESTree.Identifier | undefined, readonly string[]] {
  const path: string[] = [];
  let node: TSESTree.EntityName = name;
  for (; node.type === "TSQualifiedName" && path.length < MAX_DEPTH; node = node.left) path.unshift(node.right.name);
  return [node.type === "Identifier" ? node : undefined, path];
}
