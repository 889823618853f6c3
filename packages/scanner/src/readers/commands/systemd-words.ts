import { AnnotatedBuilder, type Annotated, type Run, type Token, type Tokens } from "./annotated.ts";
import type { MappedText } from "./text.ts";

const escapes: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", '"': '"', "'": "'", s: " " };

/**
 * Specifiers: `%%` is a percent sign; `%t` is /run for the system's own manager, which units are for unless they lie in
 * a directory `user`; the rest (`%i`, `%n`, `%h`) only systemd knows. systemd.unit(5), Specifiers. Knows nothing of variables.
 */
export function specifiers(mapped: MappedText, path: string): Annotated {
  const forUsers = /(?:^|\/)user\//.test(path);
  const builder = new AnnotatedBuilder(mapped.start(0));
  let at = 0;
  for (const { 0: all, index } of mapped.text.matchAll(/%[%a-zA-Z]/g)) {
    builder.plain(mapped.slice(at, index));
    at = index + all.length;
    const [start, end] = [mapped.start(index), mapped.end(at)];
    if (all === "%%") builder.escape("%", start, end);
    else builder.span(all === "%t" && !forUsers ? { kind: "assumed", value: "/run" } : { kind: "dynamic" }, start, end, "opaque");
  }
  builder.plain(mapped.slice(at, mapped.text.length));
  return builder.build();
}

/**
 * Parts a text into words by systemd's quoting: quotes and C escapes anywhere in a word; an unbalanced quote makes the
 * whole setting void. systemd.syntax(7), Quoting; systemd: src/basic/extract-word.c.
 */
export function systemdWords(text: string): Tokens {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isBlank(text[at])) at += 1;
    if (at >= text.length) return { tokens };
    const token = readWord(text, at);
    if (token === undefined) return { tokens: [], problem: { at, reason: "unbalanced quotes, for which systemd ignores the setting" } };
    tokens.push(token);
    at = token.to;
  }
}

function readWord(text: string, start: number): Token | undefined {
  const runs: Run[] = [];
  let quote = "";
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote === "" && isBlank(char)) break;
    if ((char === '"' || char === "'") && (quote === "" || quote === char)) {
      quote = quote === "" ? char : "";
      continue;
    }
    if (char !== "\\") {
      const last = runs.at(-1);
      if (last?.to === at && last.text === undefined) runs[runs.length - 1] = { from: last.from, to: at + 1 };
      else runs.push({ from: at, to: at + 1 });
      continue;
    }
    // What is no escape stays as it is, with a warning of systemd's.
    const escape = readEscape(text, at) ?? { from: at, to: Math.min(text.length, at + 2) };
    runs.push(escape);
    at = escape.to - 1;
  }
  return quote === "" ? { from: start, to: at, runs } : undefined;
}

function readEscape(text: string, at: number): Run | undefined {
  const code = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/.exec(text.slice(at, at + 10));
  if (code !== null) {
    const hex = code[1] ?? code[2] ?? code[3];
    const number = hex === undefined ? Number.parseInt(code[4] ?? "", 8) : Number.parseInt(hex, 16);
    if (number === 0 || number > 0x10ffff) return undefined;
    return { from: at, to: at + code[0].length, text: String.fromCodePoint(number) };
  }
  const next = text[at + 1] ?? "";
  const char = escapes[next];
  return char === undefined ? undefined : { from: at, to: at + 2, text: char };
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}
