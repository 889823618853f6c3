import type { Argument } from "./arguments.ts";
import { firstForm, netForm, type Form } from "./net-form.ts";
import { resolved } from "./resolved.ts";
import type { Context } from "./thing.ts";
import type { ListenCall } from "./types.ts";

function isNumber(argument: Argument | undefined): argument is Argument {
  return argument?.shape === "number";
}

function hostOf(context: Context, argument: Argument | undefined): Pick<ListenCall, "host"> {
  return argument === undefined || argument.shape === "nothing" ? {} : { host: resolved(context, argument.it) };
}

function withoutCallback(args: readonly Argument[]): readonly Argument[] {
  return args.at(-1)?.shape === "function" ? args.slice(0, -1) : args;
}

function lostArgument(context: Context, argument: Argument | undefined, because: string, hangsOn?: string): Pick<ListenCall, "ignored"> {
  if (!isNumber(argument)) return {};
  return { ignored: { argument: resolved(context, argument.it), reason: "positional-lost", because, ...(hangsOn === undefined ? {} : { hangsOn }) } };
}

/**
 * fastify: an object goes to net.Server#listen as it is. Before version 5 also `(port[, host[, backlog]])` and
 * `(path[, backlog])`, which it turns into such an object. Source: fastify v4: lib/server.js normalizeListenArgs.
 */
export function fastifyForm(context: Context, args: readonly Argument[]): Form {
  const [first] = args;
  if (first?.it.kind === "object") {
    return { ...netForm(context, [first]), ...lostArgument(context, args[1], "fastify takes a callback as its second argument") };
  }
  const given = withoutCallback(args);
  const [start, second, third] = given;
  if (start === undefined || start.shape === "nothing") return { form: "none" };
  const form = firstForm(start);
  if (form === "unknown") return { form };
  const backlog = form === "path" ? given.slice(1).at(-1) : third;
  return {
    form,
    [form]: resolved(context, start.it),
    ...(form === "port" ? hostOf(context, second) : {}),
    ...(backlog === undefined || backlog.shape === "nothing" ? {} : { backlog: resolved(context, backlog.it), backlogPlace: "option" as const }),
    ...(form === "port" ? lostArgument(context, second, "fastify takes its second argument as the host") : {}),
  };
}

/**
 * nest on fastify: an object with port, host or path goes on; else `(port[, host][, callback])`.
 * Source: nest: packages/platform-fastify/adapters/fastify-adapter.ts listen.
 */
export function nestFastifyForm(context: Context, args: readonly Argument[]): Form {
  const [first, second, third] = args;
  if (first?.it.kind === "object") return netForm(context, [first]);
  if (first === undefined || first.shape === "nothing" || first.shape === "function") return { form: "none" };
  const form = firstForm(first);
  if (form !== "port") return form === "path" ? { form, path: resolved(context, first.it) } : { form };
  const because = "the fastify adapter of nest passes on a port and a host only";
  const lost = isNumber(third) ? third : second;
  const host = second?.shape === "function" ? undefined : second;
  return { form, port: resolved(context, first.it), ...hostOf(context, host), ...lostArgument(context, lost, because) };
}

/** Libraries whose listen() takes a port, perhaps a host, and nothing that would become a backlog. */
export function portOnlyForm(context: Context, args: readonly Argument[]): Form {
  const [first, second] = args;
  if (first === undefined) return { form: "unknown" };
  const form = firstForm(first);
  if (form !== "port") return { form: "unknown" };
  const host = second?.shape === "string" ? hostOf(context, second) : {};
  return { form, port: resolved(context, first.it), ...host, ...lostArgument(context, second, "the library passes on a port only") };
}
