import type { TSESTree } from "@typescript-eslint/types";
import type { Range, Value } from "@audit-backlog/model";
import type { Scalar } from "./data.ts";
import type { Bindings } from "./javascript-bindings.ts";
import { DataReader, keyOf } from "./javascript-data.ts";
import { rangeOf } from "./javascript-parse.ts";
import { combine, cpus, dynamic, exact } from "./javascript-values.ts";
import type { WalkContext } from "./javascript-walk.ts";

/** How a module makes processes that share its listeners. */
export interface ClusterFact {
  /** Where the processes are started. */
  readonly range: Range;
  readonly text: string;
  /** How many are started at first. */
  readonly workers: Value<Scalar>;
  /** The condition, in the file's words, under which there is a cluster at all. */
  readonly condition?: string;
  /** Where `SCHED_NONE` is set: the workers accept themselves, from one shared socket. */
  readonly shared?: Range;
  /** The module that the workers run instead of the same one, as written. */
  readonly exec?: string;
}

interface Fork {
  readonly node: TSESTree.Node;
  readonly count: Value<Scalar>;
  readonly condition: string | undefined;
}

/** The module's own members, by which a cluster shows itself. */
type ClusterMember = "fork" | "isPrimary" | "isMaster" | "isWorker" | "schedulingPolicy" | "SCHED_NONE" | "setupPrimary" | "setupMaster";

/** Collects what a module does with node:cluster and throng while it is walked. */
export class ClusterReader {
  readonly #text: string;
  readonly #bindings: Bindings;
  readonly #data: DataReader;
  readonly #forks: Fork[] = [];
  readonly #primary: (readonly [number, number])[] = [];
  #shared: Range | undefined;
  #exec: string | undefined;

  constructor(text: string, bindings: Bindings) {
    this.#text = text;
    this.#bindings = bindings;
    this.#data = new DataReader(text, bindings);
  }

  visit(node: TSESTree.Node, context: WalkContext): void {
    if (node.type === "IfStatement") {
      const role = this.#roleIn(node.test);
      if (role === "primary") this.#primary.push(node.consequent.range);
      else if (role === "worker" && node.alternate !== null) this.#primary.push(node.alternate.range);
    } else if (node.type === "AssignmentExpression") {
      if (this.#memberOf(node.left) === "schedulingPolicy" && this.#memberOf(node.right) === "SCHED_NONE") this.#shared = rangeOf(node);
    } else if (node.type === "CallExpression") this.#call(node, context);
  }

  /** Whether only the primary process comes to a node. Asked after the walk. */
  isInPrimary(node: TSESTree.Node): boolean {
    return this.#primary.some(([start, end]) => start <= node.range[0] && node.range[1] <= end);
  }

  fact(): ClusterFact | undefined {
    const [first] = this.#forks;
    if (first === undefined) return undefined;
    const workers = this.#forks.map(({ count }) => count).reduce((sum, count) => combine("+", sum, count));
    const condition = this.#forks.every((fork) => fork.condition !== undefined) ? first.condition : undefined;
    return {
      range: rangeOf(first.node),
      text: this.#source(first.node),
      workers,
      ...(condition === undefined ? {} : { condition }),
      ...(this.#shared === undefined ? {} : { shared: this.#shared }),
      ...(this.#exec === undefined ? {} : { exec: this.#exec }),
    };
  }

  #call(node: TSESTree.CallExpression, context: WalkContext): void {
    const member = this.#memberOf(node.callee);
    if (member === "fork") {
      const surroundings = this.#surroundings(context);
      if (surroundings !== undefined) this.#forks.push({ node, ...surroundings });
    } else if (member === "setupPrimary" || member === "setupMaster") {
      const [settings] = node.arguments;
      const exec = settings === undefined ? undefined : this.#entry(settings, ["exec"]);
      if (exec?.kind === "exact" && typeof exec.value === "string") this.#exec = exec.value;
    } else if (node.callee.type === "Identifier") {
      const binding = this.#bindings(node.callee);
      if (binding.kind === "import" && binding.module === "throng") this.#forks.push({ node, count: this.#throngWorkers(node), condition: undefined });
    }
  }

  /** throng: lib/throng.js: `count`, before v5 `workers`, else one a CPU; the oldest form takes the number itself. */
  #throngWorkers(node: TSESTree.CallExpression): Value<Scalar> {
    for (const argument of node.arguments) {
      const given = this.#entry(argument, ["count", "workers"]);
      if (given !== undefined) return given;
      if (argument.type === "Literal" && typeof argument.value === "number") return exact(argument.value);
    }
    return cpus;
  }

  #entry(node: TSESTree.Node, keys: readonly string[]): Value<Scalar> | undefined {
    const data = this.#data.read(node);
    if (data.kind !== "object") return undefined;
    const found = keys.map((key) => data.entries.get(key)).find((entry) => entry !== undefined);
    return found === undefined ? undefined : found.kind === "scalar" ? found.value : dynamic;
  }

  /** How often a fork runs at start, and under which condition; undefined where it only answers an event, such as a worker's end. */
  #surroundings(context: WalkContext): { count: Value<Scalar>; condition: string | undefined } | undefined {
    let count: Value<Scalar> | undefined;
    let condition: string | undefined;
    let inner: TSESTree.Node | undefined;
    for (let at: WalkContext | undefined = context; at !== undefined; at = at.outer) {
      const { parent } = at;
      if (parent === undefined) break;
      if (parent.type === "CallExpression" && inner !== undefined && isFunction(inner)) {
        const method = parent.callee.type === "MemberExpression" ? keyOf(parent.callee.property) : undefined;
        if (method !== undefined && /^(?:on|once|addListener|setTimeout)$/.test(method)) return undefined;
        if (method === "forEach" || method === "map") count = times(count, this.#lengthOf(parent.callee));
      } else if (parent.type === "ForStatement") count = times(count, this.#rounds(parent));
      else if (parent.type === "ForOfStatement") count = times(count, this.#listLength(parent.right));
      else if (parent.type === "ForInStatement" || parent.type === "WhileStatement" || parent.type === "DoWhileStatement") count = dynamic;
      else if ((parent.type === "IfStatement" || parent.type === "ConditionalExpression") && inner !== parent.test) {
        const role = this.#roleIn(parent.test);
        if (role === undefined || !this.#isPlainRole(parent.test)) condition = this.#source(parent.test);
      } else if (parent.type === "LogicalExpression" && inner === parent.right && !this.#isPlainRole(parent.left)) condition = this.#source(parent.left);
      inner = parent;
    }
    return { count: count ?? exact(1), condition };
  }

  /** `for (let i = 0; i < n; i++)`: n. */
  #rounds(loop: TSESTree.ForStatement): Value<Scalar> {
    const { init, test } = loop;
    if (test?.type !== "BinaryExpression" || (test.operator !== "<" && test.operator !== "<=" && test.operator !== "!==")) return dynamic;
    if (test.left.type !== "Identifier") return dynamic;
    const declarator = init?.type === "VariableDeclaration" ? init.declarations.find(({ id }) => id.type === "Identifier" && test.left.type === "Identifier" && id.name === test.left.name) : undefined;
    const from = declarator?.init ?? (init?.type === "AssignmentExpression" ? init.right : undefined);
    if (from === undefined) return dynamic;
    const start = this.#data.scalar(from);
    if (start.kind !== "exact" || typeof start.value !== "number") return dynamic;
    const offset = start.value - (test.operator === "<=" ? 1 : 0);
    const end = this.#data.scalar(test.right);
    return offset === 0 ? end : combine("-", end, exact(offset));
  }

  /** Of the list in `list.forEach`. */
  #lengthOf(callee: TSESTree.Node): Value<Scalar> {
    return callee.type === "MemberExpression" ? this.#listLength(callee.object) : dynamic;
  }

  #listLength(list: TSESTree.Node): Value<Scalar> {
    if (this.#data.isCpuList(list)) return cpus;
    const inner = list.type === "CallExpression" && list.callee.type === "MemberExpression" && /^(?:fill|keys)$/.test(keyOf(list.callee.property) ?? "") ? list.callee.object : list;
    const [first] = inner.type === "CallExpression" || inner.type === "NewExpression" ? inner.arguments : [];
    if (first !== undefined && (inner.type === "CallExpression" || inner.type === "NewExpression")) {
      if (inner.callee.type === "Identifier" && inner.callee.name === "Array") return this.#data.scalar(first);
      if (this.#source(inner.callee) === "Array.from") return this.#entry(first, ["length"]) ?? dynamic;
    }
    return dynamic;
  }

  /** Which process a condition holds in, whatever else it asks for. */
  #roleIn(test: TSESTree.Node): "primary" | "worker" | undefined {
    if (test.type === "LogicalExpression" && test.operator === "&&") return this.#roleIn(test.left) ?? this.#roleIn(test.right);
    if (test.type === "UnaryExpression" && test.operator === "!") {
      const role = this.#roleIn(test.argument);
      return role === "primary" ? "worker" : role === "worker" && test.argument.type !== "LogicalExpression" ? "primary" : undefined;
    }
    const member = this.#memberOf(test);
    if (member === "isPrimary" || member === "isMaster") return "primary";
    return member === "isWorker" ? "worker" : undefined;
  }

  #isPlainRole(test: TSESTree.Node): boolean {
    const inner = test.type === "UnaryExpression" && test.operator === "!" ? test.argument : test;
    return inner.type !== "LogicalExpression" && this.#roleIn(inner) !== undefined;
  }

  /** The member of node:cluster that an expression is. */
  #memberOf(node: TSESTree.Node): ClusterMember | undefined {
    if (node.type === "Identifier") {
      const binding = this.#bindings(node);
      return binding.kind === "import" && isCluster(binding.module) ? clusterMember(binding.name) : undefined;
    }
    if (node.type !== "MemberExpression" || node.computed) return undefined;
    const key = keyOf(node.property);
    if (key === undefined) return undefined;
    // `import cluster, * as …` and TypeScript's interop: `cluster.default.fork()`.
    const owner = node.object.type === "MemberExpression" && keyOf(node.object.property) === "default" ? node.object.object : node.object;
    if (owner.type === "Identifier") {
      const binding = this.#bindings(owner);
      const isModule = binding.kind === "import" && isCluster(binding.module) && (binding.name === "default" || binding.name === "*");
      return isModule ? clusterMember(key) : undefined;
    }
    return owner.type === "CallExpression" && /^require\(["'](?:node:)?cluster["']\)$/.test(this.#source(owner)) ? clusterMember(key) : undefined;
  }

  #source(node: TSESTree.Node): string {
    const text = this.#text.slice(...node.range);
    return text.length > 120 ? `${text.slice(0, 119)}…` : text;
  }
}

function isFunction(node: TSESTree.Node): boolean {
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
}

function isCluster(module: string): boolean {
  return module === "cluster" || module === "node:cluster";
}

const members: ReadonlySet<string> = new Set<ClusterMember>(["fork", "isPrimary", "isMaster", "isWorker", "schedulingPolicy", "SCHED_NONE", "setupPrimary", "setupMaster"]);

function clusterMember(name: string): ClusterMember | undefined {
  return members.has(name) ? (name as ClusterMember) : undefined;
}

/** A loop within a loop. */
function times(inner: Value<Scalar> | undefined, rounds: Value<Scalar>): Value<Scalar> {
  return inner === undefined ? rounds : combine("*", inner, rounds);
}
