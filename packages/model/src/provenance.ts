/** A place in a text: `offset` counts UTF-16 code units from 0; `line` and `column` count from 1. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** From `start` up to, but not including, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Where a value comes from. `file` is relative to the audited root, with forward slashes. */
export type Origin =
  | FileOrigin
  /** Nothing set it: `of` names whose default it is ("gunicorn"), `source` where that default is documented. */
  | { readonly kind: "default"; readonly of: string; readonly source: string }
  /** Given on our command line. */
  | { readonly kind: "option"; readonly flag: string }
  /** Read from this machine. */
  | { readonly kind: "host"; readonly path: string };

export interface FileOrigin {
  readonly kind: "file";
  readonly file: string;
  readonly range: Range;
}

/**
 * A number computed from the number of CPUs, which only the running machine knows. `op` follows Python's
 * operators; `//` rounds down, `int` cuts toward zero.
 */
export type Formula =
  | { readonly op: "number"; readonly value: number }
  | { readonly op: "cpus" }
  | { readonly op: "+" | "-" | "*" | "/" | "//" | "%" | "**" | "min" | "max" | "int"; readonly operands: readonly Formula[] };

export type SimpleValue<T> =
  | { readonly kind: "exact"; readonly value: T }
  /** A default, or the fallback beside the environment variable `variable`: it holds unless something outside says otherwise. */
  | { readonly kind: "assumed"; readonly value: T; readonly variable?: string }
  /** Like `assumed` where it stands beside the environment variable `variable`. */
  | { readonly kind: "formula"; readonly formula: Formula; readonly variable?: string }
  /** Known only at run time (from the environment variable `variable`, where it is one). We print its text and claim nothing. */
  | { readonly kind: "dynamic"; readonly variable?: string };

/**
 * What is known of a value. `oneOf` comes from conditionals: `when` says in the file's own words
 * under which condition that option holds ("if DEBUG", "else").
 */
export type Value<T> =
  | SimpleValue<T>
  | { readonly kind: "oneOf"; readonly options: readonly { readonly value: SimpleValue<T>; readonly when: string }[] };

/** A value together with where it stands. */
export interface Sourced<T> {
  readonly value: Value<T>;
  /** The place that a user edits to change it. */
  readonly origin: Origin;
  /** The source text, where there is one: `multiprocessing.cpu_count() * 2 + 1`. */
  readonly text?: string;
  /** Further places the value went through, from `origin` outward: a constant's declaration, an environment entry. */
  readonly via?: readonly Origin[];
}
