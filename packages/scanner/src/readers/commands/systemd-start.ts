import { tokenWords, type Token } from "./annotated.ts";
import type { Collector } from "./collector.ts";
import type { Environment, ReadWord } from "./shell-scope.ts";
import { specifiers, systemdWords } from "./systemd-words.ts";
import { expandVariables } from "./systemd-variables.ts";
import type { MappedText, SourceText } from "./text.ts";

/** The words of each command line of one ExecStart=: a lone `;` parts them, `\;` is one that does not. */
export function startedWords(value: MappedText, source: SourceText, collector: Collector, environment: Environment): ReadWord[][] {
  const annotated = specifiers(value, source.path);
  const { tokens, problem } = systemdWords(annotated.mapped.text);
  if (problem !== undefined) {
    collector.problem(value.start(0), value.start(0), `ExecStart: ${problem.reason}`);
    return [];
  }
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    const written = annotated.mapped.text.slice(token.from, token.to);
    if (written === ";") lines.push([]);
    else lines.at(-1)?.push(written === "\\;" ? { ...token, runs: [{ from: token.from + 1, to: token.to }] } : token);
  }
  return lines.map((line) => {
    const [first, ...rest] = tokenWords(annotated, line, source);
    if (first === undefined) return [];
    const prefix = /^[-@:+!|]*/.exec(first.template.text)?.[0] ?? "";
    // `@` takes the word behind the program as its argv[0]; `:` turns variables off.
    const words = [withoutPrefix(first, prefix.length, source), ...(prefix.includes("@") ? rest.slice(1) : rest)];
    return prefix.includes(":") ? words : words.flatMap((word) => expandVariables(word, environment, source));
  });
}

function withoutPrefix(word: ReadWord, length: number, source: SourceText): ReadWord {
  if (length === 0 || word.value.kind !== "exact") return word;
  const template = word.template.slice(length, word.template.text.length);
  const range = source.range(template.start(0), template.end(template.text.length));
  return { value: { kind: "exact", value: template.text }, text: source.text.slice(range.start.offset, range.end.offset), range, template };
}
