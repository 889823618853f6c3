import type { TSESTree } from "@typescript-eslint/types";
import { exportPath } from "./modules.ts";
import { readOptions } from "./options.ts";
import { CONSTRUCTOR_LISTENERS, type ConstructorListener } from "./receiver-frameworks.ts";
import { resolved } from "./resolved.ts";
import type { Context, Thing } from "./thing.ts";
import type { Imported, ListenCall } from "./types.ts";

/** A call of something that listens by itself in other circumstances, but not like this. */
export const SILENT = Symbol("does not listen");

/** What a call or `new` says if it is one that listens by itself: `new WebSocketServer({ port })`, hono's `serve({ port })`. */
export function constructorCall(context: Context, node: TSESTree.CallExpression | TSESTree.NewExpression): ListenCall | typeof SILENT | undefined {
  const callee = context.see(node.callee);
  if (callee.kind !== "import" || callee.imported.called === true) return undefined;
  const listener = listenerOf(callee.imported);
  const [first, second] = node.arguments;
  const at = listener?.argument === "second-listen-property" ? second : first;
  if (listener === undefined) return undefined;
  if (first?.type === "SpreadElement" || at?.type === "SpreadElement") return SILENT;
  const argument = at === undefined ? undefined : context.see(at);
  const start = { node, receiver: { kind: "server", framework: listener.framework }, form: "constructor-options" } as const;
  switch (listener.argument) {
    case "port":
      return argument !== undefined && isPort(argument) ? { ...start, port: resolved(context, argument) } : SILENT;
    case "options":
      if (argument?.kind !== "object") return listener.needsPort || argument === undefined ? SILENT : start;
      return withOptions(context, start, listener, argument);
    case "second-listen-property": {
      if (argument?.kind !== "object") return start;
      const inner = readOptions(context, argument).get("listen");
      return inner?.kind === "object" ? withOptions(context, start, listener, inner) : start;
    }
  }
}

function listenerOf(imported: Imported): ConstructorListener | undefined {
  const path = exportPath(imported);
  return CONSTRUCTOR_LISTENERS.find(({ module, names }) => module === imported.module && names.includes(path));
}

/** A number, or what an environment variable gives: socket.io takes anything that equals a number. */
function isPort(it: Thing): boolean {
  if (it.kind === "unknown") return it.type === "number" || it.variable !== undefined;
  return it.kind === "value" && (it.value.kind !== "exact" || (it.value.value !== undefined && it.value.value !== null && Number(it.value.value) >= 0));
}

function withOptions(context: Context, start: ListenCall, listener: ConstructorListener, object: Extract<Thing, { kind: "object" }>): ListenCall | typeof SILENT {
  const options = readOptions(context, object, listener.hostProperty);
  if (listener.unless.some((name) => options.has(name))) return SILENT;
  if (listener.needsPort && options.get("port") === undefined) return SILENT;
  const backlog = options.get("backlog");
  const read = listener.backlog === undefined || backlog === undefined ? {} : { backlog: resolved(context, backlog), backlogPlace: listener.backlog };
  return { ...start, ...options.common(context), ...read };
}
