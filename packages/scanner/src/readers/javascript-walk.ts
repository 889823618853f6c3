import type { TSESTree } from "@typescript-eslint/types";

/** What stands around a node, from the innermost outward, up to the function it is in or beyond. */
export interface WalkContext {
  readonly parent: TSESTree.Node | undefined;
  readonly outer: WalkContext | undefined;
}

/** Visits every node, parents first, without recursion. */
export function walk(program: TSESTree.Program, visit: (node: TSESTree.Node, context: WalkContext) => void): void {
  const pending: { node: TSESTree.Node; context: WalkContext }[] = [{ node: program, context: { parent: undefined, outer: undefined } }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, context } = next;
    visit(node, context);
    const inner: WalkContext = { parent: node, outer: context };
    const children: TSESTree.Node[] = [];
    for (const [key, value] of Object.entries(node) as [string, unknown][]) {
      if (typeof value !== "object" || value === null || key === "parent" || key === "loc" || key === "range") continue;
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(child)) children.push(child);
    }
    for (const child of children.reverse()) pending.push({ node: child, context: inner });
  }
}

function isNode(value: unknown): value is TSESTree.Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
