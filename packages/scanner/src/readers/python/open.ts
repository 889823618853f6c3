import { type PythonTree, walk } from "./tree.ts";

const anywhere: ReadonlySet<string> = new Set(["exec", "globals", "setattr"]);
const atModuleLevel: ReadonlySet<string> = new Set(["locals", "vars"]);

/**
 * Why module-level names may hold something else than their assignments say; undefined where nothing hints at it.
 * `original` is the text before templates were masked.
 */
export function openReason({ tree, text }: PythonTree, original: string): string | undefined {
  if (/\{%|<%(?!=)/.test(original)) return "a template decides which lines are there";
  let reason: string | undefined;
  const globals = new Set<string>();
  let scopeEnd = -1;
  walk(tree.topNode, (node) => {
    if (reason !== undefined) return false;
    if (node.name === "FunctionDefinition" || node.name === "ClassDefinition" || node.name === "LambdaExpression") scopeEnd = Math.max(scopeEnd, node.to);
    const inFunction = node.from < scopeEnd;
    if (node.name === "ImportStatement" && node.lastChild?.name === "*") reason = `${text.slice(node.from, Math.min(node.to, node.from + 80))} may set any name`;
    if (node.name === "ScopeStatement" && node.firstChild?.name === "global") {
      for (const name of node.getChildren("VariableName")) globals.add(text.slice(name.from, name.to));
    }
    if (node.name === "CallExpression" && node.firstChild?.name === "VariableName") {
      const callee = text.slice(node.firstChild.from, node.firstChild.to);
      const bare = node.lastChild !== null && /^\(\s*\)$/.test(text.slice(node.lastChild.from, Math.min(node.lastChild.to, node.lastChild.from + 20)));
      if (anywhere.has(callee) || (atModuleLevel.has(callee) && bare && !inFunction)) reason = `${callee}() may set any name`;
    }
    return true;
  });
  if (reason === undefined && globals.size > 0) reason = `functions set ${[...globals].slice(0, 5).join(", ")} through "global"`;
  return reason;
}
