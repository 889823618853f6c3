import type { SyntaxNode } from "@lezer/common";
import { apply, evaluate, sequence } from "./evaluate.ts";
import type { ModuleRun } from "./module.ts";
import { holdsList, type Scope, Trace } from "./scope.ts";
import { childrenOf, namesInTarget } from "./tree.ts";
import { dynamicKnown, dynamicValue, lift, combine, type Possible } from "./values.ts";

/** `a = b = value`, `a: int = value`, `a, (b, c) = value`. */
export function assign(run: ModuleRun, node: SyntaxNode, scope: Scope): void {
  const parts = splitAt(childrenOf(node).filter((child) => child.name !== "TypeDef"), "AssignOp");
  const values = parts.pop() ?? [];
  // `a: int` binds nothing.
  if (parts.length === 0) return;
  run.unseenWalrus(node, scope);
  const trace = new Trace();
  const context = run.context(scope, trace);
  const [only, comma] = values;
  const value = only !== undefined && comma === undefined && only.name !== "*" ? evaluate(only, context) : sequence(values, "tuple", context);
  const items = comma === undefined && only !== undefined ? tupleItems(only) : values;
  // All is evaluated before the first name changes.
  const bound: Bound[] = [];
  for (const target of parts) collect(run, target, { value, nodes: values, items, trace }, scope, bound);
  for (const part of parts) forgetMutated(run, part, scope);
  for (const { name, assigned } of bound) bindName(run, name, assigned, scope);
}

/** `a += value`. */
export function augment(run: ModuleRun, node: SyntaxNode, scope: Scope): void {
  const [target, operator, ...values] = childrenOf(node);
  if (target === undefined || operator === undefined) return;
  run.unseenWalrus(node, scope);
  if (target.name !== "VariableName") {
    forgetMutated(run, [target], scope);
    return;
  }
  const trace = new Trace();
  const context = run.context(scope, trace);
  const [only, comma] = values;
  const right = only !== undefined && comma === undefined ? evaluate(only, context) : sequence(values, "tuple", context);
  const left = evaluate(target, context);
  const name = run.textOf(target);
  // A list is changed in place, for all who hold it, and takes any iterable.
  if (holdsList(left)) run.aliases.forget(name, scope);
  const op = run.textOf(operator).slice(0, -1);
  scope.set(name, run.binding(holdsList(left) && !holdsList(right) ? dynamicValue : apply(op, left, right), node, trace));
}

/** `a[0] = 1`, `a.b = 1`, `del a[0]` change what `a` holds. */
export function forgetMutated(run: ModuleRun, targets: readonly SyntaxNode[], scope: Scope): void {
  for (const target of targets) {
    let base: SyntaxNode | null = target;
    while (base?.name === "MemberExpression") base = base.firstChild;
    if (base?.name === "VariableName" && base !== target) run.aliases.forget(run.textOf(base), scope);
    else if (target.name === "TupleExpression" || target.name === "ArrayExpression" || target.name === "ParenthesizedExpression") forgetMutated(run, childrenOf(target), scope);
  }
}

interface Assigned {
  readonly value: Possible;
  /** The nodes of the value: several for a tuple without parentheses. */
  readonly nodes: readonly SyntaxNode[];
  /** The nodes between a tuple's or list's brackets, where it is written as one. */
  readonly items: readonly SyntaxNode[] | undefined;
  readonly trace: Trace;
}

interface Bound {
  readonly name: SyntaxNode;
  readonly assigned: Assigned;
}

/** Which name of a target gets what. */
function collect(run: ModuleRun, target: readonly SyntaxNode[], assigned: Assigned, scope: Scope, bound: Bound[]): void {
  const [only, comma] = target;
  if (only?.name === "VariableName" && comma === undefined) {
    bound.push({ name: only, assigned });
    return;
  }
  if (only?.name === "ParenthesizedExpression" && comma === undefined) {
    collect(run, childrenOf(only).slice(1, -1), assigned, scope, bound);
    return;
  }
  const nested = comma === undefined && only !== undefined ? tupleItems(only) : target;
  if (nested === undefined) return;
  const targets = splitAt(nested, ",").filter((part) => part.length > 0);
  const items = assigned.items === undefined ? [] : splitAt(assigned.items, ",").filter((part) => part.length > 0);
  for (const [i, part] of targets.entries()) {
    const fits = items.length === targets.length && !target.some(({ name }) => name === "*");
    const node = fits ? items[i]?.[0] : undefined;
    if (part.some(({ name }) => name === "*") || targets.length > 64) {
      for (const name of part.flatMap(namesInTarget)) bound.push({ name, assigned: { ...assigned, value: dynamicValue } });
      continue;
    }
    const inner = combine([assigned.value], ([known = dynamicKnown]) => lift([known], ([constant]) => {
      const holds = constant?.type === "tuple" || constant?.type === "list" ? constant.items : [];
      return holds.length === targets.length ? holds[i] : undefined;
    }));
    const nodes = node === undefined ? assigned.nodes : [node];
    // One part of a tuple is known although another is not.
    const value = node === undefined || isKnown(assigned.value) ? inner : evaluate(node, run.context(scope, assigned.trace));
    collect(run, part, { value, nodes, items: node === undefined ? undefined : tupleItems(node), trace: assigned.trace }, scope, bound);
  }
}

function isKnown(value: Possible): boolean {
  return value.every(({ known }) => known.kind === "exact");
}

function bindName(run: ModuleRun, name: SyntaxNode, { value, nodes, trace }: Assigned, scope: Scope): void {
  const [first] = nodes;
  const last = nodes.at(-1);
  if (first === undefined || last === undefined) return;
  const key = run.textOf(name);
  const aliased = first === last && first.name === "VariableName" ? scope.get(run.textOf(first)) : undefined;
  const here = run.source.origin(first.from, last.to);
  if (aliased?.value === value) {
    // Whoever wants to change `a` after `a = B` edits what B is given.
    scope.set(key, { ...aliased, via: [...aliased.via, here].slice(0, 8) });
  } else {
    const text = run.source.written(first.from, last.to);
    scope.set(key, { value, origin: here, via: trace.origins, text });
  }
  run.aliases.note(key, value);
}

function tupleItems(node: SyntaxNode): readonly SyntaxNode[] | undefined {
  return node.name === "TupleExpression" || node.name === "ArrayExpression" ? childrenOf(node).slice(1, -1) : undefined;
}

function splitAt(nodes: readonly SyntaxNode[], name: string): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === name) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}
