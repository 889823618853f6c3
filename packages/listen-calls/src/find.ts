import type { TSESTree } from "@typescript-eslint/types";
import { analyse, orElse } from "./analysis.ts";
import { readArguments, type Argument } from "./arguments.ts";
import { hasRoomForBacklog, isListen, listenMember, mayListen, mayPassBacklog, namesBacklog, namesListeningModule, passedOn } from "./candidates.ts";
import { constructorCall, SILENT } from "./constructor-forms.ts";
import { exportsIn } from "./exports.ts";
import { FRAMEWORKS } from "./receiver-frameworks.ts";
import { receiverOf as receiverOfThing } from "./receivers.ts";
import { fastifyForm, nestFastifyForm, portOnlyForm } from "./library-forms.ts";
import type { Call } from "./module-index.ts";
import { firstForm, netForm, type Form } from "./net-form.ts";
import { candidates } from "./resolved.ts";
import type { ScopeManager } from "./scopes.ts";
import type { Context } from "./thing.ts";
import { offsets, unwrap } from "./tree.ts";
import type { Exported, ListenCall, PackageOf, Receiver, ReceiverOf } from "./types.ts";

/**
 * Finds every call of a method named `listen`, and every call or `new` of a known library that listens by itself, in
 * source order. Calls on receivers of kind "other" are among them. `text` is the program's source.
 *
 * `receiverOf` lets a caller that reads several files say what an imported object is.
 */
export function findListenCalls(program: TSESTree.Program, scopes: ScopeManager, text: string, receiverOf?: ReceiverOf): readonly ListenCall[] {
  return mayListen(text) ? allCallsIn(analyse(program, scopes, text, receiverOf)) : [];
}

/** What `findListenCalls` and `resolveExports` say, for the price of one of them. `packageOf` says which packages relative names stand for. */
export function readModule(program: TSESTree.Program, scopes: ScopeManager, text: string, receiverOf?: ReceiverOf, packageOf?: PackageOf): { readonly calls: readonly ListenCall[]; readonly exports: ReadonlyMap<string, Exported> } {
  const context = analyse(program, scopes, text, receiverOf, packageOf);
  return { calls: mayListen(text) ? allCallsIn(context) : [], exports: exportsIn(context, program) };
}

/**
 * Those calls of `findListenCalls` in which something known is given as a backlog, or lost where one was meant; a few
 * others may be among them. Most calls are told by their arguments, and then nothing is looked up. With `typed`, what is
 * known only at run time counts as well: types may know it.
 */
export function findBacklogCalls(program: TSESTree.Program, scopes: ScopeManager, text: string, typed: boolean): readonly ListenCall[] {
  if (!mayPassBacklog(text)) return [];
  const context = analyse(program, scopes, text);
  const named = namesBacklog(text);
  if (named && namesListeningModule(text)) return allCallsIn(context);
  const nodes = context.index.callsAroundListen().filter((node) => isListen(node) && hasRoomForBacklog(node, named));
  return callsIn(nodes, (node) => (mayGiveBacklog(context, node, named, typed) ? listenCall(context, node) : undefined));
}

function allCallsIn(context: Context): readonly ListenCall[] {
  const { index } = context;
  return callsIn(namesListeningModule(context.text) ? index.calls() : index.callsAroundListen().filter(isListen), (node) => listenCall(context, node));
}

function callsIn(nodes: readonly Call[], read: (node: Call) => ListenCall | undefined): readonly ListenCall[] {
  const sorted = [...nodes].sort((a, b) => offsets(a)[1] - offsets(b)[1] || offsets(a)[0] - offsets(b)[0]);
  return sorted.map((node) => orElse<ListenCall | undefined>({ node, receiver: { kind: "unknown" }, form: "unknown" }, () => read(node))).filter((call) => call !== undefined);
}

/** Whether what a call of `listen` is given may come to a backlog, whatever its receiver is. */
function mayGiveBacklog(context: Context, node: Call, named: boolean, typed: boolean): boolean {
  const passed = node.type === "CallExpression" ? passedOn(node) : undefined;
  const [first, ...rest] = (passed && readArguments(context, passed)) ?? [];
  if (first === undefined) return false;
  if (named && first.it.kind === "object") return true;
  const hostMayStand = firstForm(first) === "port";
  return rest.slice(0, 2).some((argument, at) => mayBeBacklog(argument, typed) && !(at === 0 && hostMayStand && isHost(argument)));
}

function mayBeBacklog({ it, shape }: Argument, typed: boolean): boolean {
  if (shape === "function" || shape === "nothing") return false;
  return typed || shape === "number" || it.kind === "value";
}

/** A name or address, and no number in quotes. */
function isHost({ it, shape }: Argument): boolean {
  return shape === "string" && !(it.kind === "value" && candidates(it.value).some((value) => Number(value) >= 0));
}

/** What nobody knows to be a port may be the server to attach to. */
function portOnlyCall(node: TSESTree.CallExpression, receiver: Receiver, form: Form): ListenCall {
  return form.form === "unknown" ? { node, receiver: { kind: "unknown" }, ...form } : { node, receiver, ...form };
}

/** Whether the module gives this server a `listen` of its own, whose arguments may mean anything; told by how the server is written. */
function hasOwnListen({ index, text }: Context, server: TSESTree.Node): boolean {
  const owners = index.withOwnListen();
  if (owners.length === 0) return false;
  const written = text.slice(...offsets(unwrap(server)));
  return owners.some((node) => text.slice(...offsets(node)) === written);
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
