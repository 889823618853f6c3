import type { SimpleValue } from "@audit-backlog/model";
import type { TSESTree } from "@typescript-eslint/types";
import type { ModuleIndex } from "./module-index.ts";
import type { Variable } from "./scopes.ts";
import type { ClassNode, FunctionNode, Node } from "./tree.ts";
import type { Imported, Literal, PackageOf, ReceiverOf } from "./types.ts";
import type { ThisOwner } from "./writes-by-name.ts";

export interface Option {
  readonly value: SimpleValue<Literal>;
  readonly when: string;
}

/** A literal as far as it is known. What nothing is known of is a thing of kind "unknown". */
export type KnownValue = SimpleValue<Literal> | { readonly kind: "oneOf"; readonly options: readonly Option[] };

export type ThingKind =
  | { readonly kind: "value"; readonly value: KnownValue }
  | { readonly kind: "import"; readonly imported: Imported }
  | { readonly kind: "server"; readonly framework: string }
  | { readonly kind: "function"; readonly fn: FunctionNode }
  | { readonly kind: "class"; readonly cls: ClassNode }
  | { readonly kind: "instance"; readonly owner: ThisOwner }
  /**
   * `variable` holds it, or with `nested` the object it is part of, if one does; `frozen` can't change; `assumed`: a default, in
   * whose place another object may be; `madeFromArguments`: by a function that was given some, in the place of its defaults.
   */
  | { readonly kind: "object"; readonly object: TSESTree.ObjectExpression; readonly variable?: Variable; readonly nested?: true; readonly frozen: boolean; readonly assumed?: true; readonly madeFromArguments?: true }
  | { readonly kind: "enum"; readonly declaration: TSESTree.TSEnumDeclaration }
  /** A global or what is read from one: "process.env", "Math.min", "require". */
  | { readonly kind: "builtin"; readonly path: string }
  /** Surely neither server nor literal. */
  | { readonly kind: "other" }
  /** `members` is the type that says what it holds. */
  | { readonly kind: "unknown"; readonly type?: "number" | "string" | "function"; readonly variable?: string; readonly members?: TypeWithMembers };

export type TypeWithMembers = TSESTree.TSInterfaceDeclaration | TSESTree.TSTypeLiteral;

/** What the analysis found an expression to be, and the way to it. */
export type Thing = ThingKind & {
  /** The literal, or the expression that makes it. */
  readonly node: Node;
  /** Declarations on the way, from the outside in. */
  readonly via: readonly Node[];
  /** The expression that `node` is part of, after following names. */
  readonly whole: Node;
};

export interface Context {
  readonly index: ModuleIndex;
  readonly text: string;
  readonly receiverOf: ReceiverOf | undefined;
  readonly packageOf: PackageOf | undefined;
  see(node: Node): Thing;
  seeVariable(variable: Variable): Thing;
  /** Runs `look` unless it is nested too deep: what follows circles itself goes through here. */
  bounded<T>(otherwise: T, look: () => T): T;
  /** What writes.ts, ownership.ts and members.ts have found out. */
  readonly agreed: Map<readonly (Node | null)[], Thing>;
  readonly owned: Map<Variable, boolean>;
  readonly surfaces: Map<TSESTree.ObjectExpression, Surface>;
}

/** The names of an object literal's properties, spread ones included; `open` if there may be others. */
export interface Surface {
  readonly names: ReadonlySet<string>;
  readonly open: boolean;
}

/** Longer ways only make reports unreadable; hostile input could make them quadratic. */
const MAX_VIA = 32;

export function thing(kind: ThingKind, node: Node): Thing {
  return { ...kind, node, via: [], whole: node };
}

export function exact(value: Literal, node: Node): Thing {
  return thing({ kind: "value", value: { kind: "exact", value } }, node);
}

export function unknown(node: Node): Thing {
  return thing({ kind: "unknown" }, node);
}

/** `inner`, reached through a declaration. */
export function through(declaration: Node, inner: Thing): Thing {
  return inner.via.length >= MAX_VIA || inner.via[0] === declaration ? inner : { ...inner, via: [declaration, ...inner.via] };
}

/** Another kind of thing, made of `from` by the expression `whole`. */
export function become(kind: ThingKind, from: Thing, whole: Node): Thing {
  return { ...kind, node: from.node, via: from.via, whole };
}

/** Made of several: the expression itself is what a user would edit. */
export function combined(kind: ThingKind, whole: Node, parts: readonly Thing[]): Thing {
  return { ...kind, node: whole, via: [...new Set(parts.flatMap((part) => part.via))].slice(0, MAX_VIA), whole };
}

export function isNullish(it: Thing): boolean {
  return it.kind === "value" && it.value.kind === "exact" && (it.value.value === null || it.value.value === undefined);
}

/** `it` as the fallback beside something that is only known at run time. */
export function asFallback(it: Thing, variable: string | undefined): Thing {
  if (it.kind === "import") {
    const { fallback } = it.imported;
    const name = variable ?? fallback?.variable;
    return { ...it, imported: { ...it.imported, fallback: name === undefined ? {} : { variable: name } } };
  }
  if (it.kind === "object") return { ...it, assumed: true };
  if (it.kind !== "value") return it;
  if (it.value.kind !== "oneOf") return { ...it, value: assumed(it.value, variable) };
  const options = it.value.options.map((option) => ({ when: option.when, value: assumed(option.value, variable) }));
  return { ...it, value: { kind: "oneOf", options } };
}

function assumed(value: SimpleValue<Literal>, variable: string | undefined): SimpleValue<Literal> {
  if (value.kind !== "exact" && value.kind !== "assumed") return value;
  const name = variable ?? (value.kind === "assumed" ? value.variable : undefined);
  return name === undefined ? { kind: "assumed", value: value.value } : { kind: "assumed", value: value.value, variable: name };
}

/** The same literal, with NaN equal to itself. */
export function sameValue(a: KnownValue, b: KnownValue): boolean {
  return a.kind === "exact" && b.kind === "exact" && Object.is(a.value, b.value);
}
