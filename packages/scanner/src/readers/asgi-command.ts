import type { AsgiProgram, FileProblem, Sourced } from "@audit-backlog/model";
import type { CommandLine } from "../facts.ts";
import { asgiOptions } from "./asgi-options.ts";
import { runsInImage, unwrap } from "./commands/program-at.ts";
import { type Argument, type GivenOption, parseArguments } from "./gunicorn-arguments.ts";

/** A command line that starts uvicorn, hypercorn or daphne. */
export interface AsgiInvocation {
  readonly command: CommandLine;
  readonly program: AsgiProgram;
  /** `fastapi run` and `fastapi dev`, which start uvicorn with defaults of their own. */
  readonly fastapi?: "run" | "dev";
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  readonly app?: Sourced<string>;
  /** In order. */
  readonly given: readonly GivenOption[];
  /** A word that may hold further options at run time. */
  readonly open?: Argument;
  readonly problems: readonly FileProblem[];
}

/** What a command line gives the server; undefined where it starts none of them. */
export function parseAsgiCommand(command: CommandLine): AsgiInvocation | undefined {
  const { program: called, index } = unwrap(command.words, runsInImage(command.holder));
  const name = /^(uvicorn|hypercorn|daphne|fastapi)(?:\.exe)?$/.exec(called)?.[1];
  if (name !== "uvicorn" && name !== "hypercorn" && name !== "daphne" && name !== "fastapi") return undefined;
  const words = command.words.slice(index + 1).map(
    ({ value, text, range, file }): Argument => ({ value, text, origin: { kind: "file", file: file ?? command.file, range } }),
  );
  const parsed = parseArguments(words, asgiOptions[name]);
  if (parsed.given.some(({ option }) => option.setting === "help" || option.setting === "version")) return undefined;
  const [first, second] = parsed.positional;
  const fastapi = name === "fastapi" ? subcommand(first) : undefined;
  if (name === "fastapi" && fastapi === undefined) return undefined;
  const app = name === "fastapi" ? second : first;
  // A word alone is no command line: `pip install uvicorn` is none, `which uvicorn` neither; the application may come from `"$@"`.
  if (app === undefined && name !== "fastapi" && parsed.given.length === 0 && parsed.open.length === 0) return undefined;
  const [open] = parsed.open;
  const program = name === "fastapi" ? "uvicorn" : name;
  return {
    command,
    program,
    ...(fastapi === undefined ? {} : { fastapi }),
    environment: command.environment,
    ...(app === undefined ? {} : { app }),
    given: parsed.given,
    ...(open === undefined ? {} : { open }),
    problems: parsed.unknown.map((word) => ({ file: word.origin.file, range: word.origin.range, reason: `${name} has no option ${word.text} that is known here; it was left out.` })),
  };
}

function subcommand(word: Argument | undefined): "run" | "dev" | undefined {
  const text = word?.value.kind === "exact" ? word.value.value : undefined;
  return text === "run" || text === "dev" ? text : undefined;
}
