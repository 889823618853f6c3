import type { Lines, Placed } from "./file-wishes.ts";

interface Block {
  readonly from: number;
  readonly to: number;
  readonly placed: Placed;
}

/** Finds the wishes that hold for a rule in a line, however many there are. */
export class WishIndex {
  readonly #lines = new Map<string, Placed[]>();
  readonly #blocks = new Map<string, Block[]>();
  readonly #files = new Map<string, Placed[]>();

  constructor(wishes: readonly Placed[]) {
    for (const placed of wishes) for (const rule of placed.rules) this.#add(placed, rule, placed.lines);
    for (const blocks of this.#blocks.values()) blocks.sort((a, b) => a.from - b.from);
  }

  /** Those for the line alone first, then blocks, then those for the file. */
  find(rule: string, line: number): readonly Placed[] {
    return [...(this.#lines.get(key(rule, line)) ?? []), ...this.#blocksAt(rule, line), ...(this.#files.get(rule) ?? [])];
  }

  #add(placed: Placed, rule: string, lines: Lines): void {
    if (lines === "file") push(this.#files, rule, placed);
    else if (placed.wish.form === "ignore") push(this.#lines, key(rule, lines.from), placed);
    else push(this.#blocks, rule, { ...lines, placed });
  }

  /** Blocks of one rule share no more than the line where one ends and the next begins. */
  #blocksAt(rule: string, line: number): readonly Placed[] {
    const blocks = this.#blocks.get(rule) ?? [];
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((blocks[middle]?.to ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low];
    return block !== undefined && block.from <= line ? [block.placed] : [];
  }
}

function key(rule: string, line: number): string {
  return `${line} ${rule}`;
}

function push<T>(map: Map<string, T[]>, name: string, item: T): void {
  const items = map.get(name);
  if (items === undefined) map.set(name, [item]);
  else items.push(item);
}
