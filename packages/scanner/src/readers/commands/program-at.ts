import type { CommandLine, CommandWord } from "../../facts.ts";
import { pythonValued, wrappers, type Wrapper } from "./wrappers.ts";

/** A program behind its wrappers, and what they were given. */
export interface Unwrapped {
  /** Name without directories; "" where it is only known at run time or missing. */
  readonly program: string;
  /** Its place in the words; `words.length` where nothing is left. */
  readonly index: number;
  /** Indices of the `NAME=value` words that wrappers put into its environment. */
  readonly assignments: readonly number[];
}

/** Wrappers in wrappers beyond this are not a command line that somebody wrote. */
const maxWrappers = 16;

/**
 * The program that a command line really starts: behind `exec`, `env X=1`, `poetry run`, `tini --`,
 * `python -m` and the like. `index` is the place of its name in `command.words`.
 */
export function programAt(command: CommandLine): { readonly program: string; readonly index: number } {
  const { program, index } = unwrap(command.words, runsInImage(command.holder));
  return { program, index };
}

/** Whether what holds a command starts it in a container's image, behind the image's entrypoint. */
export function runsInImage({ kind }: CommandLine["holder"]): boolean {
  return kind === "dockerfile" || kind === "compose" || kind === "kubernetes";
}

/**
 * As `programAt`, with the assignments on the way. `entrypoints` says that a script in front of the words is an
 * image's entrypoint, which by Docker's custom ends in `exec "$@"`.
 */
export function unwrap(words: readonly CommandWord[], entrypoints: boolean): Unwrapped {
  const assignments: number[] = [];
  let index = 0;
  for (let round = 0; round < maxWrappers; round += 1) {
    const next = behind(words, index, assignments) ?? (entrypoints ? behindEntrypoint(words, index) : undefined);
    if (next === undefined) break;
    index = next;
  }
  return { program: programName(words, index), index, assignments };
}

/** The word's text where it is known; `assumed` counts, for a fallback is what runs when nobody says otherwise. */
export function knownText(word: CommandWord | undefined): string | undefined {
  return word?.value.kind === "exact" || word?.value.kind === "assumed" ? word.value.value : undefined;
}

function programName(words: readonly CommandWord[], index: number): string {
  const word = words[index];
  const paths = word?.value.kind === "oneOf" ? word.value.options.map(({ value }) => ("value" in value ? value.value : undefined)) : [knownText(word) ?? endOfPath(word)];
  const [name = "", ...others] = paths.map((path) => path?.slice(path.lastIndexOf("/") + 1));
  if (others.some((other) => other !== name)) return "";
  // npx pm2@5 names a version.
  const at = name.indexOf("@", 1);
  return at === -1 ? name : name.slice(0, at);
}

/** `$VENV/bin/gunicorn`, `"{{ venv }}/bin/gunicorn"`: the directory is known only at run time, the program is not. */
function endOfPath(word: CommandWord | undefined): string | undefined {
  return word === undefined ? undefined : /\/([\w.-]+)["']?$/.exec(word.text.slice(-100))?.[1];
}

/** Where the words of the wrapped program begin; undefined where the program at `index` is no wrapper. */
function behind(words: readonly CommandWord[], index: number, assignments: number[]): number | undefined {
  const name = programName(words, index);
  if (/^(?:python|pypy)[\d.]*$/.test(name)) return behindPython(words, index);
  if (!Object.hasOwn(wrappers, name)) return undefined;
  for (const wrapper of wrappers[name] ?? []) {
    const found = behindWrapper(wrapper, words, index + 1, assignments);
    if (found !== undefined) return found;
  }
  return undefined;
}

function behindWrapper(wrapper: Wrapper, words: readonly CommandWord[], start: number, assignments: number[]): number | undefined {
  let at = start;
  const pending: number[] = [];
  if (wrapper.subcommands !== undefined) {
    at = behindOptions(wrapper, words, at);
    if (!wrapper.subcommands.includes(knownText(words[at]) ?? "")) return undefined;
    at += 1;
  }
  if (wrapper.needsDashes) {
    const dashes = words.findIndex((word, i) => i >= at && knownText(word) === "--");
    return dashes === -1 || dashes + 1 >= words.length ? undefined : dashes + 1;
  }
  at = behindOptions(wrapper, words, at);
  while (wrapper.assignments && /^[A-Za-z_]\w*=/.test(words[at]?.text.replace(/^["']/, "") ?? "")) {
    pending.push(at);
    at += 1;
  }
  at += wrapper.operands ?? 0;
  if (knownText(words[at]) === "--") at += 1;
  if (at >= words.length) return undefined;
  if (wrapper.only !== undefined && !wrapper.only.includes(programName(words, at))) return undefined;
  assignments.push(...pending);
  return at;
}

function behindOptions(wrapper: Wrapper, words: readonly CommandWord[], start: number): number {
  let at = start;
  for (;;) {
    const text = knownText(words[at]);
    if (!text?.startsWith("-")) return at;
    at += 1;
    if (text === "--") return at;
    if (wrapper.valued?.includes(text)) at += 1;
  }
}

/** `python -m module`, and `python path/to/program` where the file has no suffix: an installed console script. */
function behindPython(words: readonly CommandWord[], index: number): number | undefined {
  let at = index + 1;
  for (;;) {
    const text = knownText(words[at]);
    if (text === undefined) return undefined;
    if (text === "-m") return at + 1 < words.length ? at + 1 : undefined;
    if (text === "-c" || text === "-") return undefined;
    if (!text.startsWith("-")) return text.slice(text.lastIndexOf("/") + 1).includes(".") ? undefined : at;
    at += pythonValued.includes(text) ? 2 : 1;
  }
}

function behindEntrypoint(words: readonly CommandWord[], index: number): number | undefined {
  if (!/(?:\.sh|entry[-_]?point[\w.-]*)$/.test(programName(words, index))) return undefined;
  const next = knownText(words[index + 1]);
  if (next === "--") return index + 2 < words.length ? index + 2 : undefined;
  return next !== undefined && next !== "" && !next.startsWith("-") ? index + 1 : undefined;
}
