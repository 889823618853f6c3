import { isBacklogName, type Argument } from "./arguments.ts";
import { nodeBacklog } from "./node-backlog.ts";
import { decisive, readOptions } from "./options.ts";
import { candidates, resolved } from "./resolved.ts";
import type { Context, Thing } from "./thing.ts";
import type { CallForm, ListenCall } from "./types.ts";

/** What a form says of a call, beside the call and its receiver. */
export type Form = Omit<ListenCall, "node" | "receiver">;

/** Measured with Node 20.20, 22.23 and 24.21, which all listen with 511 for `{ fd, backlog: 100 }` and `{ handle, backlog: 100 }`. */
const FD_REASON = "for a descriptor or handle Node takes the backlog from the arguments after it, never from the options";

/**
 * net.Server#listen: `([port][, host][, backlog][, callback])`, `(path[, backlog])`, `(options[, backlog])`,
 * `(handle[, backlog])`. The backlog is the option, or else the first of the second and third argument
 * that is a number above 0 after Number(); the host the second argument if it is a string.
 * Source: node: lib/net.js normalizeArgs, Server.prototype.listen.
 */
export function netForm(context: Context, args: readonly Argument[]): Form {
  const positional = positionalBacklog(args);
  const [first] = args;
  const given = passed(context, positional);
  if (first === undefined || first.shape === "function" || first.shape === "nothing") return { form: "none", ...given };
  if (first.shape === "server") return { form: "handle", ...given };
  if (first.it.kind === "object") return objectForm(context, first.it, positional);
  const form = firstForm(first);
  const argument = form === "unknown" ? {} : { [form]: resolved(context, first.it) };
  const host = form === "port" ? hostArgument(args) : undefined;
  return { form, ...argument, ...(host === undefined ? {} : { host: resolved(context, host.it) }), ...given };
}

function passed(context: Context, positional: Argument | undefined): Pick<ListenCall, "backlog" | "backlogPlace" | "backlogArgument"> {
  return positional === undefined ? {} : { backlog: resolved(context, positional.it), backlogPlace: "positional", backlogArgument: positional.node };
}

/** Whether the first argument is a port or a path, by its value, or else by what it is called. */
export function firstForm(first: Argument): "port" | "path" | "unknown" {
  if (first.it.kind === "value") {
    if (first.shape === "number") return "port";
    if (first.shape !== "string") return "unknown";
    const paths = candidates(first.it.value).map((value) => !(Number(value) >= 0));
    return paths.every((isPath) => isPath) ? "path" : paths.some((isPath) => isPath) ? "unknown" : "port";
  }
  const { it } = first;
  const name = (it.kind === "unknown" ? it.variable : it.kind === "import" ? it.imported.fallback?.variable : undefined) ?? first.name ?? "";
  if (first.shape === "number" || /port/i.test(name)) return "port";
  if (/sock|path|pipe/i.test(name)) return "path";
  return first.shape === "string" ? "port" : "unknown";
}

function hostArgument(args: readonly Argument[]): Argument | undefined {
  const [, second] = args;
  if (second === undefined) return undefined;
  if (second.shape === "string") return second;
  return second.shape === "unknown" && !isArray(second) && !isBacklogName(second.name) ? second : undefined;
}

function isArray(argument: Argument): boolean {
  return argument.it.node.type === "ArrayExpression";
}

/** The positional argument that becomes the backlog; one that Node reads as nothing only if there is no other. */
function positionalBacklog(args: readonly Argument[]): Argument | undefined {
  let written: Argument | undefined;
  for (const [at, argument] of args.slice(0, 3).entries()) {
    if (at === 0) continue;
    const reads = readsAsBacklog(argument, at);
    if (reads === true) return argument;
    if (reads === "fallback") written ??= argument;
  }
  return written;
}

function readsAsBacklog(argument: Argument, at: number): boolean | "fallback" {
  const { it, shape, name } = argument;
  // Number([7]) is 7; what an array holds is not ours to know.
  if (isArray(argument)) return true;
  if (shape === "function" || shape === "nothing" || shape === "object" || shape === "server") return false;
  if (it.kind !== "value") {
    if (shape === "number" || isBacklogName(name) || (it.kind === "unknown" && isBacklogName(it.variable))) return true;
    // A second argument that nobody knows is a host, as a rule; a third one is not.
    return at === 2;
  }
  if (it.value.kind === "formula") return true;
  const values = candidates(it.value);
  if (shape === "string") return values.length > 0 && values.every((value) => nodeBacklog(value, "positional").reading !== "fallback");
  return values.every((value) => nodeBacklog(value, "positional").reading === "fallback") && it.value.kind === "exact" ? "fallback" : true;
}

function objectForm(context: Context, object: Extract<Thing, { kind: "object" }>, positional: Argument | undefined): Form {
  const options = readOptions(context, object);
  const rest = options.common(context);
  const form: CallForm = options.has("handle") || options.has("_handle") ? "handle" : isDescriptor(options.get("fd"), options.has("port")) ? "fd" : "options";
  const option = options.get("backlog");
  const given = passed(context, positional);
  if (form !== "options") {
    const fd = options.get("fd");
    const ignored = option === undefined ? {} : { ignored: { argument: resolved(context, option), reason: "node-fd" as const, because: FD_REASON } };
    return { form, ...(form === "fd" && fd !== undefined ? { fd: resolved(context, fd) } : {}), ...given, ...ignored, ...rest };
  }
  if (option !== undefined && (positional === undefined || decisive(option))) return { form, ...rest, backlog: resolved(context, option), backlogPlace: "option" };
  return { form, ...rest, ...given };
}

/** `typeof options.fd === "number" && options.fd >= 0`; where that is not known, a port beside it says no. */
function isDescriptor(fd: Thing | undefined, hasPort: boolean): boolean {
  if (fd === undefined) return false;
  if (fd.kind !== "value") return !hasPort;
  return candidates(fd.value).some((value) => typeof value === "number" && value >= 0);
}

