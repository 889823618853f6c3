import { parseExpression } from "@babel/parser";
import type { TSESTree } from "@typescript-eslint/types";
import type { FileProblem } from "@audit-backlog/model";
import type { Data } from "./data.ts";
import { bindingsOf } from "./javascript-bindings.ts";
import { DataReader, keyOf } from "./javascript-data.ts";
import { parseJavaScript, rangeOf, syntaxProblem } from "./javascript-parse.ts";

export interface DataFile {
  /** Undefined where nothing was exported or the file could not be read. */
  readonly data?: Data;
  readonly problems: readonly FileProblem[];
}

/** What a configuration module exports: `module.exports = …`, `exports.x = …`, `export default …`, `export const x = …`. */
export function readConfigModule(path: string, text: string): DataFile {
  const { program, scopes, problems } = parseJavaScript(path, text);
  if (program === undefined) return { problems };
  const reader = new DataReader(text, bindingsOf(scopes));
  let whole: Data | undefined;
  const named = new Map<string, Data>();
  for (const statement of program.body) {
    for (const { name, node } of exportsOf(statement)) {
      const data = reader.read(node);
      if (name === undefined) whole = data;
      else named.set(name, data);
    }
  }
  if (named.size === 0) return { ...(whole === undefined ? {} : { data: whole }), problems };
  const base = whole?.kind === "object" ? whole : undefined;
  const entries = new Map([...(base?.entries ?? []), ...named]);
  return { data: { kind: "object", entries, open: base?.open ?? false, range: base?.range ?? rangeOf(program) }, problems };
}

interface ExportedNode {
  /** Undefined for what the module is as a whole. */
  readonly name?: string;
  readonly node: TSESTree.Node;
}

function exportsOf(statement: TSESTree.ProgramStatement): readonly ExportedNode[] {
  if (statement.type === "ExportDefaultDeclaration") return [{ node: statement.declaration }];
  if (statement.type === "TSExportAssignment") return [{ node: statement.expression }];
  if (statement.type === "ExportNamedDeclaration" && statement.declaration?.type === "VariableDeclaration") {
    return statement.declaration.declarations.flatMap(({ id, init }) => (id.type === "Identifier" && init !== null ? [{ name: id.name, node: init }] : []));
  }
  if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression") return [];
  const { left, right } = statement.expression;
  if (left.type !== "MemberExpression" || left.computed) return [];
  const key = keyOf(left.property);
  if (left.object.type === "Identifier" && left.object.name === "module" && key === "exports") {
    // `module.exports = exports = …`
    return [{ node: right.type === "AssignmentExpression" ? right.right : right }];
  }
  const owner = left.object;
  const isExports =
    (owner.type === "Identifier" && owner.name === "exports") ||
    (owner.type === "MemberExpression" && !owner.computed && keyOf(owner.property) === "exports" && owner.object.type === "Identifier" && owner.object.name === "module");
  return isExports && key !== undefined ? [{ name: key, node: right }] : [];
}

/** JSON, JSON with comments, JSON5: all of them are JavaScript expressions. */
export function readJsonData(path: string, text: string): DataFile {
  try {
    const node = parseExpression(text.replace(/^\uFEFF/, " "), { plugins: [["estree", { classFeatures: true }]], ranges: true, attachComment: false });
    return { data: new DataReader(text, () => ({ kind: "other" })).read(node as unknown as TSESTree.Node), problems: [] };
  } catch (error) {
    return { problems: [syntaxProblem(path, error, "JSON")] };
  }
}
