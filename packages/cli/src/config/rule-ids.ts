import { configurationRules, editorRules, rules, suppressionRules } from "@audit-backlog/audit";
import { nearest } from "../nearest.ts";

const reported = [...rules, ...suppressionRules, ...configurationRules].map(({ id }) => id);
const ofEditor: readonly string[] = editorRules.map(({ id }) => id);

/** Why a rule of that name can't be set in a configuration; undefined where it can. */
export function whyNoRule(name: string): string | undefined {
  if (reported.includes(name)) return undefined;
  if (ofEditor.includes(name)) return `${name} is a rule of the editor alone`;
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  const near = nearest(name.slice(0, 60), reported);
  return `there is no rule ${shown}${near === undefined ? "" : `: did you mean ${near}?`}`;
}
