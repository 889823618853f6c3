import { posix } from "node:path";
import type { Sourced } from "@audit-backlog/model";
import type { CommandLine, CommandWord, Lookup } from "../facts.ts";
import { inTree } from "../readers/commands/shell-builtins.ts";
import { knownText } from "../readers/commands/program-at.ts";
import { readEnvFile } from "../readers/env-file.ts";

type Variables = ReadonlyMap<string, Sourced<string>>;

/** Options that name a file of variables for the command that they stand in front of, by the program that knows them. */
const options: Readonly<Record<string, readonly string[]>> = {
  node: ["--env-file", "--env-file-if-exists"],
  uv: ["--env-file"],
  dotenv: ["-e", "-f", "--file"],
  dotenvx: ["-f", "--env-file"],
  "env-cmd": ["-f", "--file"],
  uvicorn: ["--env-file"],
};

/**
 * Commands with the variables of the `.env` files that their command lines name, and of the `.env` beside their Procfile, which
 * honcho and foreman read. What is set otherwise stays: neither of them overrides the environment. Files that are not in the
 * tree give none.
 */
export function withEnvFiles(commands: readonly CommandLine[], lookup: Lookup): readonly CommandLine[] {
  const known = new Map<string, Variables>();
  const read = (path: string | undefined): Variables => {
    if (path === undefined) return new Map();
    let variables = known.get(path);
    if (variables === undefined) {
      const text = lookup(path);
      variables = text === undefined ? new Map<string, Sourced<string>>() : readEnvFile(path, text);
      known.set(path, variables);
    }
    return variables;
  };
  return commands.map((command) => {
    const files = [...(command.holder.kind === "procfile" ? [".env"] : []), ...namedFiles(command.words)];
    const found = files.flatMap((file) => [...read(pathIn(command, file))]);
    // Of several files of one command line the last says what counts.
    return found.length === 0 ? command : { ...command, environment: new Map([...found, ...command.environment]) };
  });
}

function pathIn({ directory }: CommandLine, file: string): string | undefined {
  return directory === undefined || file.startsWith("/") ? undefined : inTree(posix.join(directory, file));
}

function namedFiles(words: readonly CommandWord[]): string[] {
  const files: string[] = [];
  let flags: readonly string[] = [];
  for (const [index, word] of words.entries()) {
    const text = knownText(word) ?? "";
    const name = posix.basename(text);
    if (Object.hasOwn(options, name)) flags = options[name] ?? [];
    else if (flags.includes(text)) files.push(knownText(words[index + 1]) ?? "");
    else {
      const flag = flags.find((one) => one.startsWith("--") && text.startsWith(`${one}=`));
      if (flag !== undefined) files.push(text.slice(flag.length + 1));
    }
  }
  return files.filter((file) => file !== "");
}
