/** What of a parser's work a case needs: `js` runs everywhere, `ts` needs TypeScript's syntax, `typed` a project on disk. */
export type Tier = "js" | "ts" | "typed";

export interface Suggested {
  readonly messageId: "name" | "raise" | "drop" | "object";
  readonly data?: Readonly<Record<string, string>>;
  readonly output: string;
}

export interface Case {
  readonly title: string;
  readonly tier: Tier;
  readonly code: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Only where the name matters; tests of tests, mostly. */
  readonly filename?: string;
}

export interface Hit extends Case {
  /** Where it is reported, from and to. */
  readonly range: readonly [number, number];
  readonly data: Readonly<Record<string, string>>;
  readonly suggestions: readonly Suggested[];
}

export interface RuleCases {
  readonly rule: "small-backlog" | "invalid-backlog" | "ignored-backlog" | "ambiguous-backlog" | "default-backlog";
  readonly hits: readonly Hit[];
  readonly silent: readonly Case[];
}

export const HERE = "is written in this call";
export const DOUBT = " Nothing here says for certain that this is a server.";

/** The file's first line is an import, so that constants go below it; `⟦ ⟧` stand around what is reported. */
export function marked(code: string): { readonly code: string; readonly range: readonly [number, number] } {
  const start = code.indexOf("⟦");
  const end = code.indexOf("⟧") - 1;
  if (start < 0 || end < start) throw new Error(`nothing is marked in ${code}`);
  return { code: code.replace(/[⟦⟧]/g, ""), range: [start, end] };
}

/** Line and column from 1, as RuleTester wants them. */
export function locate(code: string, offset: number): { readonly line: number; readonly column: number } {
  const before = code.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** The suggestion to write the marked number as a constant below the first line. */
export function named(source: string, to = 511): Suggested {
  const constant = `const LISTEN_BACKLOG = ${String(to)};`;
  const [first = "", ...rest] = source.replace(/⟦[^⟧]*⟧/, "LISTEN_BACKLOG").split("\n");
  return { messageId: "name", data: { to: String(to), name: "LISTEN_BACKLOG" }, output: [first, constant, ...rest].join("\n") };
}

/** The suggestion to replace `old`, where it is declared. */
export function raised(source: string, old: string, by: string, to = 511): Suggested {
  const { code } = marked(source);
  if (code.split(old).length !== 2) throw new Error(`not once in the code: ${old}`);
  return { messageId: "raise", data: { to: String(to) }, output: code.replace(old, by) };
}

/** The suggestion to take the marked argument out, with the comma before it. */
export function dropped(source: string, what = /,\s*⟦[^⟧]*⟧/): Suggested {
  return { messageId: "drop", output: source.replace(what, "").replace(/[⟦⟧]/g, "") };
}
