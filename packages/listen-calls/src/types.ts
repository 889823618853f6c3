import type { SimpleValue } from "@audit-backlog/model";
import type { TSESTree } from "@typescript-eslint/types";

/** A JavaScript value that a listen() argument can have when it is a constant. */
export type Literal = number | string | boolean | bigint | null | undefined;

/** What is known of an argument, in the terms of the model, and the nodes it came through. */
export interface Resolved<T> {
  readonly value:
    | SimpleValue<T>
    | { readonly kind: "oneOf"; readonly options: readonly { readonly value: SimpleValue<T>; readonly when: string }[] }
    /** Declared in another module: the caller resolves it. `name` is "default" or "*" as in ESTree imports; `path` the properties read from it. */
    | { readonly kind: "imported"; readonly module: string; readonly name: string; readonly path: readonly string[] };
  /** Where a user would edit it: the literal. */
  readonly node: TSESTree.Node;
  /** From the argument to the literal: the declarations it went through, without the literal itself. */
  readonly via: readonly TSESTree.Node[];
  readonly text: string;
}

/** What the receiver of `.listen()` is. */
export type Receiver =
  /** A server for certain: made by a known module in a way that we followed. `framework` as in "node:http", "express". */
  | { readonly kind: "server"; readonly framework: string }
  /** Nothing says that it is one, nothing says that it is not. */
  | { readonly kind: "unknown" }
  | { readonly kind: "other" };

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
  /** Something was written as backlog that this form or library never looks at, and why. */
  readonly ignored?: { readonly argument: Resolved<Literal>; readonly reason: "node-fd" | "positional-lost"; readonly because: string; readonly hangsOn?: string };
  readonly exclusive?: Resolved<Literal>;
  readonly reusePort?: Resolved<Literal>;
}
