import { seeDeclaredType } from "./annotations.ts";
import { seeBinding } from "./bindings.ts";
import { construct } from "./calls.ts";
import { agree } from "./choices.ts";
import { readMember } from "./members.ts";
import { asFallback, thing, through, unknown, type Context, type Thing } from "./thing.ts";
import { isClass, isFunction, keyName, type ClassNode, type Node } from "./tree.ts";
import type { ThisOwner } from "./writes-by-name.ts";
import { seeAll } from "./writes.ts";

const membersOf = new WeakMap<ClassNode, { readonly own: ReadonlyMap<string, Node>; readonly ofClass: ReadonlyMap<string, Node> }>();

function members(cls: ClassNode): { readonly own: ReadonlyMap<string, Node>; readonly ofClass: ReadonlyMap<string, Node> } {
  const known = membersOf.get(cls);
  if (known !== undefined) return known;
  const own = new Map<string, Node>();
  const ofClass = new Map<string, Node>();
  for (const member of cls.body.body) {
    if (member.type === "StaticBlock" || member.type === "TSIndexSignature") continue;
    const name = keyName(member);
    if (name === undefined) continue;
    if (name === "constructor" && "value" in member && member.value?.type === "FunctionExpression") {
      for (const param of member.value.params) {
        const field = param.type === "TSParameterProperty" ? fieldName(param.parameter) : undefined;
        if (field !== undefined) own.set(field, param);
      }
    } else (member.static ? ofClass : own).set(name, member);
  }
  const made = { own, ofClass };
  membersOf.set(cls, made);
  return made;
}

function fieldName(parameter: Node): string | undefined {
  if (parameter.type === "AssignmentPattern") return fieldName(parameter.left);
  return parameter.type === "Identifier" ? parameter.name : undefined;
}

/** Whether the class (or object literal, or function used as a constructor) itself declares the member. */
export function declares(context: Context, owner: ThisOwner, name: string): boolean {
  if (context.index.writesToThis(owner, name).length > 0) return true;
  return isClass(owner.node) && (owner.isStatic ? members(owner.node).ofClass : members(owner.node).own).has(name);
}

/** The names of what a class (or `new` of a function) has, inherited ones left out. */
export function namesOf(context: Context, owner: ThisOwner): ReadonlySet<string> {
  const declared = isClass(owner.node) ? (owner.isStatic ? members(owner.node).ofClass : members(owner.node).own).keys() : [];
  return new Set([...declared, ...context.index.namesOnThis(owner)]);
}

/** What `instance.name` is: a field, what the constructor or a method assigns to it, a method, or the superclass's. */
export function readInstance(context: Context, owner: ThisOwner, name: string, node: Node): Thing {
  const writes = context.index.writesToThis(owner, name);
  const written = (): Thing => seeAll(context, writes, node);
  if (owner.node.type === "ObjectExpression") {
    if (writes.length === 0) return readMember(context, thing({ kind: "object", object: owner.node, frozen: false }, owner.node), name, node);
    return asField(written());
  }
  if (!isClass(owner.node)) return writes.length === 0 ? unknown(node) : asField(written());

  const cls = owner.node;
  const member = (owner.isStatic ? members(cls).ofClass : members(cls).own).get(name);
  if (member === undefined && writes.length === 0) return inherited(context, owner, name, node);
  const declared = member === undefined ? undefined : seeField(context, member);
  const said = member === undefined ? undefined : seeDeclaredType(context, member);
  if (said?.kind === "server") return said;
  const all = [...(declared === undefined ? [] : [declared]), ...(writes.length === 0 ? [] : [written()])];
  const found = all.length === 0 ? (said ?? unknown(node)) : agree(all, node);
  if (member === undefined) return asField(found);
  // Nobody outside may write to it.
  const closed = name.startsWith("#") || isReadOnly(member);
  const settled = closed && member.type !== "TSParameterProperty";
  return through(member, settled || !mayBeWritten(member) ? found : asField(found));
}

/** A field that others may set as well: its literal is what holds unless they do. */
function asField(it: Thing): Thing {
  return it.kind === "value" ? asFallback(it, undefined) : it;
}

function isReadOnly(member: Node): boolean {
  if ("readonly" in member && member.readonly === true) return true;
  return "accessibility" in member && member.accessibility === "private";
}

function mayBeWritten(member: Node): boolean {
  return member.type === "PropertyDefinition" || member.type === "AccessorProperty" || member.type === "TSParameterProperty";
}

function seeField(context: Context, member: Node): Thing | undefined {
  switch (member.type) {
    case "PropertyDefinition":
    case "AccessorProperty":
      return member.value === null ? undefined : context.see(member.value);
    case "TSParameterProperty":
      return seeBinding(context, member.parameter.type === "AssignmentPattern" ? member.parameter.left : member.parameter);
    case "MethodDefinition": {
      if (member.kind === "set" || !isFunction(member.value)) return unknown(member);
      if (member.kind !== "get") return thing({ kind: "function", fn: member.value }, member);
      return seeAll(context, context.index.returnsOf(member.value), member);
    }
    default:
      return undefined;
  }
}

/** An instance of a class that extends a server is that server. */
function inherited(context: Context, owner: ThisOwner, name: string, node: Node): Thing {
  if (!isClass(owner.node) || owner.node.superClass === null) return unknown(node);
  const parent = superOf(context, owner);
  return parent === undefined ? unknown(node) : context.bounded(unknown(node), () => readMember(context, parent, name, node));
}

/** What the superclass makes of an instance: a server, another class's instance, or nothing known. */
export function superOf(context: Context, owner: ThisOwner): Thing | undefined {
  if (!isClass(owner.node) || owner.node.superClass === null) return undefined;
  const { superClass } = owner.node;
  const parent = context.see(superClass);
  if (parent.kind === "class") return thing(owner.isStatic ? { kind: "class", cls: parent.cls } : { kind: "instance", owner: { node: parent.cls, isStatic: false } }, superClass);
  return owner.isStatic ? unknown(superClass) : construct(context, parent, [], superClass);
}
