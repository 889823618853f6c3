import { templateValue } from "../template-expression.ts";
import { dynamicPiece, exactPiece, type Piece } from "./pieces.ts";
import { MapBuilder, templateMark, type MappedText, type SourceText } from "./text.ts";

/** A text without expansions of its own, parted at what a template fills in. */
export function templatePieces(content: MappedText, source: SourceText): Piece[] {
  if (content.text.includes("\0")) return [dynamicPiece(content)];
  if (!content.text.includes(templateMark)) return [exactPiece(content)];
  const pieces: Piece[] = [];
  for (const { 0: run, index } of content.text.matchAll(/\uE000+|[^\uE000]+/g)) {
    const part = content.slice(index, index + run.length);
    pieces.push(run.startsWith(templateMark) ? filledIn(part, source) : exactPiece(part));
  }
  return pieces;
}

/** A default counts where it makes one word whatever the quotes around it: blanks and `$` could make others of it. */
function filledIn(marks: MappedText, source: SourceText): Piece {
  const [start, end] = [marks.start(0), marks.end(marks.text.length)];
  const { value } = templateValue(source.text.slice(start, end), source.defaults);
  if (value.kind !== "assumed" || !/^[\w./:@%+,=-]+$/.test(value.value)) return dynamicPiece(marks);
  const builder = new MapBuilder(start);
  builder.add(value.value, start, end);
  return { value, mapped: builder.build(), template: marks };
}
