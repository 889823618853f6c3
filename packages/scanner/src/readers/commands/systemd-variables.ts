import { dynamicPiece, exactPiece, joinPieces, type Piece } from "./pieces.ts";
import type { Binding, Environment, ReadWord } from "./shell-scope.ts";
import { systemdWords } from "./systemd-words.ts";
import { templatePieces } from "./template-pieces.ts";
import { MapBuilder, type MappedText, type SourceText } from "./text.ts";

/**
 * Variables of an ExecStart= word, once quotes are gone: `${NAME}` anywhere, `$NAME` as a word of its own, which is
 * parted at blanks; `$$` is a dollar sign. systemd.service(5), Command lines; systemd: src/basic/env-util.c
 * replace_env_argv. A name that the unit does not set may come from the service manager.
 */
export function expandVariables(word: ReadWord, environment: Environment, source: SourceText): ReadWord[] {
  const { template } = word;
  if (!template.text.includes("$")) return [word];
  const alone = /^\$([A-Za-z_]\w*)$/.exec(template.text)?.[1];
  if (alone !== undefined) {
    const binding = environment.get(alone);
    return binding === undefined ? [{ ...word, value: { kind: "dynamic", variable: alone } }] : splitBinding(binding, word, source);
  }
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: all, 1: name, index } of template.text.matchAll(/\$\$|\$\{([A-Za-z_]\w*)\}/g)) {
    if (index > at) pieces.push(...templatePieces(template.slice(at, index), source));
    at = index + all.length;
    const written = template.slice(index, at);
    if (name === undefined) pieces.push(dollar(written));
    else pieces.push(...(environment.get(name)?.pieces.map((piece) => innerPiece(piece, written)) ?? [dynamicPiece(written, name)]));
  }
  if (at < template.text.length) pieces.push(...templatePieces(template.slice(at, template.text.length), source));
  const builder = new MapBuilder(template.start(0));
  for (const piece of pieces) builder.append(piece.template ?? piece.mapped);
  return [{ ...word, value: joinPieces(pieces), template: builder.build() }];
}

function dollar(written: MappedText): Piece {
  const builder = new MapBuilder(written.start(0));
  builder.add("$", written.start(0), written.end(written.text.length));
  return exactPiece(builder.build());
}

/** What is not certain stays as written for a shell inside the word. */
function innerPiece(piece: Piece, written: MappedText): Piece {
  return piece.value.kind === "exact" ? piece : { ...piece, template: written };
}

function splitBinding({ pieces, origin: set }: Binding, word: ReadWord, source: SourceText): ReadWord[] {
  const [piece] = pieces;
  const value = joinPieces(pieces);
  if (piece === undefined || pieces.length > 1 || (value.kind !== "exact" && value.kind !== "assumed")) return [{ ...word, value: { kind: "dynamic" } }];
  if (value.kind === "assumed" && value.value.trim() === "") return [{ ...word, value: { kind: "dynamic", ...(value.variable === undefined ? {} : { variable: value.variable }) } }];
  const { tokens } = systemdWords(piece.mapped.text);
  return tokens.map((token) => {
    const text = token.runs.map((run) => run.text ?? piece.mapped.text.slice(run.from, run.to)).join("");
    const elsewhere = set.file !== source.path;
    const range = elsewhere ? set.range : source.range(piece.mapped.start(token.from), piece.mapped.end(token.to));
    const origin = { kind: "file", file: source.path, range: word.range } as const;
    return {
      value: { ...value, value: text },
      text: elsewhere ? text : source.text.slice(range.start.offset, range.end.offset),
      range,
      ...(elsewhere ? { file: set.file } : {}),
      via: [origin],
      template: piece.mapped.slice(token.from, token.to),
    };
  });
}
