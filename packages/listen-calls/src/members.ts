import type { TSESTree } from "@typescript-eslint/types";
import { seeMemberType } from "./annotations.ts";
import { agree } from "./choices.ts";
import { isOwned } from "./ownership.ts";
import { readInstance } from "./instances.ts";
import { fromModule } from "./modules.ts";
import { applyBinary } from "./operators.ts";
import { FRAMEWORKS } from "./receiver-frameworks.ts";
import { asFallback, become, exact, thing, through, unknown, type Context, type Surface, type Thing } from "./thing.ts";
import { keyName, type Node } from "./tree.ts";
import { isBeside } from "./variables.ts";
import { seeAll } from "./writes.ts";

/** What reading a property of something gives. */
export function readMember(context: Context, object: Thing, name: string, node: Node): Thing {
  switch (object.kind) {
    case "builtin":
      return readBuiltin(context, object.path, name, node);
    case "import":
      if (object.imported.called === true) {
        const then = object.imported.then ?? [];
        if (then.length >= MAX_STEPS) return unknown(node);
        return { ...object, imported: { ...object.imported, then: [...then, { kind: "read", name }] }, whole: node };
      }
      return { ...fromModule({ ...object.imported, path: [...object.imported.path, name] }, object.node), via: object.via, whole: node };
    case "object":
      return readObject(context, object, name, node);
    case "instance":
      return readInstance(context, object.owner, name, node);
    case "class":
      return readInstance(context, { node: object.cls, isStatic: true }, name, node);
    case "enum":
      return readEnum(context, object.declaration, name, node);
    case "server": {
      const framework = FRAMEWORKS.get(object.framework)?.members.get(name);
      return framework === undefined ? unknown(node) : thing({ kind: "server", framework }, node);
    }
    case "unknown":
      return (object.members === undefined ? undefined : seeMemberType(context, object.members, name)) ?? unknown(node);
    default:
      return unknown(node);
  }
}

/** What is read from a result that is read from the next result: nobody goes further for a server. */
const MAX_STEPS = 8;

/** Ways to the same global. */
const GLOBAL_NAMES: ReadonlySet<string> = new Set(["globalThis", "global"]);

function readBuiltin(context: Context, path: string, name: string, node: Node): Thing {
  if (path === "exports" || path === "module.exports") {
    const values = context.index.writesToExports(name);
    // Other modules may write to it as well.
    if (values.length > 0) return asFallback(seeAll(context, values, node), undefined);
  }
  if (path === "process.env") return thing({ kind: "unknown", type: "string", variable: name }, node);
  if (path === "os.cpus()" && name === "length") return thing({ kind: "value", value: { kind: "formula", formula: { op: "cpus" } } }, node);
  if (path === "Number" && name === "MAX_SAFE_INTEGER") return exact(Number.MAX_SAFE_INTEGER, node);
  if (path === "Number" && name === "POSITIVE_INFINITY") return exact(Number.POSITIVE_INFINITY, node);
  return thing({ kind: "builtin", path: GLOBAL_NAMES.has(path) ? name : `${path}.${name}` }, node);
}

type ObjectThing = Extract<Thing, { kind: "object" }>;

/** The properties of an object literal, and from which place on each may be overridden. */
interface Properties {
  readonly byName: ReadonlyMap<string, { readonly property: TSESTree.Property; readonly at: number }>;
  /** Spreads, with their place; `undefined` for a key known only at run time. */
  readonly open: readonly { readonly spread: Node | undefined; readonly at: number }[];
}

const propertiesOf = new WeakMap<TSESTree.ObjectExpression, Properties>();

function properties(object: TSESTree.ObjectExpression): Properties {
  const known = propertiesOf.get(object);
  if (known !== undefined) return known;
  const byName = new Map<string, { property: TSESTree.Property; at: number }>();
  const open: { spread: Node | undefined; at: number }[] = [];
  for (const [at, property] of object.properties.entries()) {
    if (property.type === "SpreadElement") open.push({ spread: property.argument, at });
    else {
      const name = keyName(property);
      if (name === undefined) open.push({ spread: undefined, at });
      else byName.set(name, { property, at });
    }
  }
  const made = { byName, open };
  propertiesOf.set(object, made);
  return made;
}

/** The value of a property as it is written, whatever is spread over it. */
export function propertyNamed(object: TSESTree.ObjectExpression, name: string): Node | undefined {
  return properties(object).byName.get(name)?.property.value;
}

/** More names than that in one object count as open: nobody reads a backlog from it, and adding them up must stay cheap. */
const MAX_NAMES = 500;

/** Which properties an object literal has, with those that it spreads. */
export function surface(context: Context, object: TSESTree.ObjectExpression): Surface {
  const known = context.surfaces.get(object);
  if (known !== undefined) return known;
  const { byName, open } = properties(object);
  context.surfaces.set(object, { names: new Set(byName.keys()), open: true });
  const names = new Set(byName.keys());
  let isOpen = open.length > MAX_SPREADS;
  for (const { spread } of open.slice(0, MAX_SPREADS)) {
    const it = spread === undefined ? undefined : context.see(spread);
    const inner = it?.kind === "object" ? context.bounded(undefined, () => surface(context, it.object)) : undefined;
    if (inner === undefined || inner.open || inner.names.size + names.size > MAX_NAMES) isOpen = true;
    else for (const name of inner.names) names.add(name);
  }
  const made = { names, open: isOpen };
  context.surfaces.set(object, made);
  return made;
}

/** Whether it has the property, or nobody can tell. */
export function hasMember(context: Context, object: ObjectThing, name: string): boolean | undefined {
  const { names, open } = surface(context, object.object);
  if (names.has(name) || written(context, object, name).length > 0) return object.assumed === true ? undefined : true;
  return open || object.assumed === true || !isSafe(context, object) ? undefined : false;
}

function written(context: Context, object: ObjectThing, name: string): readonly Node[] {
  return object.variable === undefined || object.nested === true ? [] : context.index.writesToMember(object.variable, name);
}

function readObject(context: Context, object: ObjectThing, name: string, node: Node): Thing {
  const { byName, open } = properties(object.object);
  if (open.length > MAX_SPREADS) return unknown(node);
  const own = byName.get(name);
  let found: Thing | undefined;
  // Later spreads win over what stands before them.
  for (const { spread, at } of [...open].reverse()) {
    if (own !== undefined && at < own.at) break;
    const from = spread === undefined ? undefined : context.see(spread);
    if (from?.kind !== "object") return unknown(node);
    const has = hasMember(context, from, name);
    if (has === undefined) return unknown(node);
    if (has) {
      found = context.bounded(unknown(node), () => readMember(context, from, name, node));
      break;
    }
  }
  if (found === undefined && own !== undefined) {
    if (own.property.kind !== "init") return unknown(node);
    const value = context.see(own.property.value);
    found = through(own.property, partOf(value, object));
  }
  const later = written(context, object, name);
  if (later.length > 0) {
    const all = seeAll(context, later, node);
    found = found === undefined ? all : agree([found, all], node);
    if (found.kind === "value" && (later.length > MAX_WRITES || !later.every((value) => alwaysRuns(context, object, value)))) return unknown(node);
  }
  if (found === undefined) return isSafe(context, object) && object.assumed !== true ? exact(undefined, node) : unknown(node);
  if (object.madeFromArguments === true && found.kind === "value" && found.value.kind !== "exact") return unknown(node);
  const mayChange = found.kind === "value" || found.kind === "import";
  if (mayChange && !isSafe(context, object)) return { ...unknown(node), via: found.via };
  return object.assumed === true ? asFallback(found, undefined) : found;
}

/** Whether an assignment to a property stands in the block that declares the object. */
function alwaysRuns(context: Context, object: ObjectThing, value: Node): boolean {
  const assignment = context.index.parentOf(value);
  return assignment !== undefined && isBeside(context, object.variable?.defs[0], assignment);
}

const MAX_SPREADS = 20;
/** A constant is not written more often. */
const MAX_WRITES = 20;

/** An object inside another one is held by the same variable. */
function partOf(value: Thing, object: ObjectThing): Thing {
  if (value.kind !== "object" || value.variable !== undefined) return value;
  const frozen = value.frozen || object.frozen;
  return object.variable === undefined ? { ...value, frozen } : { ...value, variable: object.variable, nested: true, frozen };
}

function isSafe(context: Context, object: ObjectThing): boolean {
  return object.frozen || object.variable === undefined || isOwned(context, object.variable);
}

function readEnum(context: Context, declaration: TSESTree.TSEnumDeclaration, name: string, node: Node): Thing {
  const member = declaration.body.members.find(({ id }) => enumName(id) === name);
  return member === undefined ? unknown(node) : enumMember(context, member, node);
}

function enumName(id: Node): string | undefined {
  return id.type === "Identifier" ? id.name : id.type === "Literal" ? String(id.value) : undefined;
}

/** The value of an enum member: its initializer, or one more than the member before it. */
export function enumMember(context: Context, member: Node, node: Node): Thing {
  if (member.type !== "TSEnumMember") return unknown(node);
  if (member.initializer !== undefined) return through(member, context.see(member.initializer));
  const holder = context.index.parentOf(member);
  const all = holder?.type === "TSEnumBody" ? holder.members : [];
  const at = all.indexOf(member);
  let back = at;
  while (back > 0 && at - back < MAX_COUNTED && (all[back]?.initializer ?? undefined) === undefined) back--;
  const from = all[back]?.initializer ?? undefined;
  if (from === undefined) return back === 0 ? through(member, exact(at, member)) : unknown(node);
  const start = context.see(from);
  const value = start.kind === "value" ? applyBinary("+", start.value, { kind: "exact", value: at - back }) : undefined;
  return value === undefined ? unknown(node) : through(member, become({ kind: "value", value }, start, member));
}

const MAX_COUNTED = 1000;
