import type { TSESTree } from "@typescript-eslint/types";
import { asServer } from "./calls.ts";
import { candidates } from "./resolved.ts";
import type { Context, Thing } from "./thing.ts";
import { memberName, unwrap, type Node } from "./tree.ts";

/** What an argument may be, as far as its place and reading hang on that. */
export type Shape = "number" | "string" | "nothing" | "boolean" | "function" | "object" | "server" | "unknown";

export interface Argument {
  readonly node: Node;
  readonly it: Thing;
  readonly shape: Shape;
  /** The last name in it: `backlog` for `this.options.backlog`. */
  readonly name: string | undefined;
}

/** The arguments of a call; undefined if a spread hides which is which. */
export function readArguments(context: Context, args: readonly TSESTree.CallExpressionArgument[]): readonly Argument[] | undefined {
  const all: Argument[] = [];
  for (const argument of args) {
    if (argument.type === "SpreadElement") return undefined;
    const it = context.see(argument);
    const name = lastName(argument);
    all.push({ node: argument, it, shape: shapeOf(context, it, name), name });
  }
  return all;
}

function lastName(outer: Node): string | undefined {
  let node = unwrap(outer);
  // `options.port || 80`
  while (node.type === "LogicalExpression") node = unwrap(node.left);
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression") return memberName(node);
  return node.type === "CallExpression" ? keyAsked(node) : undefined;
}

/** `port` for `app.get("port")`, `config.get("server.port")`, `env("SERVER:port")`. */
function keyAsked(call: TSESTree.CallExpression): string | undefined {
  const callee = unwrap(call.callee);
  const asked = callee.type === "Identifier" ? callee.name : callee.type === "MemberExpression" ? memberName(callee) : undefined;
  const [key] = call.arguments;
  if (asked === undefined || !/^(?:get|env|config|setting)/i.test(asked) || key?.type !== "Literal" || typeof key.value !== "string") return undefined;
  return key.value.split(/[.:/]/).at(-1);
}

/** Names that people give to callbacks, and to nothing that would be a host or a backlog. */
const CALLBACK_NAME = /^(?:cb|callback|done|fn|next|resolve|reject|res|listener|ready|noop|on[A-Z_].*|handle[A-Z_].*|.*(?:Callback|Listener|Handler|Cb))$/;

function shapeOf(context: Context, it: Thing, name: string | undefined): Shape {
  switch (it.kind) {
    case "value": {
      if (it.value.kind === "formula") return "number";
      const shapes = new Set(candidates(it.value).map(shapeOfLiteral));
      if (shapes.size > 1) shapes.delete("nothing");
      const [only] = shapes;
      return shapes.size === 1 && only !== undefined ? only : "unknown";
    }
    case "function":
    case "class":
      return "function";
    case "object":
      return "object";
    case "server":
      return "server";
    case "instance":
      return asServer(context, it) === undefined ? "object" : "server";
    case "other":
      return "object";
    case "unknown":
      if (it.type !== undefined) return it.type;
      return name !== undefined && CALLBACK_NAME.test(name) ? "function" : "unknown";
    case "import":
      return name !== undefined && CALLBACK_NAME.test(name) ? "function" : "unknown";
    case "builtin":
      // `console.log`, `resolve` of nobody's: functions, if anything.
      return it.path.startsWith("console.") || (name !== undefined && CALLBACK_NAME.test(name)) ? "function" : "unknown";
    case "enum":
      return "object";
  }
}

function shapeOfLiteral(value: string | number | bigint | boolean | null | undefined): Shape {
  switch (typeof value) {
    case "number":
    case "bigint":
      return "number";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    default:
      return "nothing";
  }
}

/** Whether a name says that it holds a backlog. */
export function isBacklogName(name: string | undefined): boolean {
  return name !== undefined && /backlog/i.test(name);
}
