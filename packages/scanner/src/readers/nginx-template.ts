import type { Word } from "@audit-backlog/nginx-syntax";
import { templateMark } from "./template.ts";
import { templateValue } from "./template-expression.ts";
import { textOfPart, type NginxFacts } from "./nginx.ts";

/**
 * Whether a word holds something that is filled in before nginx reads it, as deployments write it: `${PORT}` or
 * `$PORT` (envsubst), `{{ port }}`, `<%= port %>`, `__PORT__`, `@PORT@`, `%PORT%`, `<PORT>`, `%(port)s`. nginx knows no
 * variables in the settings that we read (a pass excepted, where one is not known before run time either).
 */
export function isTemplated(value: string): boolean {
  return /[$\uE000]|\{\{|\{%|<[A-Za-z]|%[A-Za-z(]|__[A-Za-z][A-Za-z0-9_]*__|@[A-Z]|#\{/.test(value);
}

/** What a template makes of a word when nobody sets its variables, and the first of these. */
export interface FilledIn {
  readonly text: string;
  readonly variable: string;
}

/**
 * The text of `word.value.slice(from, to)` with the defaults that are written in it or known for it: `{{ x | default(5) }}`,
 * `${X:-5}`; undefined where something has none.
 */
export function filledIn(facts: NginxFacts, word: Word, from = 0, to = word.value.length): FilledIn | undefined {
  const written = textOfPart(facts, word, from, to);
  const parts: string[] = [];
  let variable: string | undefined;
  let copied = 0;
  for (const { 0: place, index } of written.slice(0, 1_000).matchAll(/\{\{(?:(?!\}\})[^])*\}\}|<%=(?:(?!%>)[^])*%>|\$\{\w+:?-[^{}$]*\}/g)) {
    const known = place.startsWith("$") ? ofShell(place) : templateValue(place, facts.defaults).value;
    if (known?.kind !== "assumed") return undefined;
    variable ??= known.variable;
    parts.push(written.slice(copied, index), known.value);
    copied = index + place.length;
  }
  parts.push(written.slice(copied));
  const text = parts.join("");
  return variable === undefined || isTemplated(text) || text.includes(templateMark) || /[\s;{}]/.test(text) ? undefined : { text, variable };
}

function ofShell(place: string): { readonly kind: "assumed"; readonly value: string; readonly variable: string } | undefined {
  const [, variable, value] = /^\$\{(\w+):?-([^]*)\}$/.exec(place) ?? [];
  return variable === undefined || value === undefined ? undefined : { kind: "assumed", value, variable };
}
