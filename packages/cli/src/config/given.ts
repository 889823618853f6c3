import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { UsageError } from "../option-values.ts";
import { MAX_CONFIG_BYTES, NAMES, type ConfigText } from "./find.ts";

/** The configuration that --config names, as the shell sees it. Throws UsageError where it can't be read. */
export function givenConfig(path: string, root: string, cwd: string): ConfigText {
  const refuse = (why: string): UsageError => new UsageError(`--config ${path}: ${why}`);
  let descriptor: number | undefined;
  try {
    // A named pipe must not keep us waiting.
    descriptor = openSync(resolve(cwd, path), constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw refuse("that is no file");
    if (stats.size > MAX_CONFIG_BYTES) throw refuse(`larger than the ${MAX_CONFIG_BYTES / 1024} KiB that are read of a configuration`);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(descriptor));
    return { file: relative(root, realpathSync(resolve(cwd, path))).split(sep).join("/"), text };
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    if (error instanceof TypeError) throw refuse("not valid UTF-8");
    throw refuse("code" in error && error.code === "ENOENT" ? "no such file" : `can't be read: ${error.message}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * The nearest configuration above an audited directory, up to the root of its git repository. It is not taken: its globs
 * count from where it lies.
 */
export function configAbove(root: string): string | undefined {
  for (let directory = root; !existsSync(join(directory, ".git")) && dirname(directory) !== directory; ) {
    directory = dirname(directory);
    const found = NAMES.map((name) => join(directory, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
  }
  return undefined;
}
