import { parse as babelParse } from "@babel/parser";
import { parseForESLint } from "@typescript-eslint/parser";
import { analyze } from "@typescript-eslint/scope-manager";
import type { TSESTree } from "@typescript-eslint/types";
import { normaliseBabel } from "../src/babel.ts";
import type { ScopeManager } from "../src/scopes.ts";

/** A parsed module with its scopes, as a caller hands it in. */
export interface Parsed {
  readonly program: TSESTree.Program;
  readonly scopes: ScopeManager;
}

/** The way of the command line: @babel/parser, brought into shape, and typescript-eslint's scope analysis. */
export function withBabel(text: string): Parsed {
  const file = babelParse(text, {
    sourceType: "unambiguous",
    plugins: [["estree", { classFeatures: true }], "typescript", "jsx", "decorators", "decoratorAutoAccessors", "explicitResourceManagement"],
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    errorRecovery: true,
  });
  const program = normaliseBabel(file.program);
  return { program, scopes: analyze(program, { sourceType: file.program.sourceType === "module" ? "module" : "script", lib: [] }) };
}

/** The way of an editor with the TypeScript parser. */
export function withTypeScript(text: string): Parsed {
  const { ast, scopeManager } = parseForESLint(text, { sourceType: "module", ecmaFeatures: { jsx: true }, range: true, loc: true });
  return { program: ast, scopes: scopeManager };
}
