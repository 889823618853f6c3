import type { Sourced } from "@audit-backlog/model";
import { SourceText } from "./commands/text.ts";

const maxLength = 200_000;
const maxVariables = 500;

/**
 * Variables of a `.env` file by the rules of dotenv (npm): `NAME=value` or `NAME: value`, `export` allowed in front; a value in
 * quotes may go over several lines and ends at a quote without a backslash before it; what is not quoted ends at `#`. In
 * double quotes `\n` and `\r` are line ends. The last of a name counts. Values are assumed: a machine has its own file.
 * dotenv: lib/main.js parse.
 */
export function readEnvFile(path: string, text: string): ReadonlyMap<string, Sourced<string>> {
  const found = new Map<string, Sourced<string>>();
  if (text.length > maxLength) return found;
  const plain = text.replaceAll(/\r\n?/g, (end) => (end.length === 2 ? " \n" : "\n"));
  const source = new SourceText(path, text);
  for (let at = 0; at < plain.length && found.size < maxVariables; ) {
    const line = lineEnd(plain, at);
    const head = /^\s*(?:export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=|:[^\S\n])/.exec(plain.slice(at, line));
    if (head?.[1] === undefined) {
      at = line + 1;
      continue;
    }
    const from = at + head[0].length;
    const quoted = quotedAt(plain, from);
    const end = quoted?.end ?? lineEnd(plain, from);
    const value = quoted === undefined ? unquoted(plain.slice(from, end)) : quoted.value;
    const [name] = head.slice(1);
    if (name !== undefined) {
      const start = from + (/^\s*/.exec(plain.slice(from, end))?.[0].length ?? 0);
      const stop = Math.max(start, quoted === undefined ? start + value.length : quoted.closed);
      found.delete(name);
      found.set(name, { value: { kind: "assumed", value, variable: name }, origin: source.origin(start, stop), text: text.slice(start, stop) });
    }
    at = lineEnd(plain, end) + 1;
  }
  return found;
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline === -1 ? text.length : newline;
}

/** A value in quotes with nothing but a comment behind it; undefined where it is none, so that the quotes are characters of it. */
function quotedAt(text: string, from: number): { readonly value: string; readonly closed: number; readonly end: number } | undefined {
  let start = from;
  while (text[start] === " " || text[start] === "\t") start += 1;
  const quote = text[start];
  if (quote !== "'" && quote !== '"' && quote !== "`") return undefined;
  let close = start + 1;
  while (close < text.length && text[close] !== quote) close += text[close] === "\\" && text[close + 1] === quote ? 2 : 1;
  if (close >= text.length) return undefined;
  const end = lineEnd(text, close);
  if (!/^\s*(?:#.*)?$/.test(text.slice(close + 1, end))) return undefined;
  const inner = text.slice(start + 1, close);
  return { value: quote === '"' ? inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inner, closed: close + 1, end };
}

/** What stands before `#`; quotes around all of it go even then. */
function unquoted(text: string): string {
  const hash = text.indexOf("#");
  const value = (hash === -1 ? text : text.slice(0, hash)).trim();
  const inner = /^(['"`])([^]*)\1$/.exec(value);
  return inner === null ? value : inner[1] === '"' ? (inner[2] ?? "").replaceAll("\\n", "\n").replaceAll("\\r", "\r") : (inner[2] ?? "");
}
