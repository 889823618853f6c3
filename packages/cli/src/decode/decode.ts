import { kernelSigns } from "./kernel-signs.ts";
import { nginxSigns } from "./nginx-signs.ts";
import { programSigns } from "./program-signs.ts";
import type { Meaning, Sign } from "./sign.ts";

/** Every kind of line that is known; of those that match one, the first speaks. */
export const signs: readonly Sign[] = [...nginxSigns, ...kernelSigns, ...programSigns];

/** Characters of a line that are looked at. */
export const maxLine = 100_000;
/** Meanings that are told apart: a log can name a thousand addresses. */
const maxMeanings = 50;

export interface Decoded {
  /** The first of its lines, as it was given. */
  readonly line: string;
  /** Where in it the known words begin. */
  readonly at: number;
  readonly sign: Sign;
  readonly meaning: Meaning;
  /** How many lines mean the same. */
  readonly times: number;
}

/** Takes lines one by one and keeps what they mean, however many come. */
export class Decoder {
  /** Lines that said something; those of known kinds; known ones whose meaning is not among `found`, for there were too many. */
  lines = 0;
  known = 0;
  leftOut = 0;
  readonly #found = new Map<string, Decoded>();

  /** Whether the line is of a known kind. An empty line is none. */
  offer(whole: string): boolean {
    const line = whole.slice(0, maxLine);
    if (line.trim() === "") return false;
    this.lines += 1;
    const decoded = decodeLine(line);
    if (decoded === undefined) return false;
    this.known += 1;
    const key = `${decoded.sign.id} ${JSON.stringify(decoded.meaning)}`;
    const before = this.#found.get(key);
    if (before !== undefined) this.#found.set(key, { ...before, times: before.times + 1 });
    else if (this.#found.size < maxMeanings) this.#found.set(key, decoded);
    else this.leftOut += 1;
    return true;
  }

  /** Each meaning once, in the order of their first lines. */
  get found(): readonly Decoded[] {
    return [...this.#found.values()];
  }
}

/** What one line means; undefined for a line of no known kind. */
export function decodeLine(line: string): Decoded | undefined {
  for (const sign of signs) {
    const match = sign.pattern.exec(line);
    if (match !== null) return { line, at: match.index, sign, meaning: sign.meaning(match), times: 1 };
  }
  return undefined;
}
