import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DecodeArguments } from "./arguments.ts";
import { EXIT, type Outcome } from "./audit-command.ts";
import { Decoder, maxLine } from "./decode/decode.ts";
import { settingsOf } from "./decode/settings.ts";
import { answerText, type Answer } from "./decode/text.ts";
import { openRepository, originOf, type Looking, type Repository } from "./looking.ts";
import { UsageError } from "./option-values.ts";
import { jsonText, plural, safe } from "./report/text.ts";

/** Standard input. */
export interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean;
}

export interface DecodeTools extends Looking {
  readonly stdin: (() => Input) | undefined;
  /** Tells the user something at once, on standard error. */
  readonly notice: (text: string) => void;
}

/** Says what the lines of a log or the counters mean. Throws UsageError where there is nothing to read. */
export async function runDecode(options: DecodeArguments, tools: DecodeTools): Promise<Outcome> {
  const repository = options.in === undefined ? undefined : openRepository(options.in, tools);
  const decoder = new Decoder();
  const unknown: string[] = [];
  // An argument may hold several lines.
  for (const line of options.lines.flatMap((text) => text.split(/\r?\n/))) if (!decoder.offer(line) && line.trim() !== "") unknown.push(line);
  if (options.lines.length === 0) await readInput(decoder, tools);
  if (decoder.lines === 0) throw new UsageError("decode takes lines of a log, as arguments or on standard input; there was none");
  const answers = decoder.found.map((decoded) => ({ ...decoded, ...(repository === undefined ? {} : { settings: settingsOf(decoded.meaning, repository.deployment) }) }));
  const output = options.format === "json" ? jsonOf(answers, decoder, tools.version) : textOf(answers, decoder, repository, tools);
  const complaint = complaintOf(unknown, decoder, tools);
  return { output, ...(complaint === undefined || options.format === "json" ? {} : { complaint }), code: decoder.known === 0 ? EXIT.nothing : EXIT.ok };
}

async function readInput(decoder: Decoder, { stdin, notice }: DecodeTools): Promise<void> {
  if (stdin === undefined) return;
  const input = stdin();
  if (input.isTTY === true) notice("Paste the lines here, and end them with Ctrl-D:");
  const text = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + (typeof chunk === "string" ? chunk : text.decode(chunk, { stream: true }))).split(/\r?\n/);
    // What a line has beyond that is not looked at, and not kept.
    rest = (lines.pop() ?? "").slice(0, maxLine);
    for (const line of lines) decoder.offer(line);
  }
  decoder.offer(rest);
}

function textOf(answers: readonly Answer[], { leftOut }: Decoder, repository: Repository | undefined, { style }: DecodeTools): string {
  const texts = answers.map((answer) => answerText(answer, repository?.show ?? ((file) => file), style));
  return [...texts, ...(leftOut === 0 ? [] : [`${plural(leftOut, "line")} more of these kinds, about other addresses, ${leftOut === 1 ? "is" : "are"} left out.\n`])].join("\n");
}

/** What was not known is said so; about it nothing is guessed. */
function complaintOf(unknown: readonly string[], { lines, known }: Decoder, { cwd }: DecodeTools): string | undefined {
  if (known === lines) return undefined;
  if (unknown.length === 0) return known === 0 ? `none of ${plural(lines, "line")} is of a kind that is known here; nothing is said about ${lines === 1 ? "it" : "them"}` : `${plural(lines - known, "other line")} ${lines - known === 1 ? "is" : "are"} of no kind that is known here`;
  return unknown
    .slice(0, 10)
    .map((line) => `not known: ${safe(line.slice(0, 200))}${isFile(line, cwd) ? `\n  That is a file; its lines: audit-backlog decode < ${safe(line)}` : ""}`)
    .join("\naudit-backlog: ");
}

function isFile(line: string, cwd: () => string): boolean {
  return line.length < 1000 && !line.includes("\0") && existsSync(resolve(cwd(), line));
}

function jsonOf(answers: readonly Answer[], { lines, known, leftOut }: Decoder, version: string): string {
  return jsonText({
    schemaVersion: 1,
    tool: { name: "audit-backlog", version },
    lines: { read: lines, known, leftOut },
    meanings: answers.map(({ line, times, sign, meaning: { is, not, next, rule, about, upstream }, settings }) => ({
      id: sign.id,
      source: sign.source,
      line: line.slice(0, 2000),
      times,
      is,
      not,
      next,
      rule,
      about,
      upstream,
      repository: settings === undefined ? undefined : { fits: settings.fits, settings: settings.settings.map(({ of, name, value, origin }) => ({ of, name, value, origin: originOf(origin) })) },
    })),
  });
}
