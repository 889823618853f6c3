import { addRun, type Run, type Token, type Tokens } from "./annotated.ts";
import { templateMark } from "./text.ts";

/** Parts a text into words as Python's `shlex.split` does. Python: Lib/shlex.py, POSIX mode, whitespace_split. */
export function shlexWords(text: string): Tokens {
  const tokens: Token[] = [];
  let runs: Run[] = [];
  let from = -1;
  let quote = "";
  const add = (run: Run): void => {
    if (from === -1) from = run.from;
    addRun(runs, run);
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    const next = text[at + 1];
    if (quote === "" && isBlank(char)) {
      if (from !== -1) tokens.push({ from, to: at, runs });
      runs = [];
      from = -1;
    } else if (quote === "" ? char === '"' || char === "'" : char === quote) {
      quote = quote === "" ? char : "";
      if (from === -1) from = at;
    } else if (char === "\\" && quote !== "'") {
      if (next === undefined) return { tokens, problem: { at, reason: "a backslash ends the command" } };
      // In double quotes only a quote and a backslash can be escaped.
      if (quote === "" || next === '"' || next === "\\") add({ from: at, to: at + 2, text: next });
      else add({ from: at, to: at + 2 });
      at += 1;
    } else add({ from: at, to: at + 1 });
  }
  if (quote !== "") return { tokens, problem: { at: from, reason: "a quote is not closed" } };
  if (from !== -1) tokens.push({ from, to: text.length, runs });
  return { tokens };
}

/** A setting of the form `KEY=val,KEY2="val 2"`. */
export interface Pair {
  readonly name: string;
  /** Indices of the value in the text, quotes left out. */
  readonly from: number;
  readonly to: number;
}

/**
 * supervisord's `environment`; undefined where it refuses the text. supervisor: datatypes.py dict_of_key_value_pairs,
 * on Python's shlex in its older, non-POSIX mode.
 */
export function shlexPairs(text: string): Pair[] | undefined {
  const tokens = oldTokens(text);
  if (tokens === undefined) return undefined;
  const pairs: Pair[] = [];
  for (let i = 0; i < tokens.length; i += 4) {
    const [name, equals, value] = [tokens[i], tokens[i + 1], tokens[i + 2]];
    if (name === undefined || equals === undefined || value === undefined || text.slice(...equals) !== "=") return undefined;
    let [from, to] = value;
    while (from < to && isQuote(text[from])) from += 1;
    while (to > from && isQuote(text[to - 1])) to -= 1;
    pairs.push({ name: text.slice(...name), from, to });
  }
  return pairs;
}

function oldTokens(text: string): [number, number][] | undefined {
  const tokens: [number, number][] = [];
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? "";
    if (isBlank(char)) at += 1;
    else if (char === "#") {
      const newline = text.indexOf("\n", at);
      at = newline === -1 ? text.length : newline + 1;
    } else if (isQuote(char)) {
      const close = text.indexOf(char, at + 1);
      if (close === -1) return undefined;
      tokens.push([at, close + 1]);
      at = close + 1;
    } else {
      let end = at + 1;
      if (isWordChar(char)) while (end < text.length && (isWordChar(text[end] ?? "") || isQuote(text[end]))) end += 1;
      tokens.push([at, end]);
      at = end;
    }
  }
  return tokens;
}

function isWordChar(char: string): boolean {
  return /^[A-Za-z0-9_/.+\-():]$/.test(char) || char === templateMark;
}

function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'";
}

function isBlank(char: string): boolean {
  return char === " " || char === "\t" || char === "\r" || char === "\n";
}
