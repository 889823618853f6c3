import type { CommandWord } from "../../facts.ts";
import { exactPiece, joinPieces, type Piece } from "./pieces.ts";
import type { ReadWord } from "./shell-scope.ts";
import { templatePieces } from "./template-pieces.ts";
import { MapBuilder, templateMark, type MappedText, type SourceText } from "./text.ts";

/** A stretch of a text that stands for something known only later, or for a default. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: Exclude<CommandWord["value"], { kind: "formula" | "oneOf" }>;
  /** What a shell inside the word reads here: the place as written, or what no shell expands. */
  readonly inner: "as-written" | "opaque";
}

/** A text after its own format's substitutions, before it is parted into words. Spans do not overlap and come in order. */
export interface Annotated {
  readonly mapped: MappedText;
  readonly spans: readonly Span[];
}

/** A piece of a word: `from` to `to` of the text, verbatim or an escape for `text`. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly text?: string;
}

export interface Token {
  readonly from: number;
  readonly to: number;
  readonly runs: readonly Run[];
}

/** Parts a text into words by a format's own quoting rules. */
export interface Tokens {
  readonly tokens: readonly Token[];
  /** Index and clause of what made it stop, where something did. */
  readonly problem?: { readonly at: number; readonly reason: string };
}

/** Adds a run to a word; runs of the source as it stands that touch become one. */
export function addRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last?.to === run.from && last.text === undefined && run.text === undefined) runs[runs.length - 1] = { from: last.from, to: run.to };
  else runs.push(run);
}

/** Puts texts with spans together; a dynamic span is one mark in the text. */
export class AnnotatedBuilder {
  readonly #builder: MapBuilder;
  readonly #spans: Span[] = [];

  constructor(place: number) {
    this.#builder = new MapBuilder(place);
  }

  plain(mapped: MappedText): void {
    this.#builder.append(mapped);
  }

  escape(text: string, start: number, end: number): void {
    this.#builder.add(text, start, end);
  }

  /** `value` stands for the text `start` to `end` of the file. */
  span(value: Span["value"], start: number, end: number, inner: Span["inner"]): void {
    const from = this.#builder.length;
    const text = value.kind === "dynamic" ? templateMark : value.value;
    this.#builder.add(text, start, end);
    this.#spans.push({ from, to: from + text.length, value, inner });
  }

  build(): Annotated {
    return { mapped: this.#builder.build(), spans: this.#spans };
  }
}

/** The tokens as command words. */
export function tokenWords({ mapped, spans }: Annotated, tokens: readonly Token[], source: SourceText): ReadWord[] {
  let next = 0;
  return tokens.map((token) => {
    const pieces: Piece[] = [];
    for (const run of token.runs) {
      while (next < spans.length && (spans[next]?.to ?? 0) <= run.from) next += 1;
      let at = run.from;
      for (let i = next; i < spans.length; i += 1) {
        const span = spans[i];
        if (span === undefined || span.from >= run.to) break;
        if (span.from > at) pieces.push(...plainPieces(mapped, { ...run, from: at, to: span.from }, source));
        pieces.push(spanPiece(mapped, span, source));
        at = Math.max(at, span.to);
      }
      if (at < run.to) pieces.push(...plainPieces(mapped, { ...run, from: at }, source));
    }
    const [start, end] = [mapped.start(token.from), mapped.end(token.to)];
    const template = new MapBuilder(start);
    for (const piece of pieces) template.append(piece.template ?? piece.mapped);
    const range = source.range(start, end);
    const text = source.text.slice(range.start.offset, range.end.offset);
    return { value: joinPieces(pieces), text, range, template: template.build() };
  });
}

/** A text that is one word as a whole: an item of a list. */
export function wholeWord(annotated: Annotated, source: SourceText): ReadWord {
  const to = annotated.mapped.text.length;
  const [word] = tokenWords(annotated, [{ from: 0, to, runs: [{ from: 0, to }] }], source);
  return word ?? { value: { kind: "exact", value: "" }, text: "", range: source.range(0, 0), template: annotated.mapped };
}

function plainPieces(mapped: MappedText, run: Run, source: SourceText): Piece[] {
  const content = mapped.slice(run.from, run.to);
  if (run.text !== undefined) {
    const builder = new MapBuilder(content.start(0));
    builder.add(run.text, content.start(0), content.end(content.text.length));
    return [exactPiece(builder.build())];
  }
  return templatePieces(content, source);
}

function spanPiece(mapped: MappedText, span: Span, source: SourceText): Piece {
  const content = mapped.slice(span.from, span.to);
  const [start, end] = [content.start(0), content.end(content.text.length)];
  const written = new MapBuilder(start);
  written.add(span.inner === "opaque" ? templateMark : source.text.slice(start, end), start, end);
  return { value: span.value, mapped: content, template: written.build() };
}
