import type { FileOrigin, SimpleValue, Value } from "@audit-backlog/model";
import { type GunicornOption, gunicornOptions } from "./gunicorn-options.ts";
import { intOfText } from "./python/literals.ts";

/** A word that gunicorn's argument parser gets. */
export interface Argument {
  readonly value: Value<string>;
  readonly text: string;
  readonly origin: FileOrigin;
}

/** One use of an option. */
export interface GivenOption {
  readonly option: GunicornOption;
  /** Absent for switches. */
  readonly value?: Value<string>;
  /** The value as written; for a switch, the switch. */
  readonly text: string;
  /** Where that stands. */
  readonly origin: FileOrigin;
}

/** A command line that gunicorn's parser would not take, in its words. */
export interface ArgumentError {
  readonly message: string;
  readonly setting: string | undefined;
  readonly origin: FileOrigin;
}

export interface ParsedArguments {
  readonly given: readonly GivenOption[];
  readonly positional: readonly Argument[];
  readonly errors: readonly ArgumentError[];
  /** Options that no version known to us has. */
  readonly unknown: readonly Argument[];
  /** Words that may turn into any options at run time. */
  readonly open: readonly Argument[];
}

interface Split {
  readonly option: GunicornOption;
  readonly flag: string;
  /** Glued to the flag: `-w3`, `--workers=3`. */
  readonly glued?: Argument;
}

/**
 * Words as Python's argparse takes them with gunicorn's options, or those of another table (CPython: Lib/argparse.py _parse_optional,
 * consume_optional): unambiguous prefixes of long options, values glued to short ones, negative numbers as values,
 * positional words in one run only.
 */
export function parseArguments(words: readonly Argument[], options: OptionTable = gunicornTable): ParsedArguments {
  const parser = new Parser(words, options);
  parser.run();
  return parser;
}

class Parser implements ParsedArguments {
  readonly given: GivenOption[] = [];
  readonly positional: Argument[] = [];
  readonly errors: ArgumentError[] = [];
  readonly unknown: Argument[] = [];
  readonly open: Argument[] = [];
  readonly #words: readonly Argument[];
  readonly #options: OptionTable;

  constructor(words: readonly Argument[], options: OptionTable) {
    this.#words = words;
    this.#options = options;
  }

  run(): void {
    let index = 0;
    let runEnded = false;
    let onlyPositional = false;
    while (index < this.#words.length) {
      const word = this.#words[index];
      if (word === undefined) break;
      index += 1;
      if (!onlyPositional && literalOf(word) === "--" && isKnown(word)) {
        onlyPositional = true;
        continue;
      }
      if (!onlyPositional && this.#isOption(word)) {
        runEnded = this.positional.length > 0;
        index = this.#option(word, index);
      } else if (mayBeOptions(word)) this.open.push(word);
      else if (runEnded) this.#error(`unrecognized arguments: ${word.text}`, undefined, word);
      else this.positional.push(word);
    }
  }

  #isOption(word: Argument): boolean {
    const text = literalOf(word);
    if (!text.startsWith("-") || text === "-") return false;
    if (/^-\d+$|^-\d*\.\d+$/.test(text)) return false;
    return !text.includes(" ") || splitFlag(word, this.#options).length > 0;
  }

  /** Returns the index after what the option took. */
  #option(word: Argument, next: number): number {
    let found = splitFlag(word, this.#options);
    // An option that only later versions have does not make an older one's prefix ambiguous.
    if (found.length > 1) {
      const early = found.filter(({ option }) => option.later !== true);
      if (early.length !== 1) {
        this.#error(`ambiguous option: ${word.text} could match ${found.map(({ flag }) => flag).join(", ")}`, undefined, word);
        return next;
      }
      found = early;
    }
    const [split] = found;
    if (split === undefined) {
      this.unknown.push(word);
      return next;
    }
    return this.#take(split, word, next);
  }

  #take({ option, flag, glued }: Split, word: Argument, next: number): number {
    if (option.takes === "nothing") {
      this.given.push({ option, text: word.text, origin: word.origin });
      if (glued === undefined) return next;
      // `-Dw3` is `-D -w3`.
      const [inner] = /^-[^-]$/.test(flag) ? splitFlag({ ...glued, value: mapText(glued.value, (text) => `-${text}`), text: `-${glued.text}` }, this.#options) : [];
      if (inner !== undefined) return this.#take(inner, word, next);
      this.#error(`argument ${option.flags.join("/")}: ignored explicit argument '${glued.text}'`, option.setting, word);
      return next;
    }
    if (glued !== undefined) {
      this.#give(option, glued);
      return next;
    }
    const value = this.#words[next];
    if (option.takes === "maybe") {
      if (value === undefined || !/^(?:off|auto|v1|v2)$/.test(literalOf(value))) {
        this.given.push({ option, text: word.text, origin: word.origin });
        return next;
      }
    } else if (value === undefined || this.#isOption(value) || (isKnown(value) && literalOf(value) === "--")) {
      this.#error(`argument ${option.flags.join("/")}: expected one argument`, option.setting, word);
      return next;
    }
    this.#give(option, value);
    return next + 1;
  }

  #give(option: GunicornOption, value: Argument): void {
    if (option.integer === true && value.value.kind === "exact" && intOfText(value.value.value, 10) === undefined) {
      this.#error(`argument ${option.flags.join("/")}: invalid int value: ${quote(value.value.value)}`, option.setting, value);
      return;
    }
    this.given.push({ option, value: value.value, text: value.text, origin: value.origin });
  }

  #error(message: string, setting: string | undefined, { origin }: Argument): void {
    this.errors.push({ message, setting, origin });
  }
}

/** The options that a word can mean: none, one, or several where it is an ambiguous prefix. */
function splitFlag(word: Argument, options: OptionTable): readonly Split[] {
  const text = literalOf(word);
  const exact = isKnown(word) ? options.get(text) : undefined;
  if (exact !== undefined) return [{ option: exact, flag: text }];
  const equals = text.indexOf("=");
  const flag = equals === -1 ? text : text.slice(0, equals);
  const glued = equals === -1 ? undefined : cut(word, equals + 1);
  const whole = equals === -1 ? undefined : options.get(flag);
  if (whole !== undefined && glued !== undefined) return [{ option: whole, flag, glued }];
  if (text.startsWith("--")) {
    // `--$NAME` is anything.
    if (equals === -1 && !isKnown(word)) return [];
    return [...options].filter(([long]) => long.startsWith(flag)).map(([long, option]) => ({ option, flag: long, ...(glued === undefined ? {} : { glued }) }));
  }
  const short = options.get(text.slice(0, 2));
  return short === undefined ? [] : [{ option: short, flag: text.slice(0, 2), glued: cut(word, 2) }];
}

/** Options by each of their flags. */
export type OptionTable = ReadonlyMap<string, GunicornOption>;

export function optionTable(options: readonly GunicornOption[]): OptionTable {
  return new Map(options.flatMap((option) => option.flags.map((flag) => [flag, option] as const)));
}

const gunicornTable = optionTable(gunicornOptions);

function isKnown(word: Argument): boolean {
  return word.value.kind === "exact" || word.value.kind === "assumed";
}

/** Whether a word of which no beginning is known may turn into options. */
function mayBeOptions(word: Argument): boolean {
  if (isKnown(word) || literalOf(word) !== "" || isQuoted(word)) return false;
  const { value } = word;
  if (value.kind === "oneOf" && value.options.every((option) => "value" in option.value && /^[^-]/.test(option.value.value))) return false;
  // `$NAME.wsgi:application` ends as an application does.
  return !/[}\w][.:][A-Za-z_]\w*$/.test(word.text);
}

function isQuoted(word: Argument): boolean {
  return /^["']/.test(word.text) && !/^"\$[@*]"$/.test(word.text);
}

/** The word, or as much of its beginning as stands there literally. */
function literalOf(word: Argument): string {
  if (word.value.kind === "exact" || word.value.kind === "assumed") return word.value.value;
  return word.text.replace(/^["']/, "").replace(/(?:[$`"'\uE000]|\{\{|<%)[^]*$/, "");
}

/** The word without its first `length` characters, all literal. */
function cut(word: Argument, length: number): Argument {
  const prefix = literalOf(word).slice(0, length);
  const start = word.text.indexOf(prefix);
  const text = start === -1 ? word.text : word.text.slice(start + length);
  const { range } = word.origin;
  const skip = start === -1 || word.text.length !== range.end.offset - range.start.offset ? 0 : start + length;
  const from = { offset: range.start.offset + skip, line: range.start.line, column: range.start.column + skip };
  const value = mapText(word.value, (whole) => (whole.startsWith(prefix) ? whole.slice(length) : undefined));
  return { value, text, origin: skip === 0 ? word.origin : { ...word.origin, range: { start: from, end: range.end } } };
}

/** `map` over a text value; undefined makes it dynamic. */
export function mapText(value: Value<string>, map: (text: string) => string | undefined): Value<string> {
  if (value.kind === "oneOf") return { kind: "oneOf", options: value.options.map((option) => ({ value: mapSimple(option.value, map), when: option.when })) };
  return mapSimple(value, map);
}

function mapSimple(value: SimpleValue<string>, map: (text: string) => string | undefined): SimpleValue<string> {
  if (value.kind !== "exact" && value.kind !== "assumed") return value;
  const mapped = map(value.value);
  return mapped === undefined ? { kind: "dynamic" } : { ...value, value: mapped };
}

/** Python's repr of a short text. */
function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\");
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}
