import { oneOf, UsageError } from "../option-values.ts";
import { formatNames, type FormatName } from "./formats.ts";

/** One report that was asked for: on standard output, or in a file. */
export interface Wanted {
  readonly format: FormatName;
  /** As the user's shell would name it. */
  readonly path?: string;
}

/** `--format` by `--format`: a name, or `name=file`. Throws UsageError. */
export function readFormats(entries: readonly string[]): readonly Wanted[] {
  const wanted = (entries.length === 0 ? ["pretty"] : entries).map((entry): Wanted => {
    const equals = entry.indexOf("=");
    const format = oneOf("format", equals === -1 ? entry : entry.slice(0, equals), formatNames);
    if (equals === -1) return { format };
    if (equals === entry.length - 1) throw new UsageError(`--format ${entry} names no file`);
    return { format, path: entry.slice(equals + 1) };
  });
  const bare = wanted.filter(({ path }) => path === undefined);
  if (bare.length > 1) throw new UsageError(`standard output takes one format, not ${bare.map(({ format }) => format).join(" and ")}; give the others a file: --format ${bare[1]?.format ?? ""}=FILE`);
  const paths = wanted.flatMap(({ path }) => path ?? []);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new UsageError(`--format names ${twice} twice`);
  return wanted;
}
