import type { Sourced, SimpleValue } from "@audit-backlog/model";
import { memberOf, sourcedOf, type Data, type Scalar } from "./data.ts";
import { readConfigModule, readJsonData, type DataFile } from "./javascript-module.ts";
import type { ReaderResult } from "../facts.ts";
import { readYamlData } from "./yaml-data.ts";

/** One file of a `config` directory, as the package "config" reads it. */
export interface NodeConfigFile extends ReaderResult {
  readonly file: string;
  /** The directory it lies in. */
  readonly directory: string;
  /** "default", "production", "local": what decides when it counts. */
  readonly name: string;
  /** Read when it is asked for: of most directories called "config", nobody asks. */
  readonly data: Data | undefined;
}

const pattern = /^(?:(.*)\/)?config\/([\w-]+)\.(?:json5?|jsonc|ya?ml|[cm]?js)$/i;

/** Files of the package that are no environment's. */
const special = /^(?:local|local-.*|.*-local|custom-environment-variables|index|test|testing)$/;

/** Whether a file can be one of node-config's: `config/<environment>.<format>`. */
export function mightBeNodeConfig(path: string): boolean {
  const name = pattern.exec(path)?.[2];
  return name !== undefined && (name === "custom-environment-variables" || !special.test(name));
}

/** Reads one file; those in formats that run code are read as data. Never throws. */
export function readNodeConfig(path: string, text: string): NodeConfigFile {
  const [, parent, name = ""] = pattern.exec(path) ?? [];
  let read: DataFile | undefined;
  const contents = (): DataFile => (read ??= readData(path, text));
  return {
    file: path,
    directory: parent === undefined ? "config" : `${parent}/config`,
    name,
    get data() {
      return contents().data;
    },
    get problems() {
      return contents().problems;
    },
  };
}

function readData(path: string, text: string): DataFile {
  if (/\.ya?ml$/i.test(path)) return readYamlData(path, text);
  return /\.json[5c]?$/i.test(path) ? readJsonData(path, text) : readConfigModule(path, text);
}

/**
 * The value under a key: that of `default` unless an environment's file has another one; the variable that
 * custom-environment-variables names may replace both. Undefined where no file has the key.
 * Source: node-config: lib/util.js loadFileConfigs (order), the wiki page "Configuration Files".
 */
export function configValue(files: readonly NodeConfigFile[], key: readonly string[]): Sourced<Scalar> | undefined {
  const variable = variableFor(files, key);
  const found = files.flatMap((file) => {
    const data = file.name === "custom-environment-variables" ? undefined : memberOf(file.data, key);
    return data?.kind === "scalar" ? [{ name: file.name, sourced: sourcedOf(file.file, data), value: data.value }] : [];
  });
  const base = found.find(({ name }) => name === "default");
  const others = found.filter((one) => one !== base && (base === undefined || JSON.stringify(one.value) !== JSON.stringify(base.value)));
  const first = base ?? others[0];
  if (first === undefined) return undefined;
  const assume = (value: SimpleValue<Scalar>): SimpleValue<Scalar> =>
    value.kind === "exact" ? { kind: "assumed", value: value.value, ...(variable === undefined ? {} : { variable }) } : value;
  if (others.length === 0 && first.value.kind !== "oneOf") return { ...first.sourced, value: assume(first.value) };
  const cases = [...(base === undefined ? [] : [base]), ...others];
  const options = cases.flatMap(({ name, value }) => {
    const when = name === "default" ? "else" : `if NODE_ENV is ${name}`;
    return value.kind === "oneOf" ? value.options.map((option) => ({ value: option.value, when: `${when}, ${option.when}` })) : [{ value: assume(value), when }];
  });
  // "else" last, as one reads it.
  options.sort((a, b) => Number(a.when === "else") - Number(b.when === "else"));
  const via = others.filter((one) => one !== first).map(({ sourced }) => sourced.origin);
  return { ...first.sourced, value: { kind: "oneOf", options }, ...(via.length > 0 ? { via } : {}) };
}

function variableFor(files: readonly NodeConfigFile[], key: readonly string[]): string | undefined {
  for (const file of files) {
    if (file.name !== "custom-environment-variables") continue;
    const named = memberOf(file.data, key);
    const entry = named?.kind === "object" ? named.entries.get("__name") : named;
    if (entry?.kind === "scalar" && entry.value.kind === "exact" && typeof entry.value.value === "string") return entry.value.value;
  }
  return undefined;
}
