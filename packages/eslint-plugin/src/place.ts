import type { TSESTree } from "@typescript-eslint/types";
import type { Listener } from "./listeners.ts";

/** Where a backlog is reported: its argument, its property in the call, or else the literal itself. */
export function placeOf({ call, written }: Listener): TSESTree.Node {
  return written === undefined ? call.node : (written.argument ?? written.written.node);
}

/** A property that is written in an object literal among the arguments, and that no spread after it replaces. */
export function propertyOf(call: TSESTree.CallExpression | TSESTree.NewExpression, name: string): TSESTree.Property | undefined {
  for (const argument of call.arguments) {
    if (argument.type !== "ObjectExpression") continue;
    const property = argument.properties.findLast((one) => one.type === "SpreadElement" || (!one.computed && nameOf(one.key) === name));
    if (property?.type === "Property") return property;
  }
  return undefined;
}

function nameOf(key: TSESTree.Node): string | undefined {
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}
