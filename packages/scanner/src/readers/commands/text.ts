import type { FileOrigin, FileProblem, Position, Range } from "@audit-backlog/model";
import { isTemplateName, maskTemplate } from "../template.ts";
import type { TemplateDefaults } from "../template-expression.ts";

export { templateMark } from "../template.ts";

/** A file's text, with offsets turned into lines and columns. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  /** What the variables of a template hold by default, where other files say so. */
  readonly defaults: TemplateDefaults | undefined;
  #lineStarts: number[] | undefined;

  constructor(path: string, text: string, defaults?: TemplateDefaults) {
    this.path = path;
    this.text = text;
    this.defaults = defaults;
  }

  position(offset: number): Position {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(Math.max(start, end)) };
  }

  origin(start: number, end: number): FileOrigin {
    return { kind: "file", file: this.path, range: this.range(start, end) };
  }

  problem(start: number, end: number, reason: string): FileProblem {
    return { file: this.path, range: this.range(start, end), reason };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

interface Segment {
  /** Index in the mapped text. */
  readonly at: number;
  readonly length: number;
  /** Offsets in the file. Character by character where both lengths agree, else the segment is one escape. */
  readonly start: number;
  readonly end: number;
}

/**
 * A text as a program gets to see it, after quotes, escapes and continuations are gone; each of its characters
 * knows where it stands in the file.
 */
export class MappedText {
  readonly text: string;
  /** Where an empty text stands. */
  readonly #place: number;
  readonly #segments: readonly Segment[];

  constructor(text: string, segments: readonly Segment[], place: number) {
    this.text = text;
    this.#segments = segments;
    this.#place = place;
  }

  /** The stretch `start` to `end` of the file, as it is. */
  static verbatim(fileText: string, start: number, end: number): MappedText {
    const segments = end > start ? [{ at: 0, length: end - start, start, end }] : [];
    return new MappedText(fileText.slice(start, end), segments, start);
  }

  /** File offset where the character at `index` begins; at the end of the text, where its last one ends. */
  start(index: number): number {
    const segment = this.#segmentAt(index);
    if (segment === undefined) return this.#place;
    if (index >= segment.at + segment.length) return segment.end;
    return segment.end - segment.start === segment.length ? segment.start + index - segment.at : segment.start;
  }

  /** File offset where the character before `index` ends. */
  end(index: number): number {
    const segment = index === 0 ? undefined : this.#segmentAt(index - 1);
    if (segment === undefined) return this.start(index);
    return segment.end - segment.start === segment.length ? segment.start + index - segment.at : segment.end;
  }

  slice(from: number, to: number): MappedText {
    const parts: Segment[] = [];
    for (let i = this.#indexAt(from); i < this.#segments.length; i += 1) {
      const segment = this.#segments[i];
      if (segment === undefined || segment.at >= to) break;
      const low = Math.max(from, segment.at);
      const high = Math.min(to, segment.at + segment.length);
      if (high <= low) continue;
      const whole = segment.end - segment.start !== segment.length;
      parts.push({
        at: low - from,
        length: high - low,
        start: whole ? segment.start : segment.start + low - segment.at,
        end: whole ? segment.end : segment.start + high - segment.at,
      });
    }
    return new MappedText(this.text.slice(from, to), parts, this.start(from));
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  #segmentAt(index: number): Segment | undefined {
    return this.#segments[this.#indexAt(index)];
  }

  #indexAt(index: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#segments[middle]?.at ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Puts a mapped text together, piece by piece. */
export class MapBuilder {
  readonly #place: number;
  readonly #texts: string[] = [];
  readonly #segments: Segment[] = [];
  #length = 0;

  /** `place`: the file offset that stands for the result while nothing is added. */
  constructor(place: number) {
    this.#place = place;
  }

  get length(): number {
    return this.#length;
  }

  /** `text` stands at `start` to `end` of the file: verbatim where the lengths agree, else as one escape. */
  add(text: string, start: number, end: number): void {
    if (text === "") return;
    this.#texts.push(text);
    const last = this.#segments.at(-1);
    const verbatim = end - start === text.length;
    if (verbatim && last?.end === start && last.end - last.start === last.length) {
      this.#segments[this.#segments.length - 1] = { at: last.at, length: last.length + text.length, start: last.start, end };
    } else {
      this.#segments.push({ at: this.#length, length: text.length, start, end });
    }
    this.#length += text.length;
  }

  append(mapped: MappedText): void {
    for (const segment of mapped.segments) {
      this.add(mapped.text.slice(segment.at, segment.at + segment.length), segment.start, segment.end);
    }
  }

  build(): MappedText {
    return new MappedText(this.#texts.join(""), this.#segments, this.#place);
  }
}

/**
 * Covers Jinja, Go-template and ERB places with marks of the same length, so that the rest can be parsed and offsets
 * stay. A place must end on the line where it begins, unless the name of the file says that it is a template.
 */
export function maskTemplates(text: string, path = ""): string {
  return maskTemplate(text, "marks", !isTemplateName(path)).text;
}
