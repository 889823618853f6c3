import type { Definition, Reference, Scope, ScopeManager, Variable } from "./scopes.ts";
import { forEachChild, isClass, isFunction, memberName, unwrap, type ClassNode, type FunctionNode, type Node } from "./tree.ts";
import type { TSESTree } from "@typescript-eslint/types";

/** Who `this` is at some place: an instance of a class, the class itself, an object literal, or a plain function's own. */
export interface ThisOwner {
  readonly node: Node;
  readonly isStatic: boolean;
}

/** Facts about a whole module that take one walk, made once and only where something in it may listen. */
export interface ModuleIndex {
  readonly parents: ReadonlyMap<Node, Node>;
  /** Calls and `new` expressions, in no particular order. */
  readonly calls: readonly (TSESTree.CallExpression | TSESTree.NewExpression)[];
  /** What a name refers to; undefined for globals and names nobody declared. */
  variableOf(identifier: Node): Variable | undefined;
  referencesTo(variable: Variable): readonly Reference[];
  thisOwner(node: Node): ThisOwner | undefined;
  /** `this.name = value` with this `this`. */
  writesToThis(owner: ThisOwner, name: string): readonly Node[];
  /** The names that are written to with this `this`. */
  namesOnThis(owner: ThisOwner): Iterable<string>;
  /** `variable.name = value`. */
  writesToMember(variable: Variable, name: string): readonly Node[];
  /** `exports.name = value`, `module.exports.name = value`. */
  writesToExports(name: string): readonly Node[];
  returnsOf(fn: FunctionNode): readonly (Node | null)[];
  /** The objects whose `listen` is written to. */
  readonly withOwnListen: readonly Node[];
}

const NONE: readonly never[] = [];

export function indexModule(program: TSESTree.Program, scopes: ScopeManager): ModuleIndex {
  const names = resolveNames(scopes);
  const parents = new Map<Node, Node>();
  const owners = new Map<Node, ThisOwner>();
  const returns = new Map<Node, (Node | null)[]>();
  const calls: (TSESTree.CallExpression | TSESTree.NewExpression)[] = [];
  const assignments: { readonly target: TSESTree.MemberExpression; readonly name: string; readonly value: Node }[] = [];
  const stack: { readonly node: Node; readonly owner: ThisOwner | undefined; readonly fn: Node | undefined }[] = [{ node: program, owner: undefined, fn: undefined }];

  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, owner, fn } = next;
    if (node.type === "CallExpression" || node.type === "NewExpression") calls.push(node);
    else if (node.type === "ThisExpression" && owner !== undefined) owners.set(node, owner);
    else if (node.type === "ReturnStatement" && fn !== undefined) append(returns, fn, node.argument);
    else if (node.type === "AssignmentExpression" && ["=", "??=", "||="].includes(node.operator)) {
      const target = unwrap(node.left);
      const name = target.type === "MemberExpression" ? memberName(target) : undefined;
      if (target.type === "MemberExpression" && name !== undefined) assignments.push({ target, name, value: node.right });
    }
    const inner = isFunction(node) ? node : fn;
    forEachChild(node, (child) => {
      parents.set(child, node);
      stack.push({ node: child, owner: ownerInside(node, child, owner, parents, names), fn: inner });
    });
  }

  const onThis = new Map<Node, Map<string, Node[]>>();
  const onThisStatic = new Map<Node, Map<string, Node[]>>();
  const onVariable = new Map<Variable, Map<string, Node[]>>();
  const onExports = new Map<string, Node[]>();
  for (const { target, name, value } of assignments) {
    const object = unwrap(target.object);
    if (object.type === "ThisExpression") {
      const owner = owners.get(object);
      if (owner !== undefined) appendNested(owner.isStatic ? onThisStatic : onThis, owner.node, name, value);
    } else if (isExports(object, names)) {
      append(onExports, name, value);
    } else {
      const variable = names.variables.get(object);
      if (variable === undefined) continue;
      const cls = variable.defs.find(({ type }) => type === "ClassName");
      if (cls === undefined) appendNested(onVariable, variable, name, value);
      else appendNested(onThisStatic, cls.node as Node, name, value);
    }
  }

  return {
    parents,
    calls,
    variableOf: (identifier) => names.variables.get(identifier),
    referencesTo: (variable) => names.references.get(variable) ?? NONE,
    thisOwner: (node) => owners.get(node),
    writesToThis: (owner, name) => (owner.isStatic ? onThisStatic : onThis).get(owner.node)?.get(name) ?? NONE,
    namesOnThis: (owner) => (owner.isStatic ? onThisStatic : onThis).get(owner.node)?.keys() ?? NONE,
    writesToMember: (variable, name) => onVariable.get(variable)?.get(name) ?? NONE,
    writesToExports: (name) => onExports.get(name) ?? NONE,
    returnsOf: (fn) => returns.get(fn) ?? NONE,
    withOwnListen: assignments.filter(({ name }) => name === "listen").map(({ target }) => unwrap(target.object)),
  };
}

interface Names {
  readonly variables: ReadonlyMap<Node, Variable>;
  readonly references: ReadonlyMap<Variable, readonly Reference[]>;
}

function resolveNames(scopes: ScopeManager): Names {
  const variables = new Map<Node, Variable>();
  const references = new Map<Variable, Reference[]>();
  // Inside `with`, scope analysis resolves names all the same.
  const hasWith = scopes.scopes.some(({ type }) => type === "with");
  for (const scope of scopes.scopes) {
    for (const reference of scope.references) {
      const variable = hasWith ? lookUp(scope, reference.identifier) : (reference.resolved ?? lookUp(scope, reference.identifier));
      // Globals that a linter knows by configuration have no definition.
      if (variable === undefined || variable.defs.length === 0) continue;
      variables.set(reference.identifier as Node, variable);
      append(references, variable, reference);
    }
    for (const variable of scope.set.values()) {
      for (const { name } of variable.defs) variables.set(name as Node, variable);
    }
  }
  return { variables, references };
}

/** Scope analysis leaves `var` and functions of a script's top level to run time; the name says which they are. */
function lookUp(scope: Scope, identifier: object): Variable | undefined {
  if (!("name" in identifier) || typeof identifier.name !== "string") return undefined;
  let bounded = 100;
  for (let at: Scope | null = scope; at !== null && bounded > 0; at = at.upper, bounded--) {
    if (at.type === "with") return undefined;
    const variable = at.set.get(identifier.name);
    if (variable !== undefined) return variable;
  }
  return undefined;
}

/** CommonJS's `exports` or `module.exports`, unless the module declares such a name itself. */
function isExports(node: Node, names: Names): boolean {
  if (node.type === "Identifier") return node.name === "exports" && !names.variables.has(node);
  return node.type === "MemberExpression" && memberName(node) === "exports" && node.object.type === "Identifier" && node.object.name === "module" && !names.variables.has(node.object);
}

function ownerInside(node: Node, child: Node, owner: ThisOwner | undefined, parents: ReadonlyMap<Node, Node>, names: Names): ThisOwner | undefined {
  if (node.type === "PropertyDefinition" || node.type === "AccessorProperty") {
    return child === node.value ? classOwner(node, node.static, parents) : owner;
  }
  if (node.type === "StaticBlock") return classOwner(node, true, parents);
  if (node.type !== "FunctionExpression" && node.type !== "FunctionDeclaration") return owner;
  const parent = parents.get(node);
  if (parent?.type === "MethodDefinition") return classOwner(parent, parent.static, parents);
  if (parent?.type === "Property" && parent.value === node) {
    const object = parents.get(parent);
    if (object?.type === "ObjectExpression") return { node: object, isStatic: false };
  }
  return { node: prototypeOwner(node, parent, names) ?? node, isStatic: false };
}

function classOwner(member: Node, isStatic: boolean, parents: ReadonlyMap<Node, Node>): ThisOwner | undefined {
  const body = parents.get(member);
  const cls = body === undefined ? undefined : parents.get(body);
  return cls !== undefined && isClass(cls) ? { node: cls satisfies ClassNode, isStatic } : undefined;
}

/** `Name.prototype.method = function () {}`: its `this` is what `function Name() {}` makes. */
function prototypeOwner(fn: Node, parent: Node | undefined, names: Names): Node | undefined {
  if (parent?.type !== "AssignmentExpression" || parent.right !== fn || parent.left.type !== "MemberExpression") return undefined;
  const prototype = parent.left.object;
  if (prototype.type !== "MemberExpression" || memberName(prototype) !== "prototype") return undefined;
  return functionOf(names.variables.get(prototype.object)?.defs);
}

function functionOf(definitions: readonly Definition[] | undefined): Node | undefined {
  const [only] = definitions ?? NONE;
  if (only === undefined || definitions?.length !== 1) return undefined;
  const node = only.node as Node;
  if (node.type === "VariableDeclarator") return node.init?.type === "FunctionExpression" ? node.init : undefined;
  return node.type === "FunctionDeclaration" ? node : undefined;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function appendNested<K>(map: Map<K, Map<string, Node[]>>, key: K, name: string, value: Node): void {
  const inner = map.get(key) ?? new Map<string, Node[]>();
  map.set(key, inner);
  append(inner, name, value);
}
