import type { Range, Sourced } from "@audit-backlog/model";
import type { CommandLine, CommandWord } from "../src/facts.ts";

export const somaxconn: Sourced<number> = { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "include/linux/socket.h SOMAXCONN" } };

interface Details {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string | undefined;
  readonly file?: string;
  readonly name?: string;
  readonly kind?: CommandLine["holder"]["kind"];
}

function rangeAt(offset: number, length: number): Range {
  return { start: { offset, line: 1, column: offset + 1 }, end: { offset: offset + length, line: 1, column: offset + length + 1 } };
}

/** A command line as the extractor gives it; a word is its text, or a CommandWord's value and text. */
export function commandOf(words: readonly (string | Pick<CommandWord, "value" | "text">)[], details: Details = {}): CommandLine {
  const file = details.file ?? "Procfile";
  let at = 0;
  const placed = words.map((word): CommandWord => {
    const { value, text } = typeof word === "string" ? { value: { kind: "exact", value: word } as const, text: word } : word;
    const range = rangeAt(at, text.length);
    at += text.length + 1;
    return { value, text, range };
  });
  const environment = new Map(
    Object.entries(details.environment ?? {}).map(([name, value]): [string, Sourced<string>] => [name, { value: { kind: "exact", value }, origin: { kind: "file", file, range: rangeAt(0, 1) }, text: value }]),
  );
  return {
    file,
    range: rangeAt(0, at),
    holder: { kind: details.kind ?? "procfile", name: details.name ?? "web" },
    words: placed,
    environment,
    directory: "directory" in details ? details.directory : "",
  };
}
