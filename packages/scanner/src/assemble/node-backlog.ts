import { nodeBacklog, NODE_DEFAULT_BACKLOG, readingOf, writtenAs, type Literal } from "@audit-backlog/listen-calls";
import type { Backlog, IgnoredBacklog, SimpleValue, Sourced } from "@audit-backlog/model";
import { fileOrigin } from "../readers/data.ts";
import type { ArgumentFact, ListenFact } from "../readers/javascript.ts";
import { convert } from "./node-environment.ts";
import type { Settled } from "./node-graph.ts";

const nodeDefault = { kind: "default", of: "Node", source: "Node lib/net.js Server.prototype.listen" } as const;

/** The backlog of a listen() call as the kernel is asked for it. */
export function backlogOf(file: string, call: ListenFact, settle: (argument: ArgumentFact) => Settled): Backlog {
  const ignored = ignoredOf(call, settle);
  const unset = { requested: { value: { kind: "assumed", value: NODE_DEFAULT_BACKLOG }, origin: nodeDefault }, reading: "default", serverDefault: NODE_DEFAULT_BACKLOG, ignored } as const;
  const written = writtenBacklog(call, settle);
  if (written === undefined) {
    // An object that nobody knows may hold a backlog.
    if (call.form === "unknown") return { ...unset, requested: { value: { kind: "dynamic" }, origin: fileOrigin(file, call.range) } };
    return unset;
  }
  const place = call.backlogPlace ?? "positional";
  const values = written.value.kind === "oneOf" ? written.value.options.map(({ value }) => value) : [written.value];
  // Passing undefined is passing nothing.
  if (values.every((value) => isKnown(value) && value.value === undefined)) return unset;
  const reading = readingOf(values.filter(isKnown).map(({ value }) => value), place);
  const requested: Sourced<number> = {
    value: convert(written.value, (known) => nodeBacklog(known, place).requested),
    origin: written.origin,
    text: written.text,
    ...(written.via.length > 0 ? { via: written.via } : {}),
  };
  const text: Sourced<string> = { ...requested, value: convert(written.value, writtenAs) };
  return { requested, reading, serverDefault: NODE_DEFAULT_BACKLOG, ignored, ...(reading === "explicit" ? {} : { written: text }) };
}

/** The backlog argument; or the second argument where it turns out, in another file, to be a number and so no host. */
function writtenBacklog(call: ListenFact, settle: (argument: ArgumentFact) => Settled): Settled | undefined {
  if (call.backlog !== undefined) return settle(call.backlog);
  if (call.host === undefined || call.form !== "port") return undefined;
  const { value, ...place } = settle(call.host);
  return (value.kind === "exact" || value.kind === "assumed") && typeof value.value === "number" ? { value, ...place } : undefined;
}

function isKnown(value: SimpleValue<Literal>): value is Extract<SimpleValue<Literal>, { value: Literal }> {
  return value.kind === "exact" || value.kind === "assumed";
}

function ignoredOf({ ignored }: ListenFact, settle: (argument: ArgumentFact) => Settled): readonly IgnoredBacklog[] {
  if (ignored === undefined) return [];
  const settled = settle(ignored.argument);
  const setting: Sourced<number> = { value: convert(settled.value, (known) => nodeBacklog(known, "option").requested), origin: settled.origin, text: settled.text };
  return [{ setting, reason: ignored.reason, because: ignored.because, ...(ignored.hangsOn === undefined ? {} : { hangsOn: ignored.hangsOn }) }];
}

/** A number that was asked for at a call, as a setting that is ignored there. */
export function ignoredBy(requested: Sourced<number>, file: string, call: ListenFact): IgnoredBacklog {
  return {
    setting: requested.origin.kind === "file" ? requested : { ...requested, origin: fileOrigin(file, call.range) },
    reason: "cluster-first-worker",
    because: "the primary opens the socket once, with the backlog of the first worker that asks",
  };
}
