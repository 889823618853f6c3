import type { TSESTree } from "@typescript-eslint/types";
import { namesIn } from "./names.ts";
import { placesOf, visitAround } from "./places.ts";
import type { Reference, ScopeManager, Variable } from "./scopes.ts";
import { forEachChild, isFunction, offsets, unwrap, type FunctionNode, type Node } from "./tree.ts";
import { append, classOf, memberWrite, walkForWrites, type ThisOwner, type Writes } from "./writes-by-name.ts";

export type Call = TSESTree.CallExpression | TSESTree.NewExpression;

/** Facts about a whole module. Each is worked out when it is first asked for, since most modules need few of them. */
export interface ModuleIndex {
  parentOf(node: Node): Node | undefined;
  /** Calls and `new` expressions, in no particular order. */
  calls(): readonly Call[];
  /** Those of them that have the word `listen` in them. */
  callsAroundListen(): readonly Call[];
  /** The objects whose `listen` is written to. */
  withOwnListen(): readonly Node[];
  /** What a name refers to; undefined for globals and names nobody declared. */
  variableOf(identifier: Node): Variable | undefined;
  referencesTo(variable: Variable): readonly Reference[];
  writesTo(variable: Variable): readonly Reference[];
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
}

const NONE: readonly never[] = [];

export function indexModule(program: TSESTree.Program, scopes: ScopeManager, text: string): ModuleIndex {
  const parentOf = parentsIn(program);
  const names = namesIn(scopes, parentOf);
  const aroundListen = once(() => aroundWordListen(program, text));
  const writes = once((): Writes => walkForWrites(program, names, parentOf));
  const onThis = (owner: ThisOwner): ReadonlyMap<string, readonly Node[]> | undefined => (owner.isStatic ? writes().onThisStatic : writes().onThis).get(owner.node);
  const members = new Map<Variable, ReadonlyMap<string, readonly Node[]>>();
  const returns = new Map<Node, readonly (Node | null)[]>();

  return {
    ...names,
    parentOf,
    calls: once(() => callsIn(program)),
    callsAroundListen: () => aroundListen().calls,
    withOwnListen: () => aroundListen().owners,
    thisOwner: (node) => writes().owners.get(node),
    writesToThis: (owner, name) => onThis(owner)?.get(name) ?? NONE,
    namesOnThis: (owner) => onThis(owner)?.keys() ?? NONE,
    writesToExports: (name) => writes().onExports.get(name) ?? NONE,
    writesToMember(variable, name) {
      const found = members.get(variable) ?? memberWritesOf(variable, names.referencesTo(variable), parentOf);
      members.set(variable, found);
      return found.get(name) ?? NONE;
    },
    returnsOf(fn) {
      const found = returns.get(fn) ?? returnsIn(fn);
      returns.set(fn, found);
      return found;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined;
  return () => (made ??= { it: make() }).it;
}

/** Linters and typescript-estree link every node to its parent; other parsers leave that to us. */
function parentsIn(program: TSESTree.Program): (node: Node) => Node | undefined {
  const [first] = program.body as readonly { readonly parent?: object }[];
  if (first?.parent === program) return (node) => node.parent ?? undefined;
  const parents = once(() => {
    const found = new Map<Node, Node>();
    visitAll(program, (node) => {
      forEachChild(node, (child) => found.set(child, node));
    });
    return found;
  });
  return (node) => parents().get(node);
}

function visitAll(root: Node, visit: (node: Node) => void): void {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    visit(node);
    forEachChild(node, (child) => stack.push(child));
  }
}

function callsIn(program: TSESTree.Program): readonly Call[] {
  const calls: Call[] = [];
  visitAll(program, (node) => {
    if (isCall(node)) calls.push(node);
  });
  return calls;
}

function isCall(node: Node): node is Call {
  return node.type === "CallExpression" || node.type === "NewExpression";
}

function aroundWordListen(program: TSESTree.Program, text: string): { readonly calls: readonly Call[]; readonly owners: readonly Node[] } {
  const calls: Call[] = [];
  const owners: Node[] = [];
  visitAround(program, placesOf(text, "listen"), (node) => {
    if (isCall(node)) calls.push(node);
    const write = memberWrite(node);
    if (write?.name === "listen") owners.push(unwrap(write.target.object));
  });
  return { calls, owners };
}

/** What is written to a variable's properties, later writes first. A class's own are written to its `this`. */
function memberWritesOf(variable: Variable, references: readonly Reference[], parentOf: ModuleIndex["parentOf"]): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, Node[]>();
  if (classOf(variable) !== undefined) return found;
  const writes = references.flatMap(({ identifier }) => {
    const member = wrapping(identifier as Node, parentOf);
    const assignment = member?.type === "MemberExpression" ? wrapping(member, parentOf) : undefined;
    const write = assignment && memberWrite(assignment);
    return write !== undefined && write.target === member && unwrap(write.target.object) === identifier ? [write] : [];
  });
  writes.sort((a, b) => offsets(b.target)[0] - offsets(a.target)[0]);
  for (const { name, value } of writes) append(found, name, value);
  return found;
}

/** The parent of a node, past what does not change its value. */
function wrapping(node: Node, parentOf: ModuleIndex["parentOf"]): Node | undefined {
  let inner = node;
  for (let parent = parentOf(inner); ; parent = parentOf(inner)) {
    if (parent === undefined || unwrap(parent) === parent) return parent;
    inner = parent;
  }
}

/** What the `return` statements of a function give, later ones first. */
function returnsIn(fn: FunctionNode): readonly (Node | null)[] {
  const found: (Node | null)[] = [];
  const stack: Node[] = [fn.body];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === "ReturnStatement") found.push(node.argument);
    forEachChild(node, (child) => {
      if (!isFunction(child)) stack.push(child);
    });
  }
  return found;
}
