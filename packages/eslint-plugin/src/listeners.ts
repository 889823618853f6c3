import { findBacklogCalls, findListenCalls, mayListen, mayPassBacklog, type ListenCall, type ScopeManager } from "@audit-backlog/listen-calls";
import type { Backlog } from "@audit-backlog/model";
import type { TSESTree } from "@typescript-eslint/types";
import type { SourceCode } from "eslint";
import { isEphemeralLoopback, isPublic, looksLikeHost } from "./addresses.ts";
import { backlogOf, writtenBacklog, type Settled } from "./backlog.ts";
import { NO_TYPES, typesOf, type Types } from "./types-oracle.ts";

/** One listen() call as the rules see it. */
export interface Listener {
  readonly call: ListenCall;
  readonly backlog: Backlog;
  /** The backlog as it was written; absent where none was. */
  readonly written: Settled | undefined;
  /** Whether it is known that this opens a socket; where that is known not to be so, there is no listener. */
  readonly certain: boolean;
  readonly isPublic: boolean;
  /** Port 0 on a loopback address: nobody else's clients come there. */
  readonly ephemeral: boolean;
}

/** Whether the number itself stands between the parentheses of the call. */
export function isWrittenInCall({ call, written }: Listener): boolean {
  if (written === undefined || written.byType) return false;
  const [start, end] = call.node.range;
  const { node } = written.written;
  return node.range[0] >= start && node.range[1] <= end;
}

/** Which listeners a rule asks for: all, or those that are given a backlog, which take far less to find; others may be among them. */
export type Which = "all" | "with-backlog";

/** Whether the text of a file can hold such a listener: nearly every file is done with this one search. */
export function mayHoldListeners(sourceCode: SourceCode, which: Which): boolean {
  // Languages other than JavaScript have perhaps no text.
  const { text } = sourceCode as { readonly text?: string };
  return text !== undefined && remembered(candidates[which], sourceCode, () => (which === "all" ? mayListen(text) : mayPassBacklog(text)));
}

const candidates: Readonly<Record<Which, WeakMap<object, boolean>>> = { all: new WeakMap(), "with-backlog": new WeakMap() };
const found: Readonly<Record<Which, WeakMap<object, readonly Listener[]>>> = { all: new WeakMap(), "with-backlog": new WeakMap() };
const NONE: readonly Listener[] = [];

/** The listeners of a file, in source order; analysed once, whichever rule asks first. */
export function listenersOf(sourceCode: SourceCode, file: string, which: Which): readonly Listener[] {
  return remembered(found[which], sourceCode, () => analyse(sourceCode, file, which));
}

function remembered<T>(memory: WeakMap<object, T>, key: object, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

function analyse(sourceCode: SourceCode, file: string, which: Which): readonly Listener[] {
  if (!mayHoldListeners(sourceCode, which)) return NONE;
  // Languages other than JavaScript have other trees and no scopes. oxlint makes trees and scopes when asked for them.
  const { ast, scopeManager, text } = sourceCode as { readonly ast?: object; readonly scopeManager?: object | null; readonly text: string };
  if (!scopeManager || !isProgram(ast)) return NONE;
  const types = typesOf(sourceCode);
  const scopes = scopeManager as ScopeManager;
  const calls = which === "all" ? findListenCalls(ast, scopes, text) : findBacklogCalls(ast, scopes, text, types !== NO_TYPES);
  return calls.flatMap((call) => listenerOf(call, types, file));
}

function isProgram(ast: object | undefined): ast is TSESTree.Program {
  return ast !== undefined && "type" in ast && ast.type === "Program";
}

function listenerOf(call: ListenCall, types: Types, file: string): readonly Listener[] {
  const certain = call.receiver.kind === "server" || (call.receiver.kind === "unknown" ? saysBacklog(call, types) : false);
  if (certain === false && (call.receiver.kind === "other" || !couldListen(call))) return [];
  if (certain === undefined) return [];
  const written = writtenBacklog(call, types);
  return [{ call, backlog: backlogOf(call, written, file), written, certain, isPublic: isPublic(call), ephemeral: isEphemeralLoopback(call) }];
}

/** True: the types say that it listens; undefined: they say that it does not; false: there are none, or they don't tell. */
function saysBacklog(call: ListenCall, types: Types): boolean | undefined {
  const at = call.backlogArgument === undefined ? undefined : call.node.arguments.indexOf(call.backlogArgument as TSESTree.CallExpressionArgument);
  const says = types.listens(call.node, at);
  return says === undefined ? false : says ? true : undefined;
}

/** Whether the arguments are those of a server: `{ backlog }` without a port and `("0.0.0.0", 8080)` are somebody else's. */
function couldListen({ form, port, path }: ListenCall): boolean {
  if (form === "options") return port !== undefined || path !== undefined;
  return !(form === "path" && looksLikeHost(path));
}
