import { firstBytes, overflowsBuffer } from "./buffer.ts";
import {
  BOM,
  BRACE_CLOSE,
  BRACE_OPEN,
  CR,
  DOUBLE_QUOTE,
  HASH,
  isSpace,
  LF,
  PAREN_CLOSE,
  SEMICOLON,
  SINGLE_QUOTE,
} from "./chars.ts";
import { findLuaEnd, holdsLua } from "./lua.ts";
import { bareWordEnd, scanQuotedWord, type FindPlaceholder } from "./scan-word.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { NginxTree, Token } from "./tree.ts";
import { unescape } from "./value.ts";

/** Reads one text, once. The rules are those of nginx: src/core/ngx_conf_file.c ngx_conf_read_token and ngx_conf_parse. */
export class Parser {
  readonly #text: string;
  readonly #findPlaceholder: FindPlaceholder | undefined;
  readonly #builder: TreeBuilder;
  readonly #tokens: Token[] = [];
  #at = 0;
  /** How many characters may yet be read anew after an unclosed quote. It keeps the time linear, whatever the text. */
  #rereadable: number;

  constructor(text: string, findPlaceholder?: FindPlaceholder) {
    this.#text = text;
    this.#findPlaceholder = findPlaceholder;
    this.#builder = new TreeBuilder(text);
    this.#rereadable = text.length * 4;
  }

  parse(): NginxTree {
    if (this.#text.charCodeAt(0) === BOM) {
      this.#take("bom", 1);
      this.#builder.report("unexpected-character", "unexpected byte order mark", 0, 1);
    }
    while (this.#at < this.#text.length) this.#step();
    this.#finish();
    return {
      text: this.#text,
      tokens: this.#tokens,
      directives: this.#builder.directives,
      problems: this.#builder.problems,
    };
  }

  #step(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (isSpace(code)) this.#readSpace();
    else if (code === HASH) this.#readComment();
    else if (code === SEMICOLON) this.#readSemicolon();
    else if (code === BRACE_CLOSE) this.#readClose();
    else if (code === BRACE_OPEN) {
      if (!this.#readPlaceholder()) this.#readOpen();
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) this.#readQuotedWord(code === DOUBLE_QUOTE ? '"' : "'");
    else this.#readBareWord();
  }

  #take(kind: Token["kind"], end: number): void {
    if (end > this.#at) this.#tokens.push({ kind, start: this.#at, end });
    this.#at = end;
  }

  #unexpected(character: string): void {
    this.#builder.report("unexpected-character", `unexpected "${character}"`, this.#at, this.#at + character.length);
  }

  #readSpace(): void {
    let end = this.#at + 1;
    while (end < this.#text.length && isSpace(this.#text.charCodeAt(end))) end++;
    this.#take("whitespace", end);
  }

  #readComment(): void {
    const newline = this.#text.indexOf("\n", this.#at);
    const lineEnd = newline < 0 ? this.#text.length : newline;
    // nginx moves its buffer's start mark only once the line has ended, so a comment can be too long as well.
    this.#checkLength(this.#at, lineEnd, this.#at, lineEnd);
    this.#take("comment", newline >= 0 && this.#text.charCodeAt(newline - 1) === CR ? newline - 1 : lineEnd);
  }

  #readSemicolon(): void {
    if (!this.#builder.inDirective) this.#unexpected(";");
    this.#take("semicolon", this.#at + 1);
    this.#builder.endDirective(this.#at);
  }

  #readOpen(): void {
    const { name, inDirective } = this.#builder;
    if (!inDirective) this.#unexpected("{");
    this.#take("open", this.#at + 1);
    if (name !== undefined && holdsLua(name)) this.#readLua();
    else this.#builder.openBlock(this.#at);
  }

  #readLua(): void {
    const start = this.#at;
    const { end, problem } = findLuaEnd(this.#text, start);
    if (problem !== undefined) this.#builder.report("unexpected-end", problem, start - 1, end, start - 1);
    this.#take("lua", end);
    if (problem === undefined) this.#take("close", end + 1);
    this.#builder.endLua({ start, end }, this.#at);
  }

  #readClose(): void {
    const { inDirective, insideBlock } = this.#builder;
    const inside = this.#at;
    if (inDirective) {
      this.#builder.report("missing-semicolon", 'unexpected "}"', inside, inside + 1);
      this.#builder.endBrokenDirective();
    } else if (!insideBlock) {
      this.#builder.report("unbalanced", 'unexpected "}"', inside, inside + 1);
    }
    this.#take("close", inside + 1);
    this.#builder.closeBlock(inside, this.#at);
  }

  #readBareWord(): void {
    const start = this.#at;
    const end = bareWordEnd(this.#text, start, this.#findPlaceholder);
    const endsAtSpace = end < this.#text.length && isSpace(this.#text.charCodeAt(end));
    this.#checkLength(start, endsAtSpace ? end + 1 : end, start, end);
    this.#take("word", end);
    this.#builder.addWord({ start, end, value: unescape(this.#text, start, end) });
  }

  #readQuotedWord(quote: "'" | '"'): void {
    const start = this.#at;
    const { end, closed, suspect } = scanQuotedWord(this.#text, start, this.#findPlaceholder);
    const contentEnd = closed ? end - 1 : end;
    const next = closed ? this.#text.charCodeAt(end) : NaN;
    const glued = closed && end < this.#text.length && !canFollowQuote(next);

    let broken = false;
    if (overflowsBuffer(this.#text, start + 1, contentEnd)) {
      const message = `too long parameter, probably missing terminating "${quote}" character`;
      this.#builder.report("too-long", message, start, end, start);
      broken = true;
    } else if (closed && this.#checkLength(start + 1, isSpace(next) ? end + 1 : end, start, end)) {
      broken = true;
    } else if (!closed) {
      this.#reportEnd(';" or "}', start);
      broken = true;
    }
    if (glued) {
      if (!broken && next !== BRACE_CLOSE) {
        const character = String.fromCodePoint(this.#text.codePointAt(end) ?? next);
        this.#builder.report("unexpected-character", `unexpected "${character}"`, end, end + character.length);
      }
      broken = true;
    }
    if (broken && suspect !== undefined && end - suspect <= this.#rereadable) {
      // The quote was never closed, and what looks like its end opens another word.
      this.#rereadable -= end - suspect;
      this.#take("word", suspect);
      this.#builder.addWord({ start, end: suspect, value: unescape(this.#text, start + 1, suspect), quote });
      return;
    }
    this.#take("word", end);
    this.#builder.addWord({ start, end, value: unescape(this.#text, start + 1, contentEnd), quote });
  }

  /** Reports text that does not fit in nginx's buffer, and tells whether it did. */
  #checkLength(start: number, moved: number, problemStart: number, problemEnd: number): boolean {
    if (!overflowsBuffer(this.#text, start, moved)) return false;
    const message = `too long parameter "${firstBytes(this.#text, start, 10)}..." started`;
    this.#builder.report("too-long", message, problemStart, problemEnd);
    return true;
  }

  /** In a template: reads a placeholder that begins a word, or stands for itself. */
  #readPlaceholder(): boolean {
    const placeholder = this.#findPlaceholder?.(this.#at);
    if (placeholder === undefined) return false;
    if (placeholder.kind === "comment") this.#take("comment", placeholder.end);
    else if (this.#builder.inDirective || (placeholder.kind === "value" && !this.#endsLine(placeholder.end))) this.#readBareWord();
    else this.#take("word", placeholder.end);
    return true;
  }

  #endsLine(offset: number): boolean {
    let at = offset;
    while (at < this.#text.length && isSpace(this.#text.charCodeAt(at))) {
      if (this.#text.charCodeAt(at) === LF) return true;
      at++;
    }
    return at === this.#text.length;
  }

  #finish(): void {
    const { inDirective, blockStart } = this.#builder;
    const end = this.#text.length;
    if (inDirective) {
      this.#reportEnd(';" or "}');
      this.#builder.endBrokenDirective();
    } else if (blockStart !== undefined) {
      this.#reportEnd("}", blockStart - 1);
    }
    this.#builder.closeAllBlocks(end);
  }

  /** Once only: what follows from it is no news. */
  #reportEnd(expected: string, opened?: number): void {
    const end = this.#text.length;
    if (this.#builder.problems.some(({ kind }) => kind === "unexpected-end")) return;
    this.#builder.report("unexpected-end", `unexpected end of file, expecting "${expected}"`, end, end, opened);
  }
}

/** What nginx takes right after a closing quote. A `)` begins a word of its own. */
function canFollowQuote(code: number): boolean {
  return isSpace(code) || code === SEMICOLON || code === BRACE_OPEN || code === PAREN_CLOSE;
}
