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
    // Last child first: the one pushed last is visited next.
    for (const key of Object.keys(node).reverse()) {
      const value: unknown = node[key as keyof typeof node];
      if (typeof value !== "object" || value === null || key === "parent" || key === "loc" || key === "range") continue;
      if (Array.isArray(value)) {
        const items = value as unknown[];
        for (let at = items.length - 1; at >= 0; at -= 1) {
          const child = items[at];
          if (isNode(child)) pending.push({ node: child, context: inner });
        }
      } else if (isNode(value)) pending.push({ node: value, context: inner });
    }
  }
}

function isNode(value: unknown): value is TSESTree.Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
