import type { TSESTree } from "@typescript-eslint/types";
import { analyse, orElse } from "./analysis.ts";
import { constructorCall, SILENT } from "./constructor-forms.ts";
import { readArguments } from "./arguments.ts";
import { exportsIn } from "./exports.ts";
import { CONSTRUCTOR_LISTENERS, FRAMEWORKS } from "./receiver-frameworks.ts";
import { receiverOf as receiverOfThing } from "./receivers.ts";
import { fastifyForm, nestFastifyForm, portOnlyForm } from "./library-forms.ts";
import { netForm, type Form } from "./net-form.ts";
import type { ScopeManager } from "./scopes.ts";
import type { Context } from "./thing.ts";
import { memberName, offsets, unwrap } from "./tree.ts";
import type { Exported, ListenCall, PackageOf, Receiver, ReceiverOf } from "./types.ts";

/** Modules with functions or constructors that listen by themselves. */
const LISTENING_MODULES = [...new Set(CONSTRUCTOR_LISTENERS.map(({ module }) => module))];

/** Whether a source names one of those modules. */
function namesListeningModule(text: string): boolean {
  // The bare name first: a quick no for nearly every source.
  return LISTENING_MODULES.some((module) => text.includes(module) && (text.includes(`"${module}"`) || text.includes(`'${module}'`) || text.includes(`\`${module}\``)));
}

/** Whether a source may hold a call that `findListenCalls` finds: a cheap question to ask before anything is analysed. */
export function mayListen(text: string): boolean {
  return (text.includes("listen") && /\blisten\b/.test(text)) || namesListeningModule(text);
}

/**
 * Finds every call of a method named `listen`, and every call or `new` of a known library that listens by itself, in
 * source order. Calls on receivers of kind "other" are among them. `text` is the program's source.
 *
 * `receiverOf` lets a caller that reads several files say what an imported object is.
 */
export function findListenCalls(program: TSESTree.Program, scopes: ScopeManager, text: string, receiverOf?: ReceiverOf): readonly ListenCall[] {
  return mayListen(text) ? callsIn(analyse(program, scopes, text, receiverOf)) : [];
}

/** What `findListenCalls` and `resolveExports` say, for the price of one of them. `packageOf` says which packages relative names stand for. */
export function readModule(program: TSESTree.Program, scopes: ScopeManager, text: string, receiverOf?: ReceiverOf, packageOf?: PackageOf): { readonly calls: readonly ListenCall[]; readonly exports: ReadonlyMap<string, Exported> } {
  const context = analyse(program, scopes, text, receiverOf, packageOf);
  return { calls: mayListen(text) ? callsIn(context) : [], exports: exportsIn(context, program) };
}

function callsIn(context: Context): readonly ListenCall[] {
  const constructors = namesListeningModule(context.text);
  const calls = context.index.calls.filter((node) => constructors || isListen(node));
  calls.sort((a, b) => offsets(a)[1] - offsets(b)[1] || offsets(a)[0] - offsets(b)[0]);
  return calls.map((node) => orElse<ListenCall | undefined>({ node, receiver: { kind: "unknown" }, form: "unknown" }, () => listenCall(context, node))).filter((call) => call !== undefined);
}

type Call = TSESTree.CallExpression | TSESTree.NewExpression;

function isListen(node: Call): boolean {
  return node.type === "CallExpression" && listenMember(node.callee) !== undefined;
}

/** What nobody knows to be a port may be the server to attach to. */
function portOnlyCall(node: TSESTree.CallExpression, receiver: Receiver, form: Form): ListenCall {
  return form.form === "unknown" ? { node, receiver: { kind: "unknown" }, ...form } : { node, receiver, ...form };
}

/** The arguments that reach `listen`: `listen.call(server, 80)` passes on all but the first, `listen.apply(server, list)` what nobody sees. */
function passedOn(node: TSESTree.CallExpression): readonly TSESTree.CallExpressionArgument[] | undefined {
  const callee = unwrap(node.callee);
  const name = callee.type === "MemberExpression" ? memberName(callee) : undefined;
  return name === "apply" ? undefined : name === "call" ? node.arguments.slice(1) : node.arguments;
}

/** The `server.listen` that a callee comes to: itself, or behind `promisify()`, `bind(server)`, `call` and `apply`. */
function listenMember(callee: TSESTree.Node): TSESTree.MemberExpression | undefined {
  let node = unwrap(callee);
  for (let layers = 0; layers < MAX_LAYERS; layers++) {
    if (node.type === "MemberExpression") {
      const name = memberName(node);
      if (name === "listen") return node;
      if (layers > 0 || (name !== "call" && name !== "apply")) return undefined;
      node = unwrap(node.object);
      if (node.type !== "MemberExpression") return undefined;
      continue;
    }
    if (node.type !== "CallExpression" || node.arguments.length !== 1) return undefined;
    const wrapper = unwrap(node.callee);
    const name = wrapper.type === "Identifier" ? wrapper.name : wrapper.type === "MemberExpression" ? memberName(wrapper) : undefined;
    const [argument] = node.arguments;
    if (name === "bind" && wrapper.type === "MemberExpression") node = unwrap(wrapper.object);
    else if (name === "promisify" && argument !== undefined) node = unwrap(argument);
    else return undefined;
  }
  return undefined;
}

const MAX_LAYERS = 4;

/** Whether the module gives this server a `listen` of its own, whose arguments may mean anything; told by how the server is written. */
function hasOwnListen({ index, text }: Context, server: TSESTree.Node): boolean {
  if (index.withOwnListen.length === 0) return false;
  const written = text.slice(...offsets(unwrap(server)));
  return index.withOwnListen.some((node) => text.slice(...offsets(node)) === written);
}

function listenCall(context: Context, node: Call): ListenCall | undefined {
  const constructed = constructorCall(context, node);
  if (constructed === SILENT) return undefined;
  if (constructed !== undefined || node.type === "NewExpression") return constructed;
  const callee = listenMember(node.callee);
  if (callee === undefined) return undefined;
  const found = receiverOfThing(context, context.see(callee.object));
  const receiver: Receiver = found.kind === "server" && hasOwnListen(context, callee.object) ? { kind: "unknown" } : found;
  const framework = receiver.kind === "server" ? FRAMEWORKS.get(receiver.framework) : undefined;
  const passed = passedOn(node);
  const args = passed && readArguments(context, passed);
  if (args === undefined) return { node, receiver, form: "unknown" };
  switch (framework?.style) {
    case "fastify":
      return { node, receiver, ...fastifyForm(context, args) };
    case "nest-fastify":
      return { node, receiver, ...nestFastifyForm(context, args) };
    case "port-only":
      // Given a server, they only attach to it.
      if (args.length === 0 || ["server", "object", "function", "nothing"].includes(args[0]?.shape ?? "")) return { node, receiver: { kind: "other" }, form: "unknown" };
      return portOnlyCall(node, receiver, portOnlyForm(context, args));
    case "not-net":
      return { node, receiver, form: "unknown" };
    case "net":
    case undefined:
      return { node, receiver, ...netForm(context, args) };
  }
}
