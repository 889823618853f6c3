import { nearest } from "../nearest.ts";

/** What a comment asks for. */
export type Form = "ignore" | "ignore-start" | "ignore-end" | "ignore-file";

const forms: readonly Form[] = ["ignore", "ignore-start", "ignore-end", "ignore-file"];

export interface Wish {
  readonly form: Form;
  /** As written, each once, never none. */
  readonly rules: readonly string[];
  /** YYYY-MM-DD: the last day on which it holds. */
  readonly until?: string;
  readonly reason?: string;
}

/** A wish, or what is wrong with it. Offsets count in the text that was given. */
export type Written = { readonly start: number; readonly end: number } & ({ readonly wish: Wish } | { readonly wrong: string });

const NAME = "audit-backlog";
const named = /audit-backlog/i;

/** In front of a line of a comment: blanks, further marks, and the stars of a block. */
const lead = /^[\s*#;/!-]*/;
/** The name with `ignore` behind it, as anybody might write that; without a colon, or with more of a word, only before a bracket. */
const meant = /audit-backlog(?:[ \t]{0,9}:[ \t]{0,9}ignore(?![a-z])|[ \t:-]{0,9}ignore[\w-]{0,9}[ \t]?\[)/i;

/** Whether a text may hold a wish: a search and nothing more. */
export function mayHoldWish(text: string): boolean {
  return named.test(text);
}

/**
 * The wish in one line of a comment; undefined where the line is not meant for audit-backlog. A line is, if it begins
 * with the name and a colon, or has `ignore` behind the name.
 */
export function readWish(line: string): Written | undefined {
  const first = line.search(named);
  if (first === -1) return undefined;
  const begins = line.startsWith(NAME, first) && (lead.exec(line)?.[0].length ?? 0) === first && /^[ \t]*:/.test(line.slice(first + NAME.length, first + NAME.length + 20));
  const start = begins ? first : (meant.exec(line)?.index ?? -1);
  // In quotes it is talked about.
  if (start === -1 || "\"'`".includes(line[start - 1] ?? " ")) return undefined;
  const end = line.trimEnd().length;
  if (!line.startsWith(NAME, start)) return { start, end, wrong: `${NAME} is written in small letters` };
  const reader = new Reader(line.slice(0, end), start + NAME.length);
  const result = readForm(reader);
  return typeof result === "string" ? { start, end, wrong: result } : { start, end, wish: result };
}

/** A place in a line. */
class Reader {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** What the expression (sticky) matches from here on; the reader then stands behind it. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.text)?.[0];
    if (match !== undefined) this.at += match.length;
    return match;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }
}

function readForm(reader: Reader): Wish | string {
  if (reader.take(/[ \t]*:[ \t]*/y) === undefined) return "the colon behind audit-backlog is missing";
  const word = reader.take(/[\w-]+/y) ?? "";
  const form = forms.find((one) => one === word);
  if (form === undefined) {
    const near = nearest(word.toLowerCase(), forms);
    return word === "" ? "it asks for nothing (ignore, ignore-start, ignore-end or ignore-file)" : `there is no ${quoted(word)}, ${near === undefined ? "only ignore, ignore-start, ignore-end and ignore-file" : `did you mean ${near}?`}`;
  }
  const example = `${form}[small-backlog]`;
  if (reader.take(/[ \t]*\[/y) === undefined) return `no rule is named, as in ${example}`;
  const list = reader.take(/[^\]]*/y) ?? "";
  if (reader.take(/\]/y) === undefined) return "its ] is missing";
  const rules = [...new Set(list.split(",").map((name) => name.trim()))].filter((name) => name !== "");
  if (rules.length === 0) return `no rule is named, as in ${example}`;
  const until = reader.take(/[ \t]+until[ \t]*=[ \t]*/y) === undefined ? undefined : (reader.take(/[^\s]*/y) ?? "");
  if (until !== undefined && !isDay(until)) return `${quoted(until)} is no day, as in until=2027-01-31`;
  if (until !== undefined && form === "ignore-end") return "until= belongs to ignore-start";
  const reason = reader.take(/[ \t]*--[ \t]*/y) === undefined ? undefined : reader.text.slice(reader.at);
  if (reason === undefined && reader.take(/[ \t]*/y) !== undefined && !reader.done) {
    return `${quoted(reader.text.slice(reader.at))} can't be read: a reason stands behind two dashes, as in ${example} -- because`;
  }
  return { form, rules, ...(until === undefined ? {} : { until }), ...(reason === undefined || reason === "" ? {} : { reason }) };
}

/** A day of the calendar, as ISO 8601 writes it. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
