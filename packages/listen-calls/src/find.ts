import type { TSESTree } from "@typescript-eslint/types";
import type { ScopeManager } from "./scopes.ts";
import type { ListenCall, ReceiverOf } from "./types.ts";

/** Finds every call of a method named `listen`, and what else of known libraries listens, in source order. */
export function findListenCalls(_program: TSESTree.Program, _scopes: ScopeManager, _text: string, _receiverOf?: ReceiverOf): readonly ListenCall[] {
  return [];
}
