import type { FileOrigin } from "@audit-backlog/model";
import type { Comment } from "@audit-backlog/scanner";
import { whyUnknown } from "./rule-names.ts";
import type { SourceLines } from "./source-lines.ts";
import { mayHoldWish, readWish, type Wish } from "./syntax.ts";

/** A wish in its place, and the lines that it holds for. */
export interface Placed {
  readonly origin: FileOrigin;
  readonly wish: Wish;
  /** Those that exist. */
  readonly rules: readonly string[];
  readonly lines: Lines;
}

export type Lines = "file" | { readonly from: number; readonly to: number };

/** Something that is wrong with a comment. */
export interface Flaw {
  readonly kind: "malformed" | "unknown";
  readonly origin: FileOrigin;
  readonly text: string;
}

export interface FileWishes {
  readonly placed: readonly Placed[];
  readonly flaws: readonly Flaw[];
}

interface Found {
  readonly origin: FileOrigin;
  readonly comment: Comment;
  readonly wish: Wish;
  readonly rules: readonly string[];
}

/** Reads the comments of one file. Takes time linear in the text and the number of comments. */
export function fileWishes(file: string, lines: SourceLines, comments: readonly Comment[]): FileWishes {
  const flaws: Flaw[] = [];
  const found: Found[] = [];
  for (const comment of comments) {
    for (const { at, line } of linesIn(lines.text, comment)) {
      const written = readWish(line);
      if (written === undefined) continue;
      const range = { start: lines.position(at + written.start), end: lines.position(at + written.end) };
      const origin: FileOrigin = { kind: "file", file, range };
      if ("wrong" in written) {
        flaws.push({ kind: "malformed", origin, text: written.wrong });
        continue;
      }
      const { wish } = written;
      const unknown = wish.rules.flatMap((name) => whyUnknown(name) ?? []);
      if (unknown.length > 0) flaws.push({ kind: "unknown", origin, text: unknown.join("; ") });
      found.push({ origin, comment, wish, rules: wish.rules.filter((name) => whyUnknown(name) === undefined) });
    }
  }
  if (found.length === 0) return { placed: [], flaws };
  const withCode = lines.withCode(comments);
  const blocks = new Blocks();
  const placed: Placed[] = [];
  for (const one of found) {
    const { origin, wish, rules } = one;
    if (wish.form === "ignore-file") placed.push({ origin, wish, rules, lines: "file" });
    else if (wish.form === "ignore") placed.push({ origin, wish, rules, lines: codeLine(one, lines, withCode) });
    else blocks.add(one);
  }
  const ended = blocks.end();
  return { placed: [...placed, ...ended.placed].sort(byPlace), flaws: [...flaws, ...ended.flaws].sort(byPlace) };
}

function byPlace(a: { readonly origin: FileOrigin }, b: { readonly origin: FileOrigin }): number {
  return a.origin.range.start.offset - b.origin.range.start.offset;
}

/** The lines of a comment's text that may hold a wish. */
function* linesIn(text: string, { from, to }: Comment): Generator<{ readonly at: number; readonly line: string }> {
  const content = text.slice(from, to);
  if (!mayHoldWish(content)) return;
  let at = from;
  for (const line of content.split("\n")) {
    yield { at, line };
    at += line.length + 1;
  }
}

/** The comment's own line where something else stands there; else the next line that holds more than comments. */
function codeLine({ comment }: Found, lines: SourceLines, withCode: readonly boolean[]): Lines {
  const first = lines.lineAt(comment.start);
  if (withCode[first] === true) return { from: first, to: first };
  let line = lines.lineAt(Math.max(comment.start, comment.end - 1));
  while (line < lines.count && withCode[line] !== true) line += 1;
  return { from: line, to: line };
}

/** Pairs ignore-start with ignore-end, rule by rule. What has no partner holds for nothing. */
class Blocks {
  readonly #open = new Map<string, Found>();
  readonly #ends = new Map<Found, { rules: string[]; to: number }[]>();
  readonly #wrong = new Map<Found, string[]>();

  add(one: Found): void {
    for (const rule of one.rules) {
      const start = this.#open.get(rule);
      if (one.wish.form === "ignore-start") {
        if (start === undefined) this.#open.set(rule, one);
        else this.#complain(one, `${rule} is ignored already, from line ${start.origin.range.start.line} on`);
      } else if (start === undefined) this.#complain(one, `no ignore-start[${rule}] stands before it`);
      else {
        this.#open.delete(rule);
        this.#close(start, rule, one.origin.range.end.line);
      }
    }
  }

  end(): FileWishes {
    for (const [rule, start] of this.#open) this.#complain(start, `no ignore-end[${rule}] follows, so it holds for nothing`);
    this.#open.clear();
    const placed = [...this.#ends].flatMap(([{ origin, wish }, ends]) => ends.map(({ rules, to }): Placed => ({ origin, wish, rules, lines: { from: origin.range.start.line, to } })));
    const flaws = [...this.#wrong].map(([{ origin }, texts]): Flaw => ({ kind: "malformed", origin, text: texts.join("; ") }));
    return { placed, flaws };
  }

  #close(start: Found, rule: string, to: number): void {
    const ends = this.#ends.get(start) ?? [];
    const same = ends.find((end) => end.to === to);
    if (same === undefined) ends.push({ rules: [rule], to });
    else same.rules.push(rule);
    this.#ends.set(start, ends);
  }

  #complain(one: Found, text: string): void {
    const texts = this.#wrong.get(one);
    if (texts === undefined) this.#wrong.set(one, [text]);
    else texts.push(text);
  }
}
