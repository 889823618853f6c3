import { posix } from "node:path";
import { isMap } from "yaml";
import type { Lookup } from "../facts.ts";
import { wholeWord } from "./commands/annotated.ts";
import { interpolate } from "./commands/compose-words.ts";
import { inTree } from "./commands/shell-builtins.ts";
import { bindingAt, type Binding } from "./commands/shell-scope.ts";
import { MappedText, SourceText } from "./commands/text.ts";
import type { LayeredService, Valued } from "./compose-layers.ts";

const maxLength = 200_000;
const maxVariables = 500;

/** The variables of a service's `env_file`s; a later file's come over an earlier one's. Files that are not in the tree give none. */
export function envFileBindings(service: LayeredService, lookup: Lookup): ReadonlyMap<string, Binding> {
  return new Map(
    service.items("env_file").flatMap((item) => {
      const path = pathOf(item);
      const text = path === undefined ? undefined : lookup(path);
      return path === undefined || text === undefined ? [] : readEnvFile(path, text);
    }),
  );
}

function pathOf({ yaml, node }: Valued): string | undefined {
  const path = isMap(node) ? yaml.known(yaml.entry(node, "path")) : yaml.known(node);
  return path === undefined || path.startsWith("/") ? undefined : inTree(posix.join(posix.dirname(yaml.source.path), path));
}

/**
 * Lines `NAME=value`. Quotes are taken off, in single quotes nothing is expanded, ` #` ends a plain value
 * (docs.docker.com/compose/how-tos/environment-variables/variable-interpolation, "env file syntax"). Values of several
 * lines are not read.
 */
export function readEnvFile(path: string, text: string): (readonly [string, Binding])[] {
  if (text.length > maxLength) return [];
  const source = new SourceText(path, text);
  // compose-go: dotenv/godotenv.go ParseWithLookup passes over a byte order mark.
  const lines = text.replace(/^\uFEFF/, " ");
  const found: (readonly [string, Binding])[] = [];
  for (const { 0: all, 1: before = "", 2: name = "", 3: rest = "", index } of lines.matchAll(/^([ \t]*(?:export[ \t]+)?)([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(.*)$/gm)) {
    if (found.length >= maxVariables) break;
    const start = index + all.length - rest.length;
    const value = valueOf(text, start, rest.replace(/\r$/, ""));
    if (value === undefined || before.includes("#")) continue;
    const annotated = value.literal ? { mapped: value.mapped, spans: [] } : interpolate(value.mapped);
    const word = wholeWord(annotated, source);
    found.push([name, bindingAt(source, [{ value: word.value, mapped: annotated.mapped, template: word.template }], word.range.start.offset, word.range.end.offset, true)]);
  }
  return found;
}

function valueOf(text: string, start: number, rest: string): { readonly mapped: MappedText; readonly literal: boolean } | undefined {
  const quote = rest.startsWith("'") || rest.startsWith('"') ? rest.charAt(0) : undefined;
  if (quote === undefined) {
    const plain = rest.replace(/(?:^|[ \t])#.*$/, "").trimEnd();
    return { mapped: MappedText.verbatim(text, start, start + plain.length), literal: false };
  }
  const end = rest.indexOf(quote, 1);
  if (end === -1) return undefined;
  const inner = rest.slice(1, end);
  if (quote === '"' && inner.includes("\\")) return undefined;
  return { mapped: MappedText.verbatim(text, start + 1, start + end), literal: quote === "'" };
}
