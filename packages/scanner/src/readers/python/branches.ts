import type { SyntaxNode } from "@lezer/common";
import { decided, evaluate, plainText } from "./evaluate.ts";
import type { ModuleRun } from "./module.ts";
import { Scope, Trace } from "./scope.ts";
import { boundNames, childrenOf, targetNodes } from "./tree.ts";
import { choose, dynamicValue, type Possible, simplify, unsetValue } from "./values.ts";

interface Branch {
  readonly scope: Scope;
  readonly words: string;
  /** It never gets past its end. */
  readonly ends: boolean;
}

/** What holds after one of several branches has run; true where none of them gets past its end. `point` was numbered before they ran. */
function merge(point: number, branches: readonly Branch[], scope: Scope): boolean {
  const alive = branches.filter(({ ends }) => !ends);
  const [only] = alive;
  if (only === undefined) return true;
  for (const name of new Set(alive.flatMap((branch) => [...branch.scope.own.keys()]))) {
    const bindings = alive.map((branch) => branch.scope.get(name));
    const written = alive.map((branch) => branch.scope.own.get(name)).filter((binding) => binding !== undefined);
    const last = written.at(-1);
    if (last === undefined) continue;
    let value: Possible = bindings[0]?.value ?? unsetValue;
    if (!bindings.every((binding) => binding?.value === value)) {
      value = simplify(alive.flatMap((branch, i) => choose(bindings[i]?.value ?? unsetValue, { point, branch: i, words: branch.words })));
    }
    const trace = new Trace();
    if (alive.length > 1) trace.add(...bindings.filter((binding) => binding !== undefined && binding !== last).map((binding) => binding?.origin ?? last.origin));
    trace.add(...last.via);
    scope.set(name, { value: alive.length === 1 ? last.value : value, origin: last.origin, via: trace.origins, text: last.text });
  }
  return false;
}

interface Clause {
  readonly keyword: string;
  readonly head: readonly SyntaxNode[];
  readonly body: SyntaxNode;
}

/** A compound statement's clauses: what stands between a keyword and its body. */
function clauses(node: SyntaxNode): Clause[] {
  const found: Clause[] = [];
  let head: SyntaxNode[] = [];
  for (const child of childrenOf(node)) {
    if (child.name === "Body") {
      const [keyword, ...rest] = head;
      found.push({ keyword: keyword?.name ?? "", head: rest, body: child });
      head = [];
    } else if (child.name !== "async") head.push(child);
  }
  return found;
}

function wordsOf(run: ModuleRun, { keyword, head }: Clause): string {
  const [first] = head;
  const last = head.at(-1);
  return first === undefined || last === undefined ? keyword : `${keyword} ${plainText(run.python.text.slice(first.from, last.to))}`;
}

export function runIf(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  const branches: Branch[] = [];
  const point = run.newPoint();
  let open = true;
  for (const [i, clause] of clauses(node).entries()) {
    const [condition] = clause.head;
    let answer: boolean | undefined = true;
    if (condition !== undefined) {
      run.unseenWalrus(condition, scope);
      answer = decided(evaluate(condition, run.context(scope, new Trace(), i > 0)));
    }
    if (answer === false) continue;
    const inner = new Scope(scope);
    // After conditions that were all false for sure, this is no branch.
    branches.push({ scope: inner, words: wordsOf(run, clause), ends: run.block(clause.body, inner) });
    open = answer === undefined;
    if (!open) break;
  }
  if (open) branches.push({ scope: new Scope(scope), words: "otherwise", ends: false });
  return merge(point, branches, scope);
}

export function runMatch(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  run.unseenWalrus(node, scope);
  const branches: Branch[] = [];
  const point = run.newPoint();
  let open = true;
  for (const clause of node.getChild("MatchBody")?.getChildren("MatchClause") ?? []) {
    const body = clause.getChild("Body");
    const pattern = childrenOf(clause)[1];
    if (body === null || pattern === undefined || run.python.hasError(clause.from, body.from - 1)) {
      run.refuse(clause, scope);
      continue;
    }
    const inner = new Scope(scope);
    const captured = [...boundNames(clause, run.python.text)].filter((name) => name !== "_");
    run.unknown(inner, captured.filter((name) => !boundNames(body, run.python.text).has(name)), pattern);
    const guarded = clause.getChild("Guard") !== null;
    const catchesAll = pattern.name === "CapturePattern" && !guarded;
    const head = plainText(run.python.text.slice(pattern.from, body.from));
    branches.push({ scope: inner, words: catchesAll && run.textOf(pattern) === "_" ? "else" : `case ${head}`, ends: run.block(body, inner) });
    if (catchesAll) {
      open = false;
      break;
    }
  }
  if (open) branches.push({ scope: new Scope(scope), words: "otherwise", ends: false });
  return merge(point, branches, scope);
}

/** A handler starts with what held before some statement of the body: before all of them, where there is but one. */
export function runTry(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  const parts = clauses(node);
  const body = parts.find(({ keyword }) => keyword === "try")?.body;
  if (body === undefined) return false;
  const point = run.newPoint();
  const tried = new Scope(scope);
  const early = namesBeforeTheLast(run, body);
  let ends = run.block(body, tried);
  const otherwise = parts.find(({ keyword }) => keyword === "else")?.body;
  if (otherwise !== undefined && !ends) ends = run.block(otherwise, tried);
  const branches: Branch[] = [{ scope: tried, words: "try", ends }];
  for (const clause of parts.filter(({ keyword }) => keyword === "except")) {
    const inner = new Scope(scope);
    run.unknown(inner, early, body);
    const caught = clause.head.filter((_, i) => clause.head[i - 1]?.name === "as");
    run.unknown(inner, caught.map((name) => run.textOf(name)), clause.body);
    const handlerEnds = run.block(clause.body, inner);
    // Python deletes the exception's name after the handler.
    for (const name of caught) inner.set(run.textOf(name), run.binding(unsetValue, clause.body));
    branches.push({ scope: inner, words: wordsOf(run, clause), ends: handlerEnds });
  }
  const none = merge(point, branches, scope);
  const last = parts.find(({ keyword }) => keyword === "finally")?.body;
  return (last !== undefined && run.block(last, scope)) || none;
}

/** Names that are bound when the body's last statement raises, or may be when a compound one does. */
function namesBeforeTheLast(run: ModuleRun, body: SyntaxNode): ReadonlySet<string> {
  const statements = childrenOf(body).filter(({ name }) => name !== ":");
  const last = statements.at(-1);
  const simple = last?.name === "AssignStatement" || last?.name === "UpdateStatement" || last?.name === "ExpressionStatement";
  return new Set(statements.slice(0, simple ? -1 : undefined).flatMap((statement) => [...boundNames(statement, run.python.text)]));
}

export function runFor(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  return runLoop(run, node, scope, targetNodes(node).map((name) => run.textOf(name)));
}

export function runWhile(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  const [condition] = clauses(node)[0]?.head ?? [];
  if (condition !== undefined && decided(evaluate(condition, run.context(scope))) === false) {
    const otherwise = clauses(node).find(({ keyword }) => keyword === "else")?.body;
    return otherwise !== undefined && run.block(otherwise, scope);
  }
  return runLoop(run, node, scope, []);
}

/** The body ran once or more, or never. What one turn hands to the next is not known. */
function runLoop(run: ModuleRun, node: SyntaxNode, scope: Scope, targets: readonly string[]): boolean {
  const parts = clauses(node);
  const [first] = parts;
  if (first === undefined) return false;
  run.unseenWalrus(node, scope);
  const names = boundNames(first.body, run.python.text);
  const point = run.newPoint();
  const inner = new Scope(scope);
  run.unknown(inner, [...targets, ...names], node);
  run.block(first.body, inner);
  if (/\b(?:break|continue)\b/.test(run.textOf(first.body))) run.unknown(inner, names, node);
  merge(point, [{ scope: inner, words: wordsOf(run, first), ends: false }, { scope: new Scope(scope), words: "otherwise", ends: false }], scope);
  const otherwise = parts.find(({ keyword }) => keyword === "else");
  if (otherwise === undefined) return false;
  const secondPoint = run.newPoint();
  const after = new Scope(scope);
  const ends = run.block(otherwise.body, after);
  return merge(secondPoint, [{ scope: after, words: "else", ends }, { scope: new Scope(scope), words: "otherwise", ends: false }], scope);
}

export function runWith(run: ModuleRun, node: SyntaxNode, scope: Scope): boolean {
  const body = node.getChild("Body");
  for (const name of targetNodes(node)) run.bind(scope, name, dynamicValue, node);
  return body !== null && run.block(body, scope);
}
