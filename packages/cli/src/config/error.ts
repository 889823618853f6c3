import type { FileProblem } from "@audit-backlog/model";
import { safe } from "../report/text.ts";

const MAX_SHOWN = 50;

/** A configuration that can't be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[], show: (file: string) => string = (file) => file) {
    super(textOf(problems, show));
    this.problems = problems;
  }
}

function textOf(problems: readonly FileProblem[], show: (file: string) => string): string {
  const lines = problems.slice(0, MAX_SHOWN).map(({ file, range, reason }) => {
    const place = range === undefined ? "" : `:${range.start.line}:${range.start.column}`;
    return safe(`${show(file)}${place}: ${reason}`);
  });
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}
