/** Numbers drawn from a seed: the same seed draws the same. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number;
  readonly pick: <const T>(from: readonly [T, ...T[]]) => T;
  /** True once in so many times. */
  readonly once: (times: number) => boolean;
}

/** mulberry32, a 32-bit generator in the public domain. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return { int, pick: (from) => from[int(0, from.length - 1)] ?? from[0], once: (times) => int(1, times) === 1 };
}
