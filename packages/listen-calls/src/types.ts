import type { SimpleValue } from "@audit-backlog/model";
import type { TSESTree } from "@typescript-eslint/types";

/** A JavaScript value that a listen() argument can have when it is a constant. */
export type Literal = number | string | boolean | bigint | null | undefined;

/** What is known of an argument, in the terms of the model, and the nodes it came through. */
export interface Resolved<T> {
  readonly value:
    | SimpleValue<T>
    | { readonly kind: "oneOf"; readonly options: readonly { readonly value: SimpleValue<T>; readonly when: string }[] }
    /** Declared in another module: the caller resolves it. */
    | Imported;
  /** Where a user would edit it: the literal, or the expression that computes it. */
  readonly node: TSESTree.Node;
  /** From the argument to the literal: the declarations it went through, without the literal itself. */
  readonly via: readonly TSESTree.Node[];
  /** The whole expression that `node` stands in, after following names: `process.env.BACKLOG || 10`. */
  readonly text: string;
}

/**
 * A value of another module. `name` is the exported name, "default", or "*" for the module as a whole (a namespace
 * import, `require()`); `path` the properties read from it.
 */
export interface Imported {
  readonly kind: "imported";
  readonly module: string;
  readonly name: string;
  readonly path: readonly string[];
  /** What `path` leads to is called, or made with `new`, and its result is meant. */
  readonly called?: true;
  /** What happens to that result: `getInstance().server`, `new App().getServer()`. */
  readonly then?: readonly Step[];
  /** It is a fallback: once resolved, an exact value of it is only assumed (`process.env.BACKLOG ?? BACKLOG`). */
  readonly fallback?: { readonly variable?: string };
}

/** One step from a value to another one. */
export type Step = { readonly kind: "read"; readonly name: string } | { readonly kind: "call" };

/** What a module gives to others under one name. */
export type Exported =
  | { readonly kind: "value"; readonly resolved: Resolved<Literal> }
  /** `members` leaves out what is not known; with `open`, there may be more members, or later other values. */
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Exported>; readonly open: boolean; readonly node: TSESTree.Node }
  | { readonly kind: "server"; readonly framework: string }
  /** `returns` is what a call gives, where it is known. */
  | { readonly kind: "function"; readonly returns: Exported | undefined }
  /** `members` are the static ones; `instance` is what `new` gives. */
  | { readonly kind: "class"; readonly members: ReadonlyMap<string, Exported>; readonly instance: Exported | undefined };

/** What the receiver of `.listen()` is. */
export type Receiver =
  /** A server for certain: made by a known module in a way that we followed. `framework` as in "node:http", "express". */
  | { readonly kind: "server"; readonly framework: string }
  /** Nothing says that it is one, nothing says that it is not. */
  | { readonly kind: "unknown"; readonly imported?: Imported }
  | { readonly kind: "other" };

/** Says what a value of another module is, where the caller can tell; lets `listen()` of an imported server be read by its library's rules. */
export type ReceiverOf = (imported: Imported) => Receiver | undefined;

/** The package whose main module a relative name leads to: `../..` in an example of express is "express". */
export type PackageOf = (module: string) => string | undefined;

/** The call forms of net.Server#listen and of what libraries put in its place. */
export type CallForm = "none" | "port" | "path" | "options" | "handle" | "fd" | "constructor-options" | "unknown";

export interface ListenCall {
  /** The call, or the `new` expression that listens at once (ws). */
  readonly node: TSESTree.CallExpression | TSESTree.NewExpression;
  readonly receiver: Receiver;
  readonly form: CallForm;
  readonly port?: Resolved<Literal>;
  readonly host?: Resolved<Literal>;
  readonly path?: Resolved<Literal>;
  readonly fd?: Resolved<Literal>;
  /** The backlog argument or property that decides; absent when none was passed. */
  readonly backlog?: Resolved<Literal>;
  /** What is passed as backlog by this form; decides how Node reads it. */
  readonly backlogPlace?: "positional" | "option";
  /** The argument of the call that `backlog` was read from, where Node's own positional forms hold. */
  readonly backlogArgument?: TSESTree.Node;
  /** Something was written as backlog that this form or library never looks at, and why. */
  readonly ignored?: { readonly argument: Resolved<Literal>; readonly reason: "node-fd" | "positional-lost"; readonly because: string; readonly hangsOn?: string };
  readonly exclusive?: Resolved<Literal>;
  readonly reusePort?: Resolved<Literal>;
}
