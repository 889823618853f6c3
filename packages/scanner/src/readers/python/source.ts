import type { FileOrigin, FileProblem } from "@audit-backlog/model";
import { maskTemplates, SourceText, templateMark } from "../commands/text.ts";
import { templateValue, type TemplateDefaults } from "../template-expression.ts";
import type { FilledIn } from "./functions.ts";

/**
 * A Python file as the parser gets it, with the way back to the file. Line ends are `\n` (the parser ends a string
 * between the backslash, `\r` and `\n` of a continued line), a byte order mark is a blank (it would become part of the
 * first name), and templates are masked.
 */
export class PythonSource {
  /** What is parsed; every offset of ours counts in it. */
  readonly text: string;
  readonly #original: SourceText;
  /** Offsets, in `text`, of the line ends that were `\r\n`. */
  readonly #shortened: readonly number[];

  constructor(path: string, original: string, defaults?: TemplateDefaults) {
    this.#original = new SourceText(path, original, defaults);
    const shortened: number[] = [];
    for (let at = original.indexOf("\r\n"); at !== -1; at = original.indexOf("\r\n", at + 2)) shortened.push(at - shortened.length);
    this.#shortened = shortened;
    this.text = maskTemplates(original.replaceAll("\r\n", "\n"), path).replace(/^\uFEFF/, " ");
  }

  origin(from: number, to: number): FileOrigin {
    return this.#original.origin(this.#place(from), this.#place(to));
  }

  /** The file's own text. */
  written(from: number, to: number): string {
    return this.#original.text.slice(this.#place(from), this.#place(to));
  }

  /** The text of a stretch with its template's places replaced by their defaults; undefined where one has none. */
  filledIn(from: number, to: number): FilledIn | undefined {
    const parts: string[] = [];
    let variable: string | undefined;
    for (const { 0: run, index } of this.text.slice(from, to).matchAll(/\uE000+|[^\uE000]+/g)) {
      const at = from + index;
      const { value } = run.startsWith(templateMark) ? templateValue(this.written(at, at + run.length), this.#original.defaults) : { value: { kind: "exact", value: run } as const };
      if (value.kind === "assumed") variable ??= value.variable;
      if (value.kind !== "exact" && value.kind !== "assumed") return undefined;
      parts.push(value.value);
    }
    return variable === undefined ? undefined : { text: parts.join(""), variable };
  }

  problem(from: number, to: number, reason: string): FileProblem {
    return this.#original.problem(this.#place(from), this.#place(to), reason);
  }

  #place(offset: number): number {
    let low = 0;
    let high = this.#shortened.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shortened[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  }
}
