import { configurationRules, editorRules, rules, suppressionRules } from "@audit-backlog/audit";
import { DISAGREES } from "../measured-findings.ts";
import { nearest } from "../nearest.ts";

const known: ReadonlyMap<string, (typeof rules)[number]> = new Map(rules.map((rule) => [rule.id, rule]));
const ofEditor = new Set(editorRules.map(({ id }) => id));
const beyondComments = new Set([...[...suppressionRules, ...configurationRules].map(({ id }) => id), DISAGREES]);

/** Why a comment can't suppress a rule of that name; undefined where it can. */
export function whyUnknown(name: string): string | undefined {
  if (known.has(name)) return undefined;
  if (ofEditor.has(name)) return `${name} is a rule of the editor alone: eslint-disable suppresses it`;
  if (beyondComments.has(name)) return `no comment suppresses ${name}`;
  const plain = name.slice(name.lastIndexOf("/") + 1);
  const near = known.has(plain) ? plain : nearest(plain.slice(0, 60), [...known.keys()]);
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return `there is no rule ${shown}${near === undefined ? "" : `, did you mean ${near}?`}`;
}

/** Rules that are silent where that one speaks. */
export function spokenFor(rule: string): readonly string[] {
  return known.get(rule)?.subsumes ?? [];
}
