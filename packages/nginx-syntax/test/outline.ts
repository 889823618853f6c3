import type { Directive, NginxTree } from "../src/index.ts";

/** A directive as nested lists of values: `["listen", "80"]`, with the block's content last. Not for deep trees. */
export type Outline = (string | Outline)[];

export function outline(tree: Pick<NginxTree, "directives">): Outline[] {
  return tree.directives.map(outlineOf);
}

function outlineOf({ name, args, block }: Directive): Outline {
  const words: Outline = [name, ...args].map(({ value }) => value);
  return block === undefined ? words : [...words, outline(block)];
}
