import { forEachChild, offsets, type Node } from "./tree.ts";

/** Every offset at which a word stands in a text by itself, in order. */
export function placesOf(text: string, word: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
    if (!isWordPart(text[at - 1]) && !isWordPart(text[at + word.length])) places.push(at);
  }
  return places;
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}

/** Visits the nodes that have one of these places in them, outer ones first, and looks at no others but their siblings. */
export function visitAround(root: Node, places: readonly number[], visit: (node: Node) => void): void {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    visit(node);
    forEachChild(node, (child) => {
      if (holds(child, places)) stack.push(child);
    });
  }
}

function holds(node: Node, places: readonly number[]): boolean {
  const [start, end] = offsets(node);
  let low = 0;
  for (let high = places.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? end) < start) low = middle + 1;
    else high = middle;
  }
  if ((places[low] ?? end) < end) return true;
  // `@decorator export class {}`: decorators stand before the class that they belong to.
  return node.type === "ClassDeclaration" && "decorators" in node && Array.isArray(node.decorators) && node.decorators.length > 0;
}
