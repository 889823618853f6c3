import type { TSESTree } from "@typescript-eslint/types";
import type { ScopeManager } from "./scopes.ts";
import type { Exported, Imported } from "./types.ts";

/** What a module exports, by name. */
export function resolveExports(_program: TSESTree.Program, _scopes: ScopeManager, _text: string): ReadonlyMap<string, Exported> {
  return new Map();
}

/** What an import of a module with these exports means; several candidates where `export *` leaves it open, best first. */
export function lookUpExport(_exports: ReadonlyMap<string, Exported>, _imported: Imported): readonly Exported[] {
  return [];
}
