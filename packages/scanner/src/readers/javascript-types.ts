import type { TSESTree } from "@typescript-eslint/types";

/** A node whose shape is not known yet. */
type Raw = Record<string, unknown> & { type: string };

function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Statements and class members that declare types only: they come to nothing at run time. */
const erased = new Set([
  "TSInterfaceDeclaration", "TSTypeAliasDeclaration", "TSDeclareFunction", "TSDeclareMethod", "TSIndexSignature", "TSNamespaceExportDeclaration",
  "TypeAlias", "OpaqueType", "InterfaceDeclaration", "DeclareVariable", "DeclareFunction", "DeclareClass", "DeclareModule", "DeclareModuleExports",
  "DeclareTypeAlias", "DeclareOpaqueType", "DeclareInterface", "DeclareExportDeclaration", "DeclareExportAllDeclaration", "DeclaredPredicate",
  "TSEmptyBodyFunctionExpression", "TSAbstractMethodDefinition", "TSAbstractPropertyDefinition",
]);

/** Properties that hold nothing but types, in places where nobody asks which. */
const typeOnly = ["typeParameters", "superTypeParameters", "superTypeArguments", "implements", "mixins", "predicate", "variance"];

/** Properties of the parser's own that would only cost time below. */
const skipped = new Set(["loc", "range", "extra", "start", "end", "tokens", "comments", "errors", "parent"]);

/**
 * Brings a Babel tree (estree plugin) into the shape of typescript-estree, in place and whatever the dialect, by leaving
 * out types. Only the names of types are kept that say what a value is (`app: FastifyInstance`). Iterative.
 */
export function withoutTypes(program: TSESTree.Program): void {
  const pending: Raw[] = [program as unknown as Raw];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    reshape(node);
    for (const key of Object.keys(node)) {
      if (skipped.has(key)) continue;
      const child = node[key];
      if (Array.isArray(child)) {
        const kept = child.filter((item) => !isErased(item));
        if (kept.length !== child.length) node[key] = kept;
        for (const [index, item] of kept.entries()) {
          if (!isRaw(item)) continue;
          const plain = withoutCast(item);
          kept[index] = plain;
          pending.push(plain);
        }
        node[key] = kept;
      } else if (isRaw(child)) {
        const plain = withoutCast(child);
        node[key] = plain;
        pending.push(plain);
      }
    }
  }
}

function isErased(item: unknown): boolean {
  if (!isRaw(item)) return false;
  if (erased.has(item.type)) return true;
  if (item.type === "ExportNamedDeclaration" || item.type === "ExportDefaultDeclaration") return isErased(item["declaration"]);
  // Overload signatures and abstract methods.
  if (item.type === "MethodDefinition") return isErased(item["value"]) || (isRaw(item["value"]) && item["value"]["body"] === undefined);
  return false;
}

/** Flow's `(x: T)`. */
function withoutCast(node: Raw): Raw {
  let inner = node;
  while (inner.type === "TypeCastExpression" && isRaw(inner["expression"])) inner = inner["expression"];
  return inner;
}

function reshape(node: Raw): void {
  for (const key of typeOnly) if (key in node) Reflect.deleteProperty(node, key);
  if ("typeArguments" in node && node.type !== "TSTypeReference") Reflect.deleteProperty(node, "typeArguments");
  for (const key of ["typeAnnotation", "returnType"]) {
    const annotation = node[key];
    if (!isRaw(annotation)) continue;
    if (annotation.type === "TypeAnnotation") Reflect.deleteProperty(node, key);
    else if (annotation.type === "TSTypeAnnotation") annotation["typeAnnotation"] = plainType(annotation["typeAnnotation"], 0);
    else if (node.type !== "TSTypeAnnotation") node[key] = plainType(annotation, 0);
  }
  withDecorators(node);
  if (node.type === "TSEnumDeclaration" && node["body"] === undefined) {
    node["body"] = { type: "TSEnumBody", members: node["members"], range: node["range"], loc: node["loc"] };
    Reflect.deleteProperty(node, "members");
  }
  if (node.type === "ClassAccessorProperty") node.type = "AccessorProperty";
}

/** Where typescript-estree always has a list of decorators, and scope analysis counts on it. */
function withDecorators(node: Raw): void {
  switch (node.type) {
    case "ClassDeclaration":
    case "ClassExpression":
      node["implements"] = [];
      node["decorators"] ??= [];
      break;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "AccessorProperty":
    case "ClassAccessorProperty":
    case "TSParameterProperty":
      node["decorators"] ??= [];
      break;
    default: {
      const params = node["params"];
      if (Array.isArray(params)) for (const param of params) if (isRaw(param)) param["decorators"] ??= [];
    }
  }
}

/** A type's names; everything else is `any`. */
function plainType(type: unknown, depth: number): unknown {
  if (!isRaw(type)) return undefined;
  const place = { range: type["range"], loc: type["loc"] };
  if (type.type === "TSTypeReference" && depth < 20) {
    const given = type["typeArguments"] ?? type["typeParameters"];
    const params = isRaw(given) && Array.isArray(given["params"]) ? given["params"].map((param) => plainType(param, depth + 1)) : [];
    const typeArguments = params.length === 0 ? undefined : { type: "TSTypeParameterInstantiation", params, ...place };
    return { type: "TSTypeReference", typeName: type["typeName"], typeArguments, ...place };
  }
  if (type.type === "TSUnionType" && depth < 20 && Array.isArray(type["types"])) {
    return { type: "TSUnionType", types: type["types"].map((part) => plainType(part, depth + 1)), ...place };
  }
  return { type: "TSAnyKeyword", ...place };
}
