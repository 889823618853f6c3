import type { TSESTree } from "@typescript-eslint/types";
import type { Names } from "./names.ts";
import type { Definition, Variable } from "./scopes.ts";
import { forEachChild, isClass, memberName, unwrap, type ClassNode, type Node } from "./tree.ts";

/** Who `this` is at some place: an instance of a class, the class itself, an object literal, or a plain function's own. */
export interface ThisOwner {
  readonly node: Node;
  readonly isStatic: boolean;
}

/** What is written to by name: `this.name = value`, `exports.name = value`. */
export interface Writes {
  readonly owners: ReadonlyMap<Node, ThisOwner>;
  readonly onThis: ReadonlyMap<Node, ReadonlyMap<string, readonly Node[]>>;
  readonly onThisStatic: ReadonlyMap<Node, ReadonlyMap<string, readonly Node[]>>;
  readonly onExports: ReadonlyMap<string, readonly Node[]>;
}

/** An assignment of a value to a property that is named. */
export interface MemberWrite {
  readonly target: TSESTree.MemberExpression;
  readonly name: string;
  readonly value: Node;
}

/** The property that an assignment gives a value to, if it does that. */
export function memberWrite(node: Node): MemberWrite | undefined {
  if (node.type !== "AssignmentExpression" || !["=", "??=", "||="].includes(node.operator)) return undefined;
  const target = unwrap(node.left);
  const name = target.type === "MemberExpression" ? memberName(target) : undefined;
  return target.type === "MemberExpression" && name !== undefined ? { target, name, value: node.right } : undefined;
}

/** Goes through a whole module for what is written to `this` and to its exports, and for whose `this` each is. */
export function walkForWrites(program: TSESTree.Program, names: Names, parentOf: (node: Node) => Node | undefined): Writes {
  const owners = new Map<Node, ThisOwner>();
  const writes: MemberWrite[] = [];
  const stack: { readonly node: Node; readonly owner: ThisOwner | undefined }[] = [{ node: program, owner: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, owner } = next;
    if (node.type === "ThisExpression" && owner !== undefined) owners.set(node, owner);
    const write = memberWrite(node);
    if (write !== undefined) writes.push(write);
    forEachChild(node, (child) => stack.push({ node: child, owner: ownerInside(node, child, owner, parentOf, names) }));
  }

  const onThis = new Map<Node, Map<string, Node[]>>();
  const onThisStatic = new Map<Node, Map<string, Node[]>>();
  const onExports = new Map<string, Node[]>();
  for (const { target, name, value } of writes) {
    const object = unwrap(target.object);
    if (object.type === "ThisExpression") {
      const owner = owners.get(object);
      if (owner !== undefined) appendNested(owner.isStatic ? onThisStatic : onThis, owner.node, name, value);
    } else if (isExports(object, names)) {
      append(onExports, name, value);
    } else if (object.type === "Identifier") {
      const cls = classOf(names.variableOf(object));
      if (cls !== undefined) appendNested(onThisStatic, cls, name, value);
    }
  }
  return { owners, onThis, onThisStatic, onExports };
}

/** The class that a name was declared as. */
export function classOf(variable: Variable | undefined): Node | undefined {
  return variable?.defs.find(({ type }) => type === "ClassName")?.node as Node | undefined;
}

/** CommonJS's `exports` or `module.exports`, unless the module declares such a name itself. */
function isExports(node: Node, names: Names): boolean {
  if (node.type === "Identifier") return node.name === "exports" && names.variableOf(node) === undefined;
  return node.type === "MemberExpression" && memberName(node) === "exports" && node.object.type === "Identifier" && node.object.name === "module" && names.variableOf(node.object) === undefined;
}

function ownerInside(node: Node, child: Node, owner: ThisOwner | undefined, parentOf: (node: Node) => Node | undefined, names: Names): ThisOwner | undefined {
  if (node.type === "PropertyDefinition" || node.type === "AccessorProperty") {
    return child === node.value ? classOwner(node, node.static, parentOf) : owner;
  }
  if (node.type === "StaticBlock") return classOwner(node, true, parentOf);
  if (node.type !== "FunctionExpression" && node.type !== "FunctionDeclaration") return owner;
  const parent = parentOf(node);
  if (parent?.type === "MethodDefinition") return classOwner(parent, parent.static, parentOf);
  if (parent?.type === "Property" && parent.value === node) {
    const object = parentOf(parent);
    if (object?.type === "ObjectExpression") return { node: object, isStatic: false };
  }
  return { node: prototypeOwner(node, parent, names) ?? node, isStatic: false };
}

function classOwner(member: Node, isStatic: boolean, parentOf: (node: Node) => Node | undefined): ThisOwner | undefined {
  const body = parentOf(member);
  const cls = body === undefined ? undefined : parentOf(body);
  return cls !== undefined && isClass(cls) ? { node: cls satisfies ClassNode, isStatic } : undefined;
}

/** `Name.prototype.method = function () {}`: its `this` is what `function Name() {}` makes. */
function prototypeOwner(fn: Node, parent: Node | undefined, names: Names): Node | undefined {
  if (parent?.type !== "AssignmentExpression" || parent.right !== fn || parent.left.type !== "MemberExpression") return undefined;
  const prototype = parent.left.object;
  if (prototype.type !== "MemberExpression" || memberName(prototype) !== "prototype") return undefined;
  return functionOf(names.variableOf(prototype.object)?.defs);
}

function functionOf(definitions: readonly Definition[] | undefined): Node | undefined {
  const [only] = definitions ?? [];
  if (only === undefined || definitions?.length !== 1) return undefined;
  const node = only.node as Node;
  if (node.type === "VariableDeclarator") return node.init?.type === "FunctionExpression" ? node.init : undefined;
  return node.type === "FunctionDeclaration" ? node : undefined;
}

/** Adds to the list that a map holds under a key. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function appendNested<K>(map: Map<K, Map<string, Node[]>>, key: K, name: string, value: Node): void {
  const inner = map.get(key) ?? new Map<string, Node[]>();
  map.set(key, inner);
  append(inner, name, value);
}
