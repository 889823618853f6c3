import { posix } from "node:path";
import type { Assignment, CommandArgument } from "unbash";
import { dynamicPiece, exactPiece } from "./pieces.ts";
import { knownText } from "./program-at.ts";
import type { ShellText } from "./shell-expand.ts";
import { bindingAt, hasPlace, type Binding, type ReadWord, type Scope } from "./shell-scope.ts";
import type { SourceText } from "./text.ts";

/** An argument of the command as parsed: an assignment comes with what it binds. */
export type Declared = readonly [Assignment, Binding] | Exclude<CommandArgument, Assignment>;

/** Does what a builtin does to variables and the directory; any other command does nothing to them. */
export function runBuiltin(
  words: readonly ReadWord[],
  declared: readonly Declared[],
  scope: Scope,
  text: ShellText,
  mapDirectory: ((path: string) => string | undefined) | undefined,
): void {
  const name = knownText(words[0]);
  const rest = words.slice(1);
  switch (name) {
    case "export":
    case "declare":
    case "typeset":
    case "readonly":
    case "local": {
      const exports = name === "export" || rest.some((word) => /^-[a-zA-Z]*x/.test(word.text));
      for (const part of declared) {
        if ("type" in part) continue;
        const [{ name: variable }, binding] = part;
        scope.set(variable, { ...binding, exported: exports || scope.get(variable)?.exported === true });
      }
      for (const word of rest) declareWord(word, exports, scope, text.source);
      return;
    }
    case "cd":
    case "pushd":
      scope.directory = changeDirectory(scope.directory, rest, text.source.path, mapDirectory);
      return;
    case "popd":
      scope.directory = undefined;
      return;
    case "set":
      setOptions(rest, scope);
      return;
    case "source":
    case ".":
      // A virtual environment's script sets PATH and little else.
      if (!/(?:^|\/)activate$/.test(knownText(rest[0]) ?? "")) scope.weaken();
      return;
    case "eval":
      scope.weaken();
      return;
    case "read":
    case "getopts":
    case "mapfile":
    case "readarray":
    case "unset":
    case "printf":
    case "let":
      if (name === "printf" && knownText(rest[0]) !== "-v") return;
      for (const word of rest) {
        const variable = /^[A-Za-z_]\w*/.exec(knownText(word) ?? "")?.[0];
        if (variable !== undefined) scope.forgetName(variable);
      }
      return;
    default:
      return;
  }
}

/** `export X` and `export "X=$Y"`: the parser gives these as plain words. */
function declareWord(word: ReadWord, exports: boolean, scope: Scope, source: SourceText): void {
  const match = /^([A-Za-z_]\w*)(=)?/.exec(word.template.text);
  const name = match?.[1];
  if (name === undefined) return;
  const old = scope.get(name);
  if (match?.[2] === undefined) {
    if (match?.[0] !== word.template.text || old === undefined || !exports) return;
    const { start, end } = word.range;
    scope.set(name, hasPlace(old) ? { ...old, exported: true } : bindingAt(source, old.pieces, start.offset, end.offset, true));
    return;
  }
  if (!/^["']/.test(word.text)) return;
  const content = word.template.slice(name.length + 1, word.template.text.length);
  const piece = word.value.kind === "exact" ? exactPiece(content) : dynamicPiece(content);
  const { start, end } = word.range;
  scope.set(name, bindingAt(source, [piece], start.offset, end.offset, exports || old?.exported === true));
}

function setOptions(rest: readonly ReadWord[], scope: Scope): void {
  const first = knownText(rest[0]) ?? "";
  const named = knownText(rest[1]) === "allexport";
  if (/^-[a-zA-Z]*a/.test(first) || (first === "-o" && named)) scope.shared.allExport = true;
  if (/^\+[a-zA-Z]*a/.test(first) || (first === "+o" && named)) scope.shared.allExport = false;
}

function changeDirectory(
  current: string | undefined,
  rest: readonly ReadWord[],
  file: string,
  mapDirectory: ((path: string) => string | undefined) | undefined,
): string | undefined {
  const word = rest.find((candidate) => !/^-[LPe@-]+$/.test(candidate.text));
  if (word === undefined) return undefined;
  const own = ownDirectory(word.template.text, file);
  if (own !== undefined) return own;
  const target = knownText(word);
  if (target === undefined || target === "-") return undefined;
  if (target.startsWith("/")) return mapDirectory?.(target);
  return current === undefined ? undefined : inTree(posix.join(current, target));
}

/** `$(dirname "$0")` and what follows it: the script's own directory. */
function ownDirectory(text: string, file: string): string | undefined {
  if (text.length > 300) return undefined;
  const match = /^\$\(\s*dirname\s+(?:--\s+)?"?(?:\$0|\$\{0\}|\$BASH_SOURCE|\$\{BASH_SOURCE(?:\[0\])?\})"?\s*\)((?:\/[\w.-]+)*)\/?$/.exec(text);
  if (match === null) return undefined;
  return inTree(posix.join(posix.dirname(file), match[1] ?? ""));
}

/** A normal path relative to the audited root; undefined for one outside of it. */
export function inTree(path: string): string | undefined {
  const normal = posix.normalize(path).replace(/\/$/, "");
  if (normal === "." || normal === "") return "";
  return normal === ".." || normal.startsWith("../") || normal.startsWith("/") ? undefined : normal;
}
