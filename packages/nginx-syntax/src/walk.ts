import type { Directive, NginxTree } from "./tree.ts";

/** A directive on a walk, with the visit of the directive whose block holds it. */
export interface Visit {
  readonly directive: Directive;
  readonly parent?: Visit;
}

/** Yields every directive of the tree in the order of the file, a block's own directive before what it holds. */
export function* walk(tree: Pick<NginxTree, "directives">): Generator<Visit, void, undefined> {
  const stack: { readonly directives: readonly Directive[]; next: number; readonly parent?: Visit }[] = [
    { directives: tree.directives, next: 0 },
  ];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const directive = frame.directives[frame.next];
    frame.next++;
    if (directive === undefined) {
      stack.pop();
      continue;
    }
    const visit: Visit = frame.parent === undefined ? { directive } : { directive, parent: frame.parent };
    yield visit;
    if (directive.block !== undefined) stack.push({ directives: directive.block.directives, next: 0, parent: visit });
  }
}
