import { agree } from "./choices.ts";
import { exact, unknown, type Context, type Thing } from "./thing.ts";
import type { Node } from "./tree.ts";

/**
 * What several expressions that stand for one thing (all that is written to a field, all that a function returns) agree
 * on; `null` stands for nothing. A list of the index is gone through once, however often it is asked for.
 */
export function seeAll(context: Context, values: readonly (Node | null)[], node: Node): Thing {
  const known = context.agreed.get(values);
  if (known !== undefined) return known.kind === "unknown" ? { ...known, node, whole: node } : known;
  // What it finds when it comes back here on a circle.
  context.agreed.set(values, unknown(node));
  const found = agree(
    values.map((value) => (value === null ? exact(undefined, node) : context.see(value))),
    node,
  );
  context.agreed.set(values, found);
  return found;
}
