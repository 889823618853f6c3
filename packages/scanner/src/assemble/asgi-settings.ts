import { asgiPrograms } from "@audit-backlog/model";
import type { Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { HandedSocket } from "../facts.ts";
import type { AsgiInvocation } from "../readers/asgi-command.ts";
import type { AsgiConfig } from "../readers/asgi-config.ts";
import { intOfText } from "../readers/python/literals.ts";

/** Where a server takes its settings from; what the command line says wins. */
export interface AsgiLayers {
  readonly invocation: AsgiInvocation;
  /** Sockets that whoever starts it opened. */
  readonly handed: readonly HandedSocket[];
  /** Of hypercorn's `-c`. */
  readonly config: AsgiConfig | undefined;
  /** A configuration file that is named and not known. */
  readonly unknownConfig: Sourced<string> | undefined;
}

export function defaultOf({ program }: AsgiInvocation): Origin {
  return { kind: "default", of: program, source: asgiPrograms[program].source };
}

/** Each use of an option, else what the environment and the configuration file say; undefined where nothing says it. */
export function writtenAll({ invocation, config, unknownConfig }: AsgiLayers, setting: string): readonly Sourced<string>[] | undefined {
  const given = invocation.given.filter(({ option }) => option.setting === setting);
  if (given.length > 0) return given.map(({ value, text, origin }) => ({ value: loosened(value ?? { kind: "exact", value: "true" }, invocation), text, origin }));
  const fromEnvironment = invocation.program === "uvicorn" && invocation.fastapi === undefined ? invocation.environment.get(`UVICORN_${setting.toUpperCase()}`) : undefined;
  if (fromEnvironment !== undefined) return [fromEnvironment];
  const found = config?.get(setting);
  if (found !== undefined) return found;
  return unknownConfig === undefined ? undefined : [{ ...unknownConfig, value: { kind: "dynamic" } }];
}

/** The last one counts. click: auto_envvar_prefix "UVICORN" (uvicorn: uvicorn/main.py). */
export function written(layers: AsgiLayers, setting: string): Sourced<string> | undefined {
  return writtenAll(layers, setting)?.at(-1);
}

/** It holds unless a word that may hold more options says otherwise. */
function loosened(value: Value<string>, { open }: AsgiInvocation): Value<string> {
  return open !== undefined && value.kind === "exact" ? { kind: "assumed", value: value.value } : value;
}

/** A setting that Python's int() reads; what it refuses is known only to whoever starts it. */
export function integer(sourced: Sourced<string>): Sourced<number> {
  const simple = (value: SimpleValue<string>): SimpleValue<number> => {
    if (value.kind === "formula" || value.kind === "dynamic") return value;
    const number = intOfText(value.value, 10);
    if (number === undefined || number > BigInt(Number.MAX_SAFE_INTEGER)) return value.kind === "assumed" && value.variable !== undefined ? { kind: "dynamic", variable: value.variable } : { kind: "dynamic" };
    return { ...value, value: Number(number) };
  };
  const { value } = sourced;
  return { ...sourced, value: value.kind === "oneOf" ? { kind: "oneOf", options: value.options.map((option) => ({ ...option, value: simple(option.value) })) } : simple(value) };
}

/**
 * Processes: `--workers`, for uvicorn else $WEB_CONCURRENCY, else one. A uvicorn that reloads has one (uvicorn: uvicorn/main.py run,
 * uvicorn/config.py Config.__init__); daphne is one always; 0 of hypercorn's are the one process itself.
 */
export function workersOf(layers: AsgiLayers): Sourced<number> {
  const { invocation } = layers;
  const one: Sourced<number> = { value: { kind: "assumed", value: 1, ...(invocation.program === "uvicorn" ? { variable: "WEB_CONCURRENCY" } : {}) }, origin: defaultOf(invocation) };
  if (invocation.program === "daphne") return { ...one, value: { kind: "exact", value: 1 } };
  const reload = invocation.given.find(({ option }) => option.setting === "reload");
  if (reload !== undefined && invocation.program === "uvicorn") return { value: { kind: "exact", value: 1 }, origin: reload.origin, text: reload.text };
  const found = written(layers, "workers") ?? (invocation.program === "uvicorn" ? invocation.environment.get("WEB_CONCURRENCY") : undefined);
  if (found === undefined) return invocation.fastapi === "dev" ? { ...one, value: { kind: "assumed", value: 1 } } : one;
  const count = integer(found);
  return "value" in count.value && count.value.value < 1 ? { ...count, value: { ...count.value, value: 1 } } : count;
}
