import { knownText } from "./program-at.ts";
import type { ReadWord } from "./shell-scope.ts";

/** What a program that starts others is told to start: texts for shells, or the words of one command. */
export interface Started {
  readonly texts: readonly ReadWord[];
  readonly words?: readonly ReadWord[];
}

/**
 * The commands of programs whose command lines hold them in a form of their own; undefined for any other program. `set -- program …`
 * is one where `"$@"` is run behind it.
 */
export function startedBy(program: string, words: readonly ReadWord[], index: number, runsArguments: boolean): Started | undefined {
  if (program === "set") return runsArguments && knownText(words[index + 1]) === "--" && words.length > index + 2 ? { texts: [], words: words.slice(index + 2) } : undefined;
  if (program === "concurrently") return { texts: concurrent(words.slice(index + 1)) };
  const daemon = program === "start-stop-daemon" ? ofDaemon(words.slice(index + 1)) : undefined;
  return daemon === undefined ? undefined : { texts: [], words: daemon };
}

/** Options of concurrently that take the next word. concurrently: bin/concurrently.ts. */
const concurrentValued: ReadonlySet<string> = new Set([
  "-n", "--names", "--name-separator", "-s", "--success", "-m", "--max-processes", "-l", "--prefix-length", "-p", "--prefix", "-c", "--prefix-colors", "-t", "--timestamp-format", "-i", "--default-input-target",
  "--restart-tries", "--restart-after", "--hide", "--kill-signal", "--ks", "--teardown",
]);

/** Every operand is a shell's; a word alone names a script of npm or a program without options. */
function concurrent(words: readonly ReadWord[]): ReadWord[] {
  const texts: ReadWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const text = knownText(word);
    if (text !== undefined && concurrentValued.has(text)) at += 1;
    else if (word !== undefined && text?.startsWith("-") !== true) texts.push(word);
  }
  return texts;
}

/** `start-stop-daemon --start --exec PROGRAM … -- arguments`; `--startas` says what runs where both are given. start-stop-daemon(8). */
function ofDaemon(words: readonly ReadWord[]): readonly ReadWord[] | undefined {
  const dashes = words.findIndex((word) => knownText(word) === "--");
  const options = dashes === -1 ? words : words.slice(0, dashes);
  const texts = options.map((word) => knownText(word) ?? "");
  if (!texts.some((text) => text === "--start" || /^-[a-zA-Z]*S/.test(text))) return undefined;
  const program = after(options, texts, ["--startas", "-a"]) ?? after(options, texts, ["--exec", "-x"]);
  return program === undefined ? undefined : [program, ...(dashes === -1 ? [] : words.slice(dashes + 1))];
}

function after(words: readonly ReadWord[], texts: readonly string[], names: readonly string[]): ReadWord | undefined {
  const at = texts.findIndex((text) => names.includes(text));
  return at === -1 ? undefined : words[at + 1];
}
