import type { Origin, Sourced, StartFailure, Value } from "@audit-backlog/model";
import type { PythonValue } from "../facts.ts";
import { intOfText } from "../readers/python/literals.ts";
import { fromOptions, type Layers, type NumberSetting, overflowsListen, refusal, type SettingName } from "./gunicorn-settings.ts";

/**
 * Why gunicorn does not start with these settings, in its words. Every layer is validated when it is applied, also
 * what a later one overrides (gunicorn: gunicorn/app/base.py load_config).
 */
export function settingFailures(layers: Layers): StartFailure[] {
  const failures: StartFailure[] = [];
  const fail = (name: SettingName, message: string, origin: Origin): void => {
    failures.push({ kind: name === "backlog" ? "invalid-backlog" : "other", message, origin: origin.kind === "file" ? origin : layers.place, related: [], passesConfigTest: false });
  };
  // Converted as soon as gunicorn is loaded, whether it is used or not (gunicorn: gunicorn/config.py class Workers).
  const concurrency = layers.environment.get("WEB_CONCURRENCY");
  if (concurrency?.value.kind === "exact") {
    const message = concurrencyRefusal(concurrency.value.value);
    if (message !== undefined) fail("workers", message, concurrency.origin);
  }
  const config = layers.config;
  const sure = config !== undefined && config.certain && config.settings.open === undefined && layers.open === undefined;
  for (const name of [...integers, ...booleans, "worker_class", "bind"] as const) {
    const found = sure ? config.settings.settings.get(name) : undefined;
    const message = found === undefined ? undefined : refusalOf(name, found.value, 0);
    if (found !== undefined && message !== undefined) fail(name, message, found.origin);
  }
  for (const given of [layers.givenByEnvironment, layers.given]) {
    for (const name of integers) {
      const found: Sourced<PythonValue> | undefined = fromOptions(given, name);
      const message = found === undefined ? undefined : refusalOf(name, found.value, 10);
      if (found !== undefined && message !== undefined) fail(name, message, found.origin);
    }
  }
  // All layers are fine with it, and `--check-config` too; listen() is not.
  const overflow = overflowsListen(layers);
  if (overflow !== undefined) {
    failures.push({ kind: "invalid-backlog", message: "signed integer is greater than maximum", origin: overflow.origin.kind === "file" ? overflow.origin : layers.place, related: [], passesConfigTest: true });
  }
  return failures;
}

const integers = ["backlog", "workers", "threads", "worker_connections", "max_requests", "timeout", "graceful_timeout", "keepalive"] as const satisfies readonly NumberSetting[];
const booleans = ["preload_app", "reuse_port"] as const;

function concurrencyRefusal(text: string): string | undefined {
  const number = intOfText(text, 10);
  if (number === undefined) return `invalid literal for int() with base 10: '${text}'`;
  return number < 0n ? `Value must be positive: ${number.toString()}` : undefined;
}

function refusalOf(name: SettingName, value: Value<PythonValue>, base: 0 | 10): string | undefined {
  if (integers.some((integer) => integer === name)) return refusal(value, base);
  if (value.kind !== "exact") return undefined;
  const found = value.value;
  if (booleans.some((boolean) => boolean === name)) {
    if (found === null || typeof found === "boolean") return undefined;
    if (typeof found !== "string") return typeof found === "number" ? `Invalid type for casting: ${found}` : "Invalid type for casting";
    return ["true", "false"].includes(found.toLowerCase().trim()) ? undefined : `Invalid boolean: ${found}`;
  }
  if (found === null || typeof found === "string") return undefined;
  if (name === "worker_class") return typeof found === "number" ? `Not a string: ${found}` : "Not a string";
  // bind: whatever is false is no address, anything else must be a list of texts.
  if (found === 0 || found === false) return undefined;
  if (typeof found === "number" || found === true) return `'${found === true ? "bool" : "int"}' object is not iterable`;
  return "float" in found ? "'float' object is not iterable" : found.some((item) => item !== null && typeof item !== "string") ? "Not a string" : undefined;
}
