import type { Tree } from "@audit-backlog/scanner";
import { ConfigError } from "./error.ts";

/** The text of a configuration, and its name as reports show it: relative to the root of the tree. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

export const NAMES = ["audit-backlog.config.json", "audit-backlog.config.yaml"] as const;
/** What somebody may take for one: it would be passed over without a word. */
const LOOKALIKES = ["yml", "jsonc", "json5", "toml", "js", "mjs", "cjs", "ts", "mts", "cts"].map((extension) => `audit-backlog.config.${extension}`);

/** Larger than any that a person writes. */
export const MAX_CONFIG_BYTES = 1 << 16;

/** The configuration at the root of a tree; undefined where there is none. Throws ConfigError where it can't be told. */
export function findConfig(tree: Tree): ConfigText | undefined {
  const found = NAMES.flatMap((name) => {
    const file = tree.canonical(name) ?? name;
    const content = tree.text(file);
    return content === undefined ? [] : [{ file, content }];
  });
  const [first, second] = found;
  const lookalike = LOOKALIKES.find((name) => tree.files.includes(name));
  if (lookalike !== undefined) throw new ConfigError([{ file: lookalike, reason: `it is not read: a configuration is data, named ${NAMES.join(" or ")}; rename it` }]);
  if (first === undefined) return undefined;
  if (second !== undefined) throw new ConfigError([{ file: second.file, reason: `there is ${first.file} as well: delete one of them` }]);
  if ("reason" in first.content) throw new ConfigError([first.content]);
  if (first.content.problem !== undefined) throw new ConfigError([{ ...first.content.problem, reason: "not valid UTF-8" }]);
  return { file: first.file, text: first.content.text };
}

/** Says what is wrong with the size of a configuration. */
export function assertSmall({ file, text }: ConfigText): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_CONFIG_BYTES) throw new ConfigError([{ file, reason: `${Math.ceil(bytes / 1024)} KiB: larger than the ${MAX_CONFIG_BYTES / 1024} KiB that are read of a configuration` }]);
}
