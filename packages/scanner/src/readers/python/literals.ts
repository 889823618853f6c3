import { type Constant, int, str } from "./values.ts";

/** A numeric literal, by CPython's lexical rules (docs.python.org/3/reference/lexical_analysis.html#numeric-literals); undefined for imaginary ones. */
export function parseNumber(text: string): Constant | undefined {
  if (text.length > 4000) return undefined;
  const digits = text.replaceAll("_", "");
  if (/^0[xX][\da-fA-F]+$/.test(digits) || /^0[oO][0-7]+$/.test(digits) || /^0[bB][01]+$/.test(digits)) return int(BigInt(digits.toLowerCase()));
  if (/^\d+$/.test(digits)) {
    // 010 was octal once and is an error now; 00 is zero.
    if (digits.startsWith("0") && !/^0+$/.test(digits)) return undefined;
    return int(BigInt(digits));
  }
  if (/^(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?$/.test(digits)) return { type: "float", value: Number(digits) };
  return undefined;
}

/** The parts of a string literal: its prefix letters in lower case, and its body between the quotes. */
export function splitString(text: string): { readonly prefix: string; readonly start: number; readonly end: number } | undefined {
  const opening = /^([a-zA-Z]{0,2})("""|'''|"|')/.exec(text);
  const quote = opening?.[2];
  if (opening === null || quote === undefined) return undefined;
  const start = opening[0].length;
  const end = text.length - quote.length;
  // The parser takes an unterminated string for one that ends with its line.
  if (end < start || !text.endsWith(quote)) return undefined;
  const body = text.slice(start, end);
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(body.slice(-64))) return undefined;
  return { prefix: (opening[1] ?? "").toLowerCase(), start, end };
}

/** A string literal without prefix `b` or `f`; undefined where it is none, or holds an escape that Python refuses. */
export function parseString(text: string): Constant | undefined {
  const parts = splitString(text);
  if (parts === undefined || parts.prefix.includes("b") || parts.prefix.includes("f")) return undefined;
  const value = unescape(text.slice(parts.start, parts.end), parts.prefix.includes("r"));
  return value === undefined ? undefined : str(value);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\n": "",
};

/** Undoes a string body's escapes; line ends count as `\n`, as in CPython's universal newlines. */
export function unescape(written: string, raw: boolean): string | undefined {
  const body = written.replace(/\r\n?/g, "\n");
  if (raw || !body.includes("\\")) return body;
  const state = { refused: false };
  const value = body.replace(/\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g, (all, octal?: string, x?: string, u?: string, long?: string, other?: string) => {
    const code = octal === undefined ? parseInt(x ?? u ?? long ?? "", 16) : parseInt(octal, 8);
    if (!Number.isNaN(code)) {
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      state.refused = true;
      return "";
    }
    const escape = other ?? "";
    // A broken \x, \u or \U is an error; \N{name} needs the Unicode name table.
    if ("xuUN".includes(escape)) state.refused = true;
    return simpleEscapes[escape] ?? all;
  });
  return state.refused ? undefined : value;
}

/** `int(text, base)` for base 10, or for base 0 as gunicorn's settings use it; undefined where Python raises. */
export function intOfText(text: string, base: 0 | 10): bigint | undefined {
  const [, sign = "", digits = ""] = /^([+-]?)(\w+)$/.exec(text.trim()) ?? [];
  if (digits.length > 4000 || !/^[\da-zA-Z]+(?:_[\da-zA-Z]+)*$/.test(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  let magnitude: bigint | undefined;
  if (/^\d+$/.test(plain)) {
    if (base === 0 && plain.startsWith("0") && !/^0+$/.test(plain)) return undefined;
    magnitude = BigInt(plain);
  } else if (base === 0 && /^0(?:[xX][\da-fA-F]+|[oO][0-7]+|[bB][01]+)$/.test(plain)) {
    magnitude = BigInt(plain.toLowerCase());
  }
  return magnitude === undefined ? undefined : sign === "-" ? -magnitude : magnitude;
}
