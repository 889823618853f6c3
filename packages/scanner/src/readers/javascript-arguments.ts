import type { TSESTree } from "@typescript-eslint/types";
import { readModule } from "@audit-backlog/listen-calls";
import type { Range } from "@audit-backlog/model";
import { parseJavaScript, rangeOf } from "./javascript-parse.ts";

/**
 * What stands for the backlog between the parentheses of each listen() call of a module, by the offset where the call
 * ends: a number, or the name of one. Calls without are left out. Never throws.
 */
export function backlogArguments(file: string, text: string): ReadonlyMap<number, Range> {
  const { program, scopes } = parseJavaScript(file, text);
  if (program === undefined) return new Map();
  try {
    return new Map(
      readModule(program, scopes, text).calls.flatMap(({ node, backlogArgument }) => {
        const argument = backlogArgument ?? backlogProperty(node);
        return argument === undefined ? [] : [[node.range[1], rangeOf(argument)]];
      }),
    );
  } catch {
    // Nested too deeply, for one: then nothing of the file was read either.
    return new Map();
  }
}

function isBacklog(key: TSESTree.Node): boolean {
  return (key.type === "Identifier" && key.name === "backlog") || (key.type === "Literal" && key.value === "backlog");
}

function backlogProperty(call: TSESTree.CallExpression | TSESTree.NewExpression): TSESTree.Node | undefined {
  for (const argument of call.arguments) {
    if (argument.type !== "ObjectExpression") continue;
    const property = argument.properties.findLast((one) => one.type === "SpreadElement" || (!one.computed && isBacklog(one.key)));
    if (property?.type === "Property") return property.value;
  }
  return undefined;
}
