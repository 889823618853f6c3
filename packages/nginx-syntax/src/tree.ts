/** A lexical unit. All tokens of a file, in order and without gaps, make up its text. Offsets count UTF-16 code units. */
export interface Token {
  readonly kind: "bom" | "whitespace" | "comment" | "word" | "semicolon" | "open" | "close" | "lua";
  readonly start: number;
  readonly end: number;
}

/** A name or argument. */
export interface Word {
  readonly start: number;
  readonly end: number;
  /** As nginx hands it on: without quotes, escapes undone. */
  readonly value: string;
  readonly quote?: "'" | '"';
}

export interface Directive {
  readonly start: number;
  /** After the `;` or the closing `}`. */
  readonly end: number;
  readonly name: Word;
  readonly args: readonly Word[];
  /** What stands between `{` and `}`. */
  readonly block?: Block;
  /** The text between the braces of a `*_by_lua_block`, never looked into. */
  readonly lua?: { readonly start: number; readonly end: number };
}

export interface Block {
  readonly start: number;
  readonly end: number;
  readonly directives: readonly Directive[];
}

/** A place that nginx would refuse. The rest of the file is parsed all the same. */
export interface SyntaxProblem {
  readonly kind: "unexpected-end" | "unexpected-character" | "missing-semicolon" | "too-long" | "unbalanced";
  /** As nginx words it, where it has a message: `unexpected "}"`. */
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Where the quote or block opened that isn't closed. */
  readonly opened?: number;
}

export interface NginxTree {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly directives: readonly Directive[];
  /**
   * Empty if and only if nginx's tokenizer takes the file. They stand in the order they were found: the first is the one
   * that nginx stops at. A byte order mark is one, as nginx takes it for a part of the first directive's name.
   */
  readonly problems: readonly SyntaxProblem[];
}
