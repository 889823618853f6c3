import { nodeBacklog, NODE_DEFAULT_BACKLOG, readingOf, writtenAs, type ListenCall, type Literal, type Resolved } from "@audit-backlog/listen-calls";
import type { Backlog, FileOrigin, Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { TSESTree } from "@typescript-eslint/types";
import { propertyOf } from "./place.ts";
import type { Types } from "./types-oracle.ts";

type Known = Extract<SimpleValue<Literal>, { value: Literal }>;

/** An argument whose imports were looked up as far as types tell. */
export interface Settled {
  readonly value: Value<Literal>;
  readonly written: Resolved<Literal>;
  /** What stands for it between the parentheses of the call, where that is there. */
  readonly argument: TSESTree.Node | undefined;
  /** Read from a type, so that the number itself stands in another file. */
  readonly byType: boolean;
}

/** What is known of the backlog argument of a call, or of the second argument that turns out to be a number. */
export function writtenBacklog(call: ListenCall, types: Types): Settled | undefined {
  if (call.backlog !== undefined) return settle(call.backlog, call.backlogArgument ?? propertyOf(call.node, "backlog")?.value, types);
  if (call.host === undefined || call.form !== "port") return undefined;
  const [, second] = call.node.arguments;
  const settled = settle(call.host, second, types);
  return settled.byType && settled.value.kind === "exact" && typeof settled.value.value === "number" ? settled : undefined;
}

function settle(written: Resolved<Literal>, argument: TSESTree.Node | undefined, types: Types): Settled {
  const { value } = written;
  if (value.kind !== "imported" && value.kind !== "dynamic") return { value, written, argument, byType: false };
  const fallback = value.kind === "imported" ? value.fallback : undefined;
  const isWhole = value.kind === "dynamic" || (value.path.length === 0 && value.called !== true);
  const known = (argument === undefined || fallback !== undefined ? undefined : types.literal(argument)) ?? (isWhole ? types.literal(written.node) : undefined);
  if (known === undefined) return { value: { kind: "dynamic" }, written, argument, byType: false };
  return { value: fallback === undefined ? { kind: "exact", value: known } : { kind: "assumed", value: known, ...fallback }, written, argument, byType: true };
}

/** The backlog of a call as Node hands it to the kernel. */
export function backlogOf(call: ListenCall, settled: Settled | undefined, file: string): Backlog {
  const ignored = ignoredOf(call, file);
  const base = { serverDefault: NODE_DEFAULT_BACKLOG, ignored };
  if (settled === undefined) {
    const hidden = call.form === "unknown" && call.backlog === undefined;
    const origin: Origin = { kind: "default", of: "Node", source: "Node lib/net.js Server.prototype.listen" };
    // An argument that nobody knows may hold a backlog.
    return { ...base, requested: { value: hidden ? { kind: "dynamic" } : { kind: "assumed", value: NODE_DEFAULT_BACKLOG }, origin }, reading: "default" };
  }
  const place = call.backlogPlace ?? "positional";
  const { value, written } = settled;
  const known = simpleValues(value).filter(isKnown);
  const source = { origin: originOf(written.node, file), text: written.text };
  const requested: Sourced<number> = { ...source, value: convert(value, (one) => nodeBacklog(one, place).requested) };
  const passedNothing = known.length === simpleValues(value).length && known.every((one) => one.value === undefined);
  const reading = passedNothing ? "default" : readingOf(known.map((one) => one.value), place);
  return { ...base, requested, reading, ...(reading === "explicit" ? {} : { written: { ...source, value: convert(value, writtenAs) } }) };
}

function ignoredOf({ ignored }: ListenCall, file: string): Backlog["ignored"] {
  if (ignored === undefined) return [];
  const { argument, reason, because, hangsOn } = ignored;
  const value: Value<Literal> = argument.value.kind === "imported" ? { kind: "dynamic" } : argument.value;
  const setting: Sourced<number> = { value: convert(value, (one) => nodeBacklog(one, "option").requested), origin: originOf(argument.node, file), text: argument.text };
  return [{ setting, reason, because, ...(hangsOn === undefined ? {} : { hangsOn }) }];
}

function simpleValues(value: Value<Literal>): readonly SimpleValue<Literal>[] {
  return value.kind === "oneOf" ? value.options.map((option) => option.value) : [value];
}

function isKnown(value: SimpleValue<Literal>): value is Known {
  return value.kind === "exact" || value.kind === "assumed";
}

function convert<T>(value: Value<Literal>, to: (known: Literal) => T): Value<T> {
  const simple = (one: SimpleValue<Literal>): SimpleValue<T> => (isKnown(one) ? { ...one, value: to(one.value) } : one);
  return value.kind === "oneOf" ? { kind: "oneOf", options: value.options.map((option) => ({ when: option.when, value: simple(option.value) })) } : simple(value);
}

function originOf(node: TSESTree.Node, file: string): FileOrigin {
  const [start, end] = node.range;
  return {
    kind: "file",
    file,
    range: { start: { offset: start, line: node.loc.start.line, column: node.loc.start.column + 1 }, end: { offset: end, line: node.loc.end.line, column: node.loc.end.column + 1 } },
  };
}
