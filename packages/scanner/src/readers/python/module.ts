import type { SyntaxNode } from "@lezer/common";
import type { FileProblem } from "@audit-backlog/model";
import { assign, augment, forgetMutated } from "./assign.ts";
import { runFor, runIf, runMatch, runTry, runWhile, runWith } from "./branches.ts";
import { type Context, evaluate } from "./evaluate.ts";
import type { World } from "./functions.ts";
import type { PythonSource } from "./source.ts";
import { Aliases, type Scope, Trace } from "./scope.ts";
import { boundNames, childrenOf, importedNames, type PythonTree, targetNodes } from "./tree.ts";
import { type Binding, dynamicValue, type Possible, single, unsetValue } from "./values.ts";

/** One run over a module's statements. */
export class ModuleRun {
  readonly source: PythonSource;
  readonly python: PythonTree;
  readonly world: World;
  readonly aliases = new Aliases();
  readonly problems: FileProblem[] = [];
  #points = 0;

  constructor(source: PythonSource, python: PythonTree, world: World) {
    this.source = source;
    this.python = python;
    this.world = world;
  }

  newPoint(): number {
    return (this.#points += 1);
  }

  /** What an expression is evaluated in; every place that it reads from is added to `trace`. */
  context(scope: Scope, trace = new Trace(), conditional = false): Context {
    return {
      text: this.python.text,
      scope,
      trace,
      aliases: this.aliases,
      conditional,
      newPoint: () => this.newPoint(),
      world: { environment: this.world.environment, used: (entry) => { trace.add(entry.origin, ...(entry.via ?? [])); }, filledIn: (from, to) => this.source.filledIn(from, to) },
      bind: (name, value, at) => { this.bind(scope, name, value, at); },
    };
  }

  textOf(node: SyntaxNode): string {
    return this.python.text.slice(node.from, node.to);
  }

  binding(value: Possible, at: SyntaxNode, trace = new Trace()): Binding {
    return { value, origin: this.source.origin(at.from, at.to), via: trace.origins, text: this.source.written(at.from, at.to) };
  }

  bind(scope: Scope, name: SyntaxNode, value: Possible, at: SyntaxNode): void {
    scope.set(this.textOf(name), this.binding(value, at));
    this.aliases.note(this.textOf(name), value);
  }

  problem(node: { readonly from: number; readonly to: number }, reason: string): void {
    if (this.problems.length < 20) this.problems.push(this.source.problem(node.from, node.to, reason));
  }

  /**
   * Runs a block; true where it never gets to its end (raise, sys.exit, break). Where the parser lost its way it
   * takes statements out of the block that they stand in: their indentation gives them away.
   */
  block(body: SyntaxNode, scope: Scope): boolean {
    let indentation = body.name === "Script" ? "" : undefined;
    for (let child = body.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === ":" || child.name === ";" || child.name === "Comment") continue;
      if (body.name !== "StatementGroup") {
        indentation ??= this.python.text.slice(this.python.text.lastIndexOf("\n", child.from - 1) + 1, child.from);
        if (!this.#isBehind(indentation, child) && !this.#afterByteOrderMark(child)) {
          this.refuse(child, scope);
          continue;
        }
      }
      if (this.statement(child, scope)) return true;
    }
    return false;
  }

  /** Whether exactly this stands before a node in its line. */
  #isBehind(indentation: string, { from }: SyntaxNode): boolean {
    const start = from - indentation.length;
    return this.python.text.startsWith(indentation, start) && (start === 0 || this.python.text[start - 1] === "\n");
  }

  /** The mark is a blank in the parsed text. */
  #afterByteOrderMark(node: SyntaxNode): boolean {
    return node.from === 1 && this.source.written(0, 1) === "\uFEFF";
  }

  statement(node: SyntaxNode, scope: Scope): boolean {
    if (node.type.isError || this.#isBroken(node)) {
      this.refuse(node, scope);
      return false;
    }
    switch (node.name) {
      case "StatementGroup":
        return this.block(node, scope);
      case "AssignStatement":
        assign(this, node, scope);
        return false;
      case "UpdateStatement":
        augment(this, node, scope);
        return false;
      case "ExpressionStatement":
        return this.#expression(node, scope);
      case "ImportStatement":
        this.#import(node, scope);
        return false;
      case "DeleteStatement":
        for (const name of targetNodes(node)) scope.set(this.textOf(name), this.binding(unsetValue, node));
        forgetMutated(this, childrenOf(node).slice(1), scope);
        return false;
      case "IfStatement":
        return runIf(this, node, scope);
      case "TryStatement":
        return runTry(this, node, scope);
      case "MatchStatement":
        return runMatch(this, node, scope);
      case "ForStatement":
        return runFor(this, node, scope);
      case "WhileStatement":
        return runWhile(this, node, scope);
      case "WithStatement":
        return runWith(this, node, scope);
      case "RaiseStatement":
      case "BreakStatement":
      case "ContinueStatement":
        return true;
      case "FunctionDefinition":
      case "ClassDefinition":
      case "DecoratedStatement":
      case "TypeDefinition":
        this.#definition(node, scope);
        return false;
      default:
        this.unknown(scope, boundNames(node, this.python.text), node);
        return false;
    }
  }

  /** After this, nothing is known of the names. */
  unknown(scope: Scope, names: Iterable<string>, at: SyntaxNode): void {
    for (const name of names) scope.set(name, this.binding(dynamicValue, at));
  }

  /** Leaves out a statement that the parser had to mend: what it assigns is not known, nor what it may have swallowed. */
  refuse(node: SyntaxNode, scope: Scope, nested = true): void {
    if (node.from === node.to && node.type.isError) return;
    const text = this.textOf(node);
    const lines = nested ? /^[ \t]*([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?(?:[-+*/%&|^@<>]{1,3})?=(?!=)/gm : /^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?(?:[-+*/%&|^@<>]{1,3})?=(?!=)/gm;
    const names = new Set(nested ? boundNames(node, this.python.text) : []);
    for (const [, name] of text.matchAll(lines)) if (name !== undefined) names.add(name);
    this.unknown(scope, names, node);
    const left = [...names].slice(0, 5).join(", ");
    this.problem(node, left === "" ? "This is not clear as Python and was left out." : `This is not clear as Python: what it gives ${left} was left out.`);
  }

  /** An error in a simple statement or in the head of a compound one; errors further in are found there. */
  #isBroken(node: SyntaxNode): boolean {
    if (!this.python.hasError(node.from, node.to)) return false;
    if (!compounds.has(node.name)) return !definitions.has(node.name);
    let from = node.from;
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name !== "Body" && child.name !== "MatchBody") continue;
      // The error of an empty body stands in it.
      if (this.python.hasError(from, child.from - 1)) return true;
      from = child.to + 1;
    }
    return this.python.hasError(from, node.to);
  }

  #expression(node: SyntaxNode, scope: Scope): boolean {
    const [expression] = childrenOf(node);
    if (expression === undefined) return false;
    this.unseenWalrus(node, scope);
    evaluate(expression, this.context(scope));
    const call = expression.name === "CallExpression" ? this.textOf(expression) : "";
    return /^(?:sys\.exit|os\._exit|exit|quit)\(/.test(call);
  }

  /** Names of walruses that evaluation may not get to see are unknown until it does. */
  unseenWalrus(node: SyntaxNode, scope: Scope): void {
    if (this.textOf(node).includes(":=")) this.unknown(scope, boundNames(node, this.python.text), node);
  }

  #import(node: SyntaxNode, scope: Scope): void {
    const children = childrenOf(node);
    const from = children[0]?.name === "from";
    const module = from ? children.slice(1, children.findIndex((child) => child.name === "import")).map((child) => this.textOf(child)).join("") : "";
    for (const { node: name, of } of importedNames(children)) {
      const path = of.map((part) => this.textOf(part)).join(".");
      const known = module.startsWith(".") ? dynamicValue : single({ kind: "object", path: from ? `${module}.${path}` : path });
      this.bind(scope, name, known, node);
    }
  }

  #definition(node: SyntaxNode, scope: Scope): void {
    if (this.python.hasError(node.from, node.to)) this.refuse(node, scope, false);
    this.unseenWalrus(node, scope);
    for (const name of boundNames(node, this.python.text)) scope.set(name, this.binding(dynamicValue, node));
  }
}

const definitions: ReadonlySet<string> = new Set(["FunctionDefinition", "ClassDefinition", "DecoratedStatement"]);
const compounds: ReadonlySet<string> = new Set(["IfStatement", "TryStatement", "MatchStatement", "ForStatement", "WhileStatement", "WithStatement", "StatementGroup"]);
