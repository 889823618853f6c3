import type { FileOrigin, FileProblem, Sourced, StartFailure, Value } from "@audit-backlog/model";
import type { CommandLine, CommandWord } from "../facts.ts";
import { type Argument, type ArgumentError, type GivenOption, mapText, parseArguments } from "./gunicorn-arguments.ts";
import { runsInImage, unwrap } from "./commands/program-at.ts";

/** A command line that starts gunicorn. */
export interface GunicornInvocation {
  readonly command: CommandLine;
  /** The command's environment with what its wrappers add (`env X=1`). */
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  /** The application: `shop.wsgi:application`. */
  readonly app?: Sourced<string>;
  /** Options of the command line, in order. */
  readonly given: readonly GivenOption[];
  /** Options in GUNICORN_CMD_ARGS, in order. */
  readonly givenByEnvironment: readonly GivenOption[];
  /** The word that may hold further options at run time; absent where none may. */
  readonly open?: Argument;
  /** That word is sure to hold something, or what fills it is not the environment's to leave empty. */
  readonly hides: boolean;
  readonly startFailures: readonly StartFailure[];
  readonly problems: readonly FileProblem[];
}

/**
 * What a command line gives gunicorn; undefined where it doesn't start a gunicorn server
 * (`gunicorn --check-config`, `pip install gunicorn`).
 */
export function parseGunicornCommand(command: CommandLine): GunicornInvocation | undefined {
  const { program, index, assignments } = unwrap(command.words, runsInImage(command.holder));
  if (!/^gunicorn(?:3|\.exe|\.app\.wsgiapp|-[\d.]+)?$/.test(program)) return undefined;
  const environment = new Map(command.environment);
  for (const at of assignments) {
    const [name, entry] = assignment(command, command.words[at]);
    if (name !== undefined) environment.set(name, entry);
  }
  const words = command.words.slice(index + 1).map(({ value, text, range, file }) => ({ value, text, origin: originOf({ file: file ?? command.file }, range) }));
  const parsed = parseArguments(words);
  if (parsed.given.some(({ option }) => notServing.has(option.setting))) return undefined;
  const byEnvironment = parseArguments(environmentArguments(command, environment.get("GUNICORN_CMD_ARGS")));
  const [app] = parsed.positional;
  const opens = [...parsed.open, ...byEnvironment.open];
  const hiding = opens.find((word) => (isAllArguments(word) ? app === undefined : word.value.kind !== "dynamic" || word.value.variable === undefined));
  const open = hiding ?? opens[0];
  return {
    command,
    environment,
    // A lone unknown word is more likely the application than options.
    ...(app !== undefined ? { app } : parsed.open.length === 1 && parsed.open[0] !== undefined ? { app: parsed.open[0] } : {}),
    given: parsed.given,
    givenByEnvironment: byEnvironment.given,
    ...(open === undefined ? {} : { open }),
    hides: hiding !== undefined,
    startFailures: [...parsed.errors, ...byEnvironment.errors].map(startFailure),
    problems: [...parsed.unknown, ...byEnvironment.unknown].map((word) => ({
      file: command.file,
      range: word.origin.range,
      reason: `gunicorn up to 26.2 has no option ${word.text}; it was left out.`,
    })),
  };
}

/** `"$@"`: what a script is called with, most often nothing, but all there is where the application is missing too. */
function isAllArguments({ text }: Argument): boolean {
  return /^"?\$(?:[@*]|\{[@*]\})"?$/.test(text);
}

const notServing: ReadonlySet<string> = new Set(["help", "version", "check_config", "print_config"]);

function startFailure({ message, setting, origin }: ArgumentError): StartFailure {
  return { kind: setting === "backlog" ? "invalid-backlog" : "other", message, origin, related: [], passesConfigTest: false };
}

function originOf(command: Pick<CommandLine, "file">, range: FileOrigin["range"]): FileOrigin {
  return { kind: "file", file: command.file, range };
}

function assignment(command: CommandLine, word: CommandWord | undefined): readonly [string, Sourced<string>] | readonly [undefined, undefined] {
  const name = /^["']?([A-Za-z_]\w*)=/.exec(word?.text ?? "")?.[1];
  if (word === undefined || name === undefined) return [undefined, undefined];
  const value = mapText(word.value, (text) => text.slice(name.length + 1));
  return [name, { value, origin: originOf(command, word.range), text: word.text }];
}

/** GUNICORN_CMD_ARGS in words. They all stand where the variable is set. */
function environmentArguments(command: CommandLine, entry: Sourced<string> | undefined): readonly Argument[] {
  if (entry === undefined) return [];
  const origin = entry.origin.kind === "file" ? entry.origin : originOf(command, command.range);
  if (entry.value.kind !== "exact" && entry.value.kind !== "assumed") return [{ value: { kind: "dynamic", variable: "GUNICORN_CMD_ARGS" }, text: "$GUNICORN_CMD_ARGS", origin }];
  const { kind } = entry.value;
  return shellWords(entry.value.value).map((text): Argument => {
    const value: Value<string> = kind === "exact" ? { kind, value: text } : { kind, value: text, variable: "GUNICORN_CMD_ARGS" };
    return { value, text, origin };
  });
}

/** Python's shlex.split: quotes and backslashes, no expansion (CPython: Lib/shlex.py, posix mode). */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      word ??= "";
      for (at += 1; at < text.length && text.charAt(at) !== char; at += 1) {
        const next = text.charAt(at + 1);
        if (char === '"' && text.charAt(at) === "\\" && (next === '"' || next === "\\")) at += 1;
        word += text.charAt(at);
      }
    } else if (char === "\\") word = (word ?? "") + text.charAt((at += 1));
    else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
