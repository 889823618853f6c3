import { assumedPiece, bindingAt, type Binding } from "./commands/shell-scope.ts";
import { templatePieces } from "./commands/template-pieces.ts";
import { maskTemplates, MapBuilder, MappedText, SourceText } from "./commands/text.ts";

const maxLength = 200_000;
const maxVariables = 500;
const blanks = " \t\n\r";

/**
 * Variables of an EnvironmentFile=, as systemd reads it: no expansion; a value may consist of several quoted parts,
 * and what begins without a quote keeps those that follow; a backslash takes the next character as it is. Values are assumed: the machine's file may be another. systemd: src/basic/env-file.c parse_env_file_internal; systemd.exec(5), EnvironmentFile=.
 */
export function readSystemdEnvFile(path: string, text: string): ReadonlyMap<string, Binding> {
  const found = new Map<string, Binding>();
  if (text.length > maxLength) return found;
  const source = new SourceText(path, text);
  const masked = maskTemplates(text);
  for (let at = 0; at < masked.length && found.size < maxVariables; ) {
    const char = masked[at] ?? "";
    if (blanks.includes(char)) at += 1;
    else if (char === "#" || char === ";") at = lineEnd(masked, at) + 1;
    else {
      const line = lineEnd(masked, at);
      // The first character is a part of the name, whatever it is.
      const equals = masked.indexOf("=", at + 1);
      if (equals === -1 || equals >= line) {
        at = line + 1;
        continue;
      }
      const name = masked.slice(at, equals).trim();
      const { mapped, end } = valueAt(masked, equals + 1);
      if (/^[A-Za-z_]\w*$/.test(name)) {
        const pieces = templatePieces(mapped, source).map((piece) => assumedPiece(piece, name));
        const whole = pieces.length > 0 ? pieces : [{ value: { kind: "assumed", value: "", variable: name } as const, mapped }];
        found.delete(name);
        found.set(name, bindingAt(source, whole, mapped.start(0), mapped.end(mapped.text.length), true));
      }
      at = end;
    }
  }
  return found;
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline === -1 ? text.length : newline;
}

/** Characters that a backslash makes plain between double quotes. systemd: src/basic/escape.h SHELL_NEED_ESCAPE. */
const escapable = '"\\`$';

/** A value from behind its `=` to the end of its line, and where the next line begins. */
function valueAt(text: string, start: number): { readonly mapped: MappedText; readonly end: number } {
  const builder = new MapBuilder(start);
  let state: "before" | "plain" | "'" | '"' = "before";
  /** Length without the blanks at the end of a plain value. */
  let trimmed = 0;
  const take = (from: number): void => {
    builder.append(MappedText.verbatim(text, from, from + 1));
  };
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at] ?? "";
    const isNewline = char === "\n" || char === "\r";
    if (state === "'" || state === '"') {
      // Behind a quote, blanks do not count and another one may begin.
      if (char === state) state = "before";
      else if (char === "\\" && state === '"') {
        at += 1;
        const next = text[at] ?? "";
        if (next !== "" && !escapable.includes(next) && next !== "\n") take(at - 1);
        if (next !== "\n") take(at);
      } else take(at);
      trimmed = builder.length;
    } else if (isNewline) break;
    else if (char === "\\") {
      state = "plain";
      at += 1;
      if (text[at] !== "\n" && text[at] !== "\r") take(at);
      trimmed = builder.length;
    } else if (state === "before" && (char === "'" || char === '"')) state = char;
    else if (state === "plain" || !blanks.includes(char)) {
      state = "plain";
      take(at);
      if (!blanks.includes(char)) trimmed = builder.length;
    }
  }
  return { mapped: builder.build().slice(0, trimmed), end: at + 1 };
}
