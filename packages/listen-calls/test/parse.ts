import { parse as babelParse } from "@babel/parser";
import { parseForESLint } from "@typescript-eslint/parser";
import { analyze } from "@typescript-eslint/scope-manager";
import type { TSESTree } from "@typescript-eslint/types";
import * as eslintScope from "eslint-scope";
import * as espree from "espree";
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

/** ESLint's own way for JavaScript; undefined where the code is none. */
export function withEspree(text: string, sourceType: "module" | "commonjs" | "script"): Parsed | undefined {
  const options = { ecmaVersion: "latest", sourceType, range: true, loc: true, ecmaFeatures: { jsx: true } } as const;
  let program;
  try {
    program = espree.parse(text, options);
  } catch {
    return undefined;
  }
  const scopes = eslintScope.analyze(program as unknown as Parameters<typeof eslintScope.analyze>[0], { ecmaVersion: 2025, sourceType, nodejsScope: sourceType === "commonjs", ignoreEval: true });
  return { program: program as unknown as TSESTree.Program, scopes: scopes as unknown as ScopeManager };
}
