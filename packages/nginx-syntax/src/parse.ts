import { Parser } from "./parser.ts";
import { createPlaceholderFinder, maybeTemplate } from "./template.ts";
import type { NginxTree } from "./tree.ts";

/**
 * Parses an nginx configuration file. Never throws: what nginx would refuse stands in `problems`, and the rest is read all
 * the same. Takes time linear in the text's length, for any text.
 *
 * A file that nginx refuses and that holds `{{ value }}`, `{% statement %}` or `{# comment #}` is taken for a template:
 * its problem stays, and each value is read as (part of) a word.
 */
export function parse(text: string): NginxTree {
  const tree = new Parser(text).parse();
  const [refused] = tree.problems;
  if (refused === undefined || !maybeTemplate(text)) return tree;
  const template = new Parser(text, createPlaceholderFinder(text)).parse();
  const others = template.problems.filter(({ start, message }) => start !== refused.start || message !== refused.message);
  return { ...template, problems: [refused, ...others] };
}
