import type { TSESTree } from "@typescript-eslint/types";
import { superOf } from "./instances.ts";
import { exportPath, canonicalModule, madeBy, moduleAsWhole, passesThrough } from "./modules.ts";
import { applyCall, NUMBER_CALLS } from "./operators.ts";
import { FRAMEWORKS } from "./receiver-frameworks.ts";
import { become, combined, exact, thing, through, unknown, type Context, type KnownValue, type Thing } from "./thing.ts";
import { memberName, unwrap, type FunctionNode, type Node } from "./tree.ts";
import type { Imported } from "./types.ts";
import { seeAll } from "./writes.ts";

export type Arguments = readonly TSESTree.CallExpressionArgument[];

export function seeCall(context: Context, node: TSESTree.CallExpression): Thing {
  const callee = unwrap(node.callee);
  if (callee.type === "MemberExpression") {
    const object = context.see(callee.object);
    const name = memberName(callee);
    if (name !== undefined) return callMember(context, object, name, node, callee);
  }
  return invoke(context, context.see(callee), node.arguments, node);
}

function callMember(context: Context, object: Thing, name: string, node: TSESTree.CallExpression, callee: Node): Thing {
  const server = asServer(context, object);
  if (server !== undefined) {
    const framework = FRAMEWORKS.get(server.framework);
    const other = framework?.members.get(name);
    if (other !== undefined) return thing({ kind: "server", framework: other }, node);
    // `app.get(name)` reads a setting of express.
    const fluent = framework?.fluent.has(name) === true && !(name === "get" && node.arguments.length < 2);
    if (fluent) return object;
    // A promise of the server, with its failure handled.
    if (["catch", "finally"].includes(name)) return object;
    if (object.kind === "server") return unknown(node);
  }
  if (object.kind === "import") {
    if (canonicalModule(object.imported.module) === "config" && name === "get" && exportPath(object.imported) === "") return nodeConfig(context, object, node);
  }
  return invoke(context, context.see(callee), node.arguments, node);
}

/** The server that something is, also as an instance of a class that extends one. */
export function asServer(context: Context, it: Thing): Extract<Thing, { kind: "server" }> | undefined {
  if (it.kind === "server") return it;
  if (it.kind !== "instance") return undefined;
  return context.bounded(undefined, () => {
    const parent = superOf(context, it.owner);
    return parent === undefined ? undefined : asServer(context, parent);
  });
}

/** `config.get("server.backlog")` of node-config; source: node-config lib/config.js Config.prototype.get. */
function nodeConfig(context: Context, object: Extract<Thing, { kind: "import" }>, node: TSESTree.CallExpression): Thing {
  const [argument] = node.arguments;
  const key = argument === undefined || argument.type === "SpreadElement" ? undefined : context.see(argument);
  const name = key?.kind === "value" && key.value.kind === "exact" ? key.value.value : undefined;
  if (typeof name !== "string") return unknown(node);
  return { ...become({ kind: "import", imported: { ...object.imported, path: [...object.imported.path, ...name.split(".")] } }, object, node), node };
}

/** What a call of `callee` gives. */
export function invoke(context: Context, callee: Thing, args: Arguments, node: Node): Thing {
  switch (callee.kind) {
    case "builtin":
      return invokeBuiltin(context, callee.path, args, node);
    case "import":
      return invokeImport(context, callee, args, node);
    case "function":
      return returned(context, callee.fn, args.length > 0, node);
    default:
      return unknown(node);
  }
}

function firstString(context: Context, args: Arguments): string | undefined {
  const [argument] = args;
  if (argument === undefined || argument.type === "SpreadElement") return undefined;
  const it = context.see(argument);
  return it.kind === "value" && it.value.kind === "exact" && typeof it.value.value === "string" ? it.value.value : undefined;
}

function invokeBuiltin(context: Context, path: string, args: Arguments, node: Node): Thing {
  switch (path) {
    case "require":
    case "module.require":
    case "process.getBuiltinModule":
    case "process.mainModule.require": {
      const module = firstString(context, args);
      return module === undefined ? unknown(node) : moduleAsWhole(context, module, node);
    }
    case "Object.freeze":
    case "Object.seal": {
      const [argument] = args;
      const it = argument === undefined ? undefined : context.see(argument);
      if (it?.kind === "object") return { ...it, frozen: it.frozen || (path === "Object.freeze" && it.variable === undefined) };
      return it ?? unknown(node);
    }
    // The promise is awaited somewhere; what it holds is what counts.
    case "Promise.resolve": {
      const [argument] = args;
      return argument === undefined ? exact(undefined, node) : context.see(argument);
    }
    case "Map":
    case "Symbol":
      return thing({ kind: "other" }, node);
    default:
      return compute(context, path, args, node);
  }
}

/** `Number(x)`, `parseInt(x, 10)`, `Math.max(a, b)` */
function compute(context: Context, path: string, args: Arguments, node: Node): Thing {
  const parts = args.map((argument) => (argument.type === "SpreadElement" ? unknown(argument) : context.see(argument)));
  const [first] = parts;
  const converts = !path.startsWith("Math.");
  const isNumber = NUMBER_CALLS.has(path);
  // A constant of another module stays the place to look it up; a conversion keeps what a backlog makes of it.
  if (first?.kind === "import" && isNumber && converts) return { ...first, whole: node };
  const values: KnownValue[] = [];
  for (const part of parts) if (part.kind === "value") values.push(part.value);
  const value = values.length === parts.length ? applyCall(path, values) : undefined;
  if (value === undefined) {
    const variable = first?.kind === "unknown" && converts ? first.variable : undefined;
    return thing({ kind: "unknown", ...(isNumber ? { type: "number" } : path === "String" ? { type: "string" } : {}), ...(variable === undefined ? {} : { variable }) }, node);
  }
  return first !== undefined && converts ? become({ kind: "value", value }, first, node) : combined({ kind: "value", value }, node, parts);
}

type ImportThing = Extract<Thing, { kind: "import" }>;

function invokeImport(context: Context, callee: ImportThing, args: Arguments, node: Node): Thing {
  const { imported } = callee;
  const module = canonicalModule(imported.module);
  const path = exportPath(imported);
  if (module === "node:os") {
    if (path === "cpus") return thing({ kind: "builtin", path: "os.cpus()" }, node);
    if (path === "availableParallelism") return thing({ kind: "value", value: { kind: "formula", formula: { op: "cpus" } } }, node);
  }
  if (module === "node:module" && path === "createRequire") return thing({ kind: "builtin", path: "require" }, node);
  if (passesThrough(imported) && args[0] !== undefined) return context.see(args[0]);
  return make(context, callee, args, node);
}

function make(context: Context, callee: ImportThing, args: Arguments, node: Node): Thing {
  const framework = madeBy(callee.imported);
  if (framework !== undefined) return become({ kind: "server", framework: framework === "nest" ? nestAdapter(context, args) : framework }, thing({ kind: "other" }, node), node);
  const imported = called(callee.imported);
  return imported === undefined ? unknown(node) : { ...become({ kind: "import", imported }, callee, node), node };
}

/** Longer chains of calls are no way to a server. */
const MAX_STEPS = 8;

function called(imported: Imported): Imported | undefined {
  if (imported.called !== true) return { ...imported, called: true };
  const { then } = imported;
  // The result of a call that is itself called is nobody's server.
  return then?.at(-1)?.kind === "read" && then.length < MAX_STEPS ? { ...imported, then: [...then, { kind: "call" }] } : undefined;
}

/** `NestFactory.create(AppModule, new FastifyAdapter())` gives an application whose listen() is the adapter's. */
function nestAdapter(context: Context, args: Arguments): string {
  const [, second] = args;
  if (second === undefined || second.type === "SpreadElement") return "nest";
  const it = context.see(second);
  return it.kind === "import" && it.imported.called === true && it.imported.module === "@nestjs/platform-fastify" ? "nest-fastify" : "nest";
}

export function seeNew(context: Context, node: TSESTree.NewExpression): Thing {
  return construct(context, context.see(node.callee), node.arguments, node);
}

/** What `new callee()` gives. */
export function construct(context: Context, callee: Thing, args: Arguments, node: Node): Thing {
  switch (callee.kind) {
    case "class":
      return thing({ kind: "instance", owner: { node: callee.cls, isStatic: false } }, node);
    case "function":
      return callee.fn.type === "ArrowFunctionExpression" ? unknown(node) : thing({ kind: "instance", owner: { node: callee.fn, isStatic: false } }, node);
    case "builtin":
      return callee.path.includes(".") ? unknown(node) : thing({ kind: "other" }, node);
    case "import":
      return make(context, callee, args, node);
    default:
      return unknown(node);
  }
}

/**
 * What a function of this file returns, `given` arguments or not. Its parameters are whatever the caller gives: only
 * what does not hang on them is known.
 */
export function returned(context: Context, fn: FunctionNode, given: boolean, node: Node): Thing {
  if (fn.generator) return thing({ kind: "other" }, node);
  const found = fn.body.type === "BlockStatement" ? results(context, fn, node) : context.see(fn.body);
  // A default parameter holds for calls without the argument only.
  if (fn.params.length === 0 || !given) return through(fn, found);
  if (found.kind === "value" && found.value.kind !== "exact") return unknown(node);
  return through(fn, found.kind === "object" ? { ...found, madeFromArguments: true } : found);
}

function results(context: Context, fn: FunctionNode, node: Node): Thing {
  const values = context.index.returnsOf(fn);
  return values.length === 0 ? exact(undefined, node) : seeAll(context, values, node);
}
