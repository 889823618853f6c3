import { gunicornClasses, gunicornQueuePerWorkerSince, gunicornSettings, type GunicornClassFacts } from "@audit-backlog/model";
import type { Address, Backlog, GunicornClass, Listener, SimpleValue, Sourced, StartFailure, Value, VersionRange } from "@audit-backlog/model";
import type { PythonValue } from "../facts.ts";
import { intOfText } from "../readers/python/literals.ts";
import { against } from "../readers/versions/range.ts";
import { bindOptions, defaultOrigin, type IntegerSetting, type Layers, written } from "./gunicorn-settings.ts";

const serverDefault = gunicornSettings.backlog.default;

/** The backlog that the worker class passes to listen(2). */
export function backlogOf(setting: IntegerSetting, runs: Sourced<GunicornClass>): Backlog {
  const { sourced } = setting;
  const reading = setting.refused ? "refused" : setting.isDefault ? "default" : setting.coerced ? "coerced" : "explicit";
  const writtenAs: Sourced<string> | undefined = sourced.text === undefined ? undefined : { value: { kind: "exact", value: sourced.text }, origin: sourced.origin, text: sourced.text };
  const plain: Backlog = {
    requested: sourced,
    ...(writtenAs !== undefined && (reading === "coerced" || reading === "refused") ? { written: writtenAs } : {}),
    reading,
    serverDefault,
    ignored: [],
  };
  if (reading === "refused") return plain;
  const { value } = runs;
  if (value.kind === "oneOf") {
    if (!value.options.some((option) => againOf(option.value, sourced.value) !== undefined)) return plain;
    return { ...plain, requested: { ...sourced, value: { kind: "oneOf", options: value.options.map((option) => ({ value: passedBy(option.value, sourced.value), when: option.when })) } } };
  }
  const again = againOf(value, sourced.value);
  if (again === undefined || !("value" in value)) return plain;
  if (again.when === "backlog is 0") {
    return { ...plain, requested: { ...sourced, value: { kind: "exact", value: again.backlog } }, reading: "fallback", ...(writtenAs === undefined ? {} : { written: writtenAs }) };
  }
  const ignored = setting.isDefault ? [] : [{ setting: sourced, reason: "gunicorn-worker" as const, because: `the ${value.value} worker calls listen() again with ${again.by}'s default of ${again.backlog}` }];
  const origin = { kind: "default", of: again.by, source: again.source } as const;
  return { requested: { value: { ...value, value: again.backlog }, origin }, reading: "default", serverDefault: again.backlog, ignored };
}

type ListensAgain = NonNullable<GunicornClassFacts["listensAgain"]>;

/** With what a class calls listen() again, where it does with this backlog of gunicorn's. */
function againOf(runs: SimpleValue<GunicornClass>, backlog: Value<number>): ListensAgain | undefined {
  const again = "value" in runs ? gunicornClasses[runs.value].listensAgain : undefined;
  return again?.when === "always" || ("value" in backlog && backlog.value === 0) ? again : undefined;
}

function passedBy(runs: SimpleValue<GunicornClass>, backlog: Value<number>): SimpleValue<number> {
  const again = againOf(runs, backlog);
  if (again !== undefined) return { kind: "exact", value: again.backlog };
  return backlog.kind === "oneOf" ? { kind: "dynamic" } : backlog;
}

/**
 * With SO_REUSEPORT the one socket of the arbiter was shared by all workers up to 23; from 24 on each worker
 * makes its own (gunicorn: gunicorn/arbiter.py spawn_worker). Unix sockets have no such thing.
 */
export function queuePerWorker(reusePort: Sourced<boolean>, address: Value<Address>, version?: Sourced<VersionRange>): Sourced<boolean> {
  const { value } = reusePort;
  const options = value.kind === "oneOf" ? value.options.map((option) => option.value) : [value];
  const never = options.every((option) => (option.kind === "exact" || option.kind === "assumed") && !option.value);
  const unix = (address.kind === "exact" || address.kind === "assumed") && address.value.family !== "tcp";
  if (never) return reusePort;
  if (unix) return { ...reusePort, value: { kind: "exact", value: false } };
  if (options.length > 1 || options[0]?.kind === "dynamic") return { ...reusePort, value: { kind: "dynamic" } };
  const side = version === undefined || !("value" in version.value) ? "open" : against(version.value.value, gunicornQueuePerWorkerSince);
  if (version !== undefined && side !== "open") {
    const kind = version.value.kind === "exact" && options[0]?.kind === "exact" ? "exact" : "assumed";
    return { ...reusePort, value: { kind, value: side === "since" }, via: [...(reusePort.via ?? []), version.origin] };
  }
  return {
    ...reusePort,
    value: { kind: "oneOf", options: [{ value: { kind: "exact", value: true }, when: "with gunicorn 24 or newer" }, { value: { kind: "exact", value: false }, when: "with gunicorn up to 23" }] },
  };
}

export interface Bound {
  readonly addresses: readonly Sourced<Address>[];
  readonly startFailures: readonly StartFailure[];
}

/** The addresses that gunicorn binds: `-b` options, the configuration's `bind`, $PORT, else 127.0.0.1:8000. */
export function addressesOf(layers: Layers): Bound {
  const startFailures: StartFailure[] = [];
  const addresses: Sourced<Address>[] = [];
  for (const bind of bindOptions(layers) ?? configured(layers)) {
    const { value } = bind;
    const items = value.kind === "exact" || value.kind === "assumed" ? textsOf(value.value) : undefined;
    if (items === undefined || (value.kind !== "exact" && value.kind !== "assumed")) {
      addresses.push({ ...bind, value: value.kind === "oneOf" ? conditional(value.options) : dynamicLike(value) });
      continue;
    }
    for (const item of items) {
      const address = parseAddress(item);
      if (typeof address !== "string") addresses.push({ ...bind, value: { ...value, value: address } });
      else {
        if (value.kind === "exact") startFailures.push({ kind: "other", message: address, origin: bind.origin.kind === "file" ? bind.origin : layers.place, related: [], passesConfigTest: true });
        addresses.push({ ...bind, value: { kind: "dynamic" } });
      }
    }
  }
  return { addresses, startFailures };
}

function configured(layers: Layers): readonly Sourced<PythonValue>[] {
  const found = written(layers, "bind");
  const when = layers.config?.settings.unsetWhen.get("bind");
  if (found !== undefined && when === undefined) return [found];
  const fallback = defaultBind(layers);
  if (found === undefined) return [fallback];
  if (fallback.value.kind === "oneOf" || found.value.kind !== "oneOf") return [{ ...found, value: { kind: "dynamic" } }];
  return [{ ...found, value: { kind: "oneOf", options: [...found.value.options, { value: fallback.value, when }] } as Value<PythonValue> }];
}

function defaultBind(layers: Layers): Sourced<PythonValue> {
  const port = layers.environment.get("PORT");
  if (port === undefined) return { value: { kind: "assumed", value: "127.0.0.1:8000", variable: "PORT" }, origin: defaultOrigin("bind") };
  const { value } = port;
  if (value.kind === "exact" || value.kind === "assumed") return { ...port, value: { ...value, value: `0.0.0.0:${value.value}` } };
  return { ...port, value: { kind: "dynamic", variable: "PORT" } };
}

/** gunicorn: gunicorn/config.py validate_list_string. Undefined for what is no text or list of texts. */
function textsOf(value: PythonValue): readonly string[] | undefined {
  if (value === null || value === "" || value === false || value === 0) return [];
  if (typeof value === "string") return [value.trim()];
  if (!isList(value)) return undefined;
  const texts = value.filter((item) => typeof item === "string").map((item) => item.trim());
  return texts.length === value.length ? texts : undefined;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

/** One listener whose address hangs on a condition, where each option binds one address. */
function conditional(options: readonly { readonly value: SimpleValue<PythonValue>; readonly when: string }[]): Value<Address> {
  const addresses = options.map((option) => {
    const { value } = option;
    const texts = value.kind === "exact" || value.kind === "assumed" ? textsOf(value.value) : undefined;
    const [only, second] = texts ?? [];
    const address = only === undefined || second !== undefined ? undefined : parseAddress(only);
    const known: SimpleValue<Address> = typeof address === "object" && (value.kind === "exact" || value.kind === "assumed") ? { ...value, value: address } : dynamicLike(value);
    return { value: known, when: option.when };
  });
  return { kind: "oneOf", options: addresses };
}

function dynamicLike(value: SimpleValue<PythonValue>): { readonly kind: "dynamic"; readonly variable?: string } {
  const variable = value.kind === "exact" ? undefined : value.variable;
  return variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable };
}

/** gunicorn: gunicorn/util.py parse_address; its message where it refuses. */
export function parseAddress(netloc: string): Address | string {
  const unix = /^unix:(?:\/\/)?/.exec(netloc);
  if (unix !== null) return { family: "unix", path: netloc.slice(unix[0].length) };
  if (netloc.startsWith("fd://")) return /^\d+$/.test(netloc.slice(5)) ? { family: "inherited", text: netloc } : `'${netloc.slice(5)}' is not a valid file descriptor.`;
  const rest = netloc.startsWith("tcp://") ? netloc.slice(6) : netloc;
  let host = rest;
  let port = "8000";
  if (rest.includes("[") && rest.includes("]")) {
    host = rest.slice(0, rest.indexOf("]")).slice(1);
    const after = rest.indexOf("]:");
    if (after !== -1) port = rest.slice(after + 2);
  } else if (rest.includes(":")) [host = "", port = "8000"] = rest.split(":");
  else if (rest === "") host = "0.0.0.0";
  const number = intOfText(port, 10);
  if (number === undefined) return `'${port}' is not a valid port number.`;
  const lower = host.toLowerCase();
  return { family: "tcp", host: lower === "" || lower === "0.0.0.0" ? "*" : lower, port: Number(number) };
}

export function addressText({ value, text }: Sourced<Address>): string {
  if (value.kind !== "exact" && value.kind !== "assumed") return text ?? "unknown";
  const address = value.value;
  if (address.family === "unix") return `unix:${address.path}`;
  if (address.family === "inherited") return address.text;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The listeners of one service. */
export function listenersOf(id: string, place: Listener["origin"], addresses: readonly Sourced<Address>[], backlog: Backlog, reusePort: Sourced<boolean>, somaxconn: Sourced<number>, version?: Sourced<VersionRange>): Listener[] {
  const seen = new Map<string, number>();
  return addresses.map((address) => {
    const text = addressText(address);
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return {
      id: `${id}#${text}${count === 1 ? "" : `~${count}`}`,
      origin: address.origin.kind === "file" ? address.origin : place,
      address,
      backlog,
      queuePerWorker: queuePerWorker(reusePort, address.value, version),
      somaxconn,
    };
  });
}
