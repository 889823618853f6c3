import { isSpace, LF } from "./chars.ts";
import type { Directive, SyntaxProblem, Word } from "./tree.ts";

interface OpenBlock {
  readonly name: Word;
  readonly args: readonly Word[];
  readonly start: number;
  readonly directives: Directive[];
}

/** Puts words together to directives and blocks. It holds the open blocks in a list, so that no depth can exhaust the stack. */
export class TreeBuilder {
  readonly directives: Directive[] = [];
  readonly problems: SyntaxProblem[] = [];
  readonly #text: string;
  readonly #open: OpenBlock[] = [];
  /** The directive that is being read. */
  #words: Word[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether a directive is begun and not yet ended. */
  get inDirective(): boolean {
    return this.#words.length > 0;
  }

  get name(): string | undefined {
    return this.#words[0]?.value;
  }

  get insideBlock(): boolean {
    return this.#open.length > 0;
  }

  /** After the `{` of the innermost open block. */
  get blockStart(): number | undefined {
    return this.#open.at(-1)?.start;
  }

  report(kind: SyntaxProblem["kind"], message: string, start: number, end: number, opened?: number): void {
    this.problems.push({ kind, message, start, end, ...(opened !== undefined && { opened }) });
  }

  addWord(word: Word): void {
    this.#words.push(word);
  }

  /** Ends the directive with the `;` before `end`. */
  endDirective(end: number): void {
    this.#add(this.#words, end);
    this.#words = [];
  }

  /** Ends the directive at the `}` of its Lua block, or where the text ends. */
  endLua(lua: { readonly start: number; readonly end: number }, end: number): void {
    const [name, ...args] = this.#words;
    this.#words = [];
    if (name !== undefined) this.#siblings().push({ start: name.start, end, name, args, lua });
  }

  /** Opens the directive's block, whose inside begins at `start`. A block without a directive gets an empty name. */
  openBlock(start: number): void {
    const [name = { start: start - 1, end: start - 1, value: "" }, ...args] = this.#words;
    this.#words = [];
    this.#open.push({ name, args, start, directives: [] });
  }

  /** Closes the innermost block, whose inside ends at `inside`. */
  closeBlock(inside: number, end: number): void {
    const block = this.#open.pop();
    if (block === undefined) return;
    const { name, args, start, directives } = block;
    this.#siblings().push({ start: name.start, end, name, args, block: { start, end: inside, directives } });
  }

  closeAllBlocks(end: number): void {
    while (this.#open.length > 0) this.closeBlock(end, end);
  }

  /**
   * Ends a directive that has no `;`. It has perhaps swallowed the lines after its own: a line that is indented alike and
   * begins with what could be a directive's name begins a directive of its own.
   */
  endBrokenDirective(): void {
    const words = this.#words;
    this.#words = [];
    const indent = words[0] === undefined ? undefined : this.#indentBefore(words[0].start);
    let from = 0;
    words.forEach((word, index) => {
      if (index === from || indent === undefined || !couldBeName(word) || this.#indentBefore(word.start) !== indent) return;
      this.#addBroken(words.slice(from, index));
      const before = words[index - 1]?.end ?? word.start;
      this.report("missing-semicolon", `directive "${words[from]?.value ?? ""}" is not terminated by ";"`, before, before);
      from = index;
    });
    this.#addBroken(words.slice(from));
  }

  #addBroken(words: readonly Word[]): void {
    const last = words.at(-1);
    if (last !== undefined) this.#add(words, last.end);
  }

  #add(words: readonly Word[], end: number): void {
    const [name, ...args] = words;
    if (name !== undefined) this.#siblings().push({ start: name.start, end, name, args });
  }

  #siblings(): Directive[] {
    return this.#open.at(-1)?.directives ?? this.directives;
  }

  /** The spaces between the line's start and `offset`; undefined where something else stands there. */
  #indentBefore(offset: number): string | undefined {
    let at = offset;
    while (at > 0 && this.#text.charCodeAt(at - 1) !== LF) {
      if (!isSpace(this.#text.charCodeAt(at - 1))) return undefined;
      at--;
    }
    return this.#text.slice(at, offset);
  }
}

function couldBeName(word: Word): boolean {
  return word.quote === undefined && /^[a-z][a-z0-9_]*$/i.test(word.value);
}
