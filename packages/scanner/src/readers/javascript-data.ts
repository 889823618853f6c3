import type { TSESTree } from "@typescript-eslint/types";
import type { Value } from "@audit-backlog/model";
import { memberOf, type Data, type Scalar, type ScalarData } from "./data.ts";
import { requiredModule, type Bindings } from "./javascript-bindings.ts";
import { rangeOf } from "./javascript-parse.ts";
import { apply, combine, cpus, dynamic, either, exact, fallback, isOperator, negative, oneOf, rounding } from "./javascript-values.ts";

/** Deeper expressions are not written by hand; they count as known at run time only. */
const maxDepth = 80;

/** Nodes looked at for one module; a bound against constants that refer to each other again and again. */
const maxNodes = 100_000;

/** Stands for `__dirname` in strings: the directory of the file itself. */
export const ownDirectory = "\0dirname";

/** Reads expressions as data, without running anything: constants, spreads, arithmetic, environment fallbacks, CPU counts. */
export class DataReader {
  readonly #text: string;
  readonly #bindings: Bindings;
  readonly #active = new Set<TSESTree.Node>();
  #nodes = 0;

  constructor(text: string, bindings: Bindings) {
    this.#text = text;
    this.#bindings = bindings;
  }

  read(node: TSESTree.Node, depth = 0): Data {
    this.#nodes += 1;
    if (depth > maxDepth || this.#nodes > maxNodes || this.#active.has(node)) return this.#leaf(node, dynamic);
    this.#active.add(node);
    try {
      return this.#read(node, depth + 1);
    } finally {
      this.#active.delete(node);
    }
  }

  #read(node: TSESTree.Node, depth: number): Data {
    switch (node.type) {
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSNonNullExpression":
      case "TSTypeAssertion":
      case "ChainExpression":
        return this.read(node.expression, depth);
      case "ObjectExpression":
        return this.#object(node, depth);
      case "ArrayExpression":
        return this.#array(node, depth);
      case "Identifier":
        return this.#identifier(node, depth);
      case "MemberExpression":
        return this.#member(node, depth);
      case "CallExpression":
        return this.#call(node, depth);
      default:
        return this.#leaf(node, this.#value(node, depth));
    }
  }

  /** The value of an expression that is no object; `dynamic` where it is one. */
  scalar(node: TSESTree.Node, depth = 0): Value<Scalar> {
    const data = this.read(node, depth);
    return data.kind === "scalar" ? data.value : dynamic;
  }

  #value(node: TSESTree.Node, depth: number): Value<Scalar> {
    switch (node.type) {
      case "Literal":
        return typeof node.value === "bigint" || node.value instanceof RegExp ? dynamic : exact(node.value);
      case "TemplateLiteral":
        return node.quasis.reduce<Value<Scalar>>((left, quasi, index) => {
          const joined = combine("+", left, exact(quasi.value.cooked));
          const expression = node.expressions[index];
          return expression === undefined ? joined : combine("+", combine("+", joined, exact("")), apply(this.scalar(expression, depth), String));
        }, exact(""));
      case "UnaryExpression":
        return this.#unary(node, depth);
      case "BinaryExpression":
        return isOperator(node.operator) ? combine(node.operator, this.scalar(node.left, depth), this.scalar(node.right, depth)) : dynamic;
      case "LogicalExpression": {
        const left = this.scalar(node.left, depth);
        const right = this.scalar(node.right, depth);
        if (node.operator === "||") return fallback(left, right, Boolean);
        if (node.operator === "??") return fallback(left, right, (value) => value !== null);
        return left.kind === "exact" ? (left.value ? right : left) : dynamic;
      }
      case "ConditionalExpression":
        return either(this.#source(node.test), this.scalar(node.consequent, depth), this.scalar(node.alternate, depth));
      default:
        return dynamic;
    }
  }

  #unary(node: TSESTree.UnaryExpression, depth: number): Value<Scalar> {
    const operand = this.scalar(node.argument, depth);
    if (node.operator === "-") return apply(operand, (value) => -Number(value), negative);
    if (node.operator === "+") return apply(operand, Number, (formula) => formula);
    if (node.operator === "!") return apply(operand, (value) => !value);
    return node.operator === "void" ? exact(null) : dynamic;
  }

  #object(node: TSESTree.ObjectExpression, depth: number): Data {
    const entries = new Map<string, Data>();
    let open = false;
    for (const property of node.properties) {
      if (property.type === "SpreadElement") {
        const spread = this.read(property.argument, depth);
        if (spread.kind === "object") for (const [key, value] of spread.entries) entries.set(key, value);
        open ||= spread.kind !== "object" || spread.open;
        continue;
      }
      const key = property.computed ? this.#knownText(property.key, depth) : keyOf(property.key);
      if (key === undefined) open = true;
      else entries.set(key, property.kind === "init" ? this.read(property.value, depth) : this.#leaf(property, dynamic));
    }
    return { kind: "object", entries, open, range: rangeOf(node) };
  }

  #array(node: TSESTree.ArrayExpression, depth: number): Data {
    const items: Data[] = [];
    let open = false;
    for (const element of node.elements) {
      if (element === null) continue;
      const item = this.read(element.type === "SpreadElement" ? element.argument : element, depth);
      if (element.type !== "SpreadElement") items.push(item);
      else if (item.kind === "array") items.push(...item.items);
      open ||= element.type === "SpreadElement" && (item.kind !== "array" || item.open);
    }
    return { kind: "array", items, open, range: rangeOf(node) };
  }

  #identifier(node: TSESTree.Identifier, depth: number): Data {
    const binding = this.#bindings(node);
    if (binding.kind === "global") {
      if (node.name === "__dirname") return this.#leaf(node, exact(ownDirectory));
      if (node.name === "undefined") return this.#leaf(node, exact(null));
      return this.#leaf(node, node.name === "NaN" ? exact(NaN) : node.name === "Infinity" ? exact(Infinity) : dynamic);
    }
    if (binding.kind !== "constant") return this.#leaf(node, dynamic);
    const found = this.#at(binding.init, binding.path, depth);
    const data = found ?? this.#leaf(node, dynamic);
    if (data.kind !== "scalar") return data;
    const value = binding.fallback === undefined ? data.value : fallback(data.value, this.scalar(binding.fallback, depth), (known) => known !== null);
    return { ...data, value, via: [rangeOf(binding.declaration), ...data.via] };
  }

  #member(node: TSESTree.MemberExpression, depth: number): Data {
    const key = node.computed ? this.#knownText(node.property, depth) : keyOf(node.property);
    if (key === undefined) return this.#leaf(node, dynamic);
    if (key === "length" && this.isCpuList(node.object)) return this.#leaf(node, cpus);
    return this.#at(node.object, [key], depth, node) ?? this.#leaf(node, dynamic);
  }

  /** The member at `path` of what `node` is: of an object that we know, or of `process.env`. */
  #at(node: TSESTree.Node, path: readonly string[], depth: number, whole: TSESTree.Node = node): Data | undefined {
    const [first, second] = this.#isProcess(node) ? path : this.#isEnvironment(node) ? ["env", ...path] : [];
    if (first === "env") return this.#leaf(whole, second === undefined ? dynamic : { kind: "dynamic", variable: second });
    const owner = this.read(node, depth);
    if (path.length === 0) return owner;
    const found = memberOf(owner, path);
    if (found !== undefined) return found;
    return owner.kind === "object" && !owner.open ? this.#leaf(whole, exact(null)) : undefined;
  }

  #isProcess(node: TSESTree.Node): boolean {
    if (node.type !== "Identifier") return false;
    const binding = this.#bindings(node);
    return (binding.kind === "global" && node.name === "process") || (binding.kind === "import" && /^(?:node:)?process$/.test(binding.module));
  }

  #isEnvironment(node: TSESTree.Node): boolean {
    if (node.type === "MemberExpression") return !node.computed && keyOf(node.property) === "env" && this.#isProcess(node.object);
    if (node.type !== "Identifier") return false;
    const binding = this.#bindings(node);
    if (binding.kind === "import") return /^(?:node:)?process$/.test(binding.module) && binding.name === "env";
    if (binding.kind !== "constant" || binding.init === node) return false;
    return binding.path.length === 0 ? binding.init.type === "MemberExpression" && this.#isEnvironment(binding.init) : binding.path.join(".") === "env" && this.#isProcess(binding.init);
  }

  #call(node: TSESTree.CallExpression, depth: number): Data {
    const [first] = node.arguments;
    const name = this.#calleeName(node.callee);
    if (name === "os.availableParallelism") return this.#leaf(node, cpus);
    if (first === undefined || first.type === "SpreadElement") return this.#leaf(node, dynamic);
    // Identity functions of configuration files.
    if (name === "defineConfig" || name === "Object.freeze") return this.read(first, depth);
    if (name === "path.join" || name === "path.resolve") return this.#leaf(node, this.#joinedPath(node.arguments, depth));
    const value = this.scalar(first, depth);
    if (name === "Number") return this.#leaf(node, apply(value, Number, (formula) => formula));
    if (name === "parseInt" || name === "Number.parseInt") return this.#leaf(node, apply(value, (known) => parseInt(String(known), 10), (operand) => ({ op: "int", operands: [operand] })));
    if (name === "parseFloat") return this.#leaf(node, apply(value, (known) => parseFloat(String(known)), (formula) => formula));
    if (name === "String") return this.#leaf(node, apply(value, String));
    const method = name?.startsWith("Math.") === true ? name.slice("Math.".length) : "";
    const round = Object.hasOwn(rounding, method) ? rounding[method] : undefined;
    if (round !== undefined) return this.#leaf(node, apply(value, (known) => round.compute(Number(known)), round.formula));
    if (method === "min" || method === "max") {
      const operands = node.arguments.map((argument) => this.scalar(argument, depth));
      return this.#leaf(node, operands.reduce((left, right) => combine(method, left, right)));
    }
    return this.#leaf(node, dynamic);
  }

  /** `Math.max`, `os.cpus`, `Number`: names of globals and of members of what a module exports. */
  #calleeName(callee: TSESTree.Node): string | undefined {
    if (callee.type === "Identifier") {
      const binding = this.#bindings(callee);
      if (binding.kind === "import") return /^(?:node:)?(?:os|path)$/.test(binding.module) ? `${binding.module.replace("node:", "")}.${binding.name}` : binding.name;
      return binding.kind === "global" ? callee.name : undefined;
    }
    if (callee.type !== "MemberExpression" || callee.computed) return undefined;
    const key = keyOf(callee.property);
    const required = requiredModule(callee.object);
    if (required !== undefined) return `${required.replace("node:", "")}.${key ?? ""}`;
    if (callee.object.type !== "Identifier") return undefined;
    const binding = this.#bindings(callee.object);
    if (binding.kind === "import") return `${binding.module.replace("node:", "")}.${key ?? ""}`;
    return binding.kind === "global" ? `${callee.object.name}.${key ?? ""}` : undefined;
  }

  /** `os.cpus()`, directly or through a constant. */
  isCpuList(node: TSESTree.Node): boolean {
    if (node.type === "CallExpression") return this.#calleeName(node.callee) === "os.cpus";
    if (node.type !== "Identifier") return false;
    const binding = this.#bindings(node);
    return binding.kind === "constant" && binding.path.length === 0 && binding.init.type === "CallExpression" && this.isCpuList(binding.init);
  }

  #joinedPath(parts: readonly TSESTree.CallExpressionArgument[], depth: number): Value<Scalar> {
    const texts = parts.map((part) => this.#knownText(part, depth));
    return texts.every((text) => text !== undefined) ? exact(texts.join("/")) : dynamic;
  }

  #knownText(node: TSESTree.Node, depth: number): string | undefined {
    const value = this.scalar(node, depth);
    return (value.kind === "exact" || value.kind === "assumed") && (typeof value.value === "string" || typeof value.value === "number") ? String(value.value) : undefined;
  }

  #leaf(node: TSESTree.Node, value: Value<Scalar>): ScalarData {
    return { kind: "scalar", value: value.kind === "oneOf" ? oneOf(value.options) : value, range: rangeOf(node), text: this.#source(node), via: [] };
  }

  #source(node: TSESTree.Node): string {
    const text = this.#text.slice(...node.range);
    return text.length > 200 ? `${text.slice(0, 199)}…` : text;
  }
}

/** A key that is written out: an identifier, a string or a number. */
export function keyOf(node: TSESTree.Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && (typeof node.value === "string" || typeof node.value === "number") ? String(node.value) : undefined;
}
