import type { Tree } from "@audit-backlog/scanner";
import type { Config } from "./config.ts";
import { ConfigError } from "./error.ts";
import { assertSmall, findConfig, type ConfigText } from "./find.ts";
import { readConfig } from "./read.ts";

/** The configuration to use: the one given, or that of the tree; undefined for none. Throws ConfigError. */
export function loadConfig(tree: Tree, given: ConfigText | false | undefined): Config | undefined {
  const text = given === false ? undefined : (given ?? findConfig(tree));
  if (text === undefined) return undefined;
  assertSmall(text);
  const { config, problems } = readConfig(text.file, text.text);
  if (problems.length > 0) throw new ConfigError(problems.map(({ range, message }) => ({ file: text.file, range, reason: message })));
  return config;
}
