import type { Position } from "@audit-backlog/model";
import type { Comment } from "@audit-backlog/scanner";
import type { SourceLines } from "./source-lines.ts";

/** The rules that the ESLint plugin shares with an audit. */
export const PLUGIN_RULES = ["ignored-backlog", "invalid-backlog", "small-backlog"] as const;

/** A comment that disables a rule at some place. */
export interface Disabling {
  readonly start: Position;
  readonly end: Position;
  readonly reason?: string;
}

interface Turn {
  readonly on: boolean;
  readonly line: number;
  readonly column: number;
  readonly by: Disabling;
}

export function mayDisable(text: string): boolean {
  return text.includes("eslint-disable");
}

/**
 * Which rules of the plugin are disabled where, by the comments of a file: as ESLint has it, the last comment before a
 * place decides, those for blocks and those for lines each on their own. Source: eslint:
 * lib/linter/apply-disable-directives.js, lib/languages/js/source-code/source-code.js getDisableDirectives.
 */
export function eslintDisabled(lines: SourceLines, comments: readonly Comment[]): (rule: string, at: Position) => Disabling | undefined {
  const blocks = new Map<string, Turn[]>();
  const singles = new Map<string, Turn[]>();
  for (const comment of comments) {
    const directive = directiveOf(lines.text.slice(comment.from, comment.to));
    if (directive === undefined) continue;
    const { label, rules, reason } = directive;
    const by: Disabling = { start: lines.position(comment.start), end: lines.position(comment.end), ...(reason === undefined ? {} : { reason }) };
    const wholeLines = label === "eslint-disable-line" || label === "eslint-disable-next-line";
    if (comment.kind === "line" && !wholeLines) continue;
    if (label === "eslint-disable-line" && by.start.line !== by.end.line) continue;
    for (const rule of rules) {
      if (wholeLines) {
        const line = label === "eslint-disable-line" ? by.start.line : by.end.line + 1;
        append(singles, rule, { on: true, line, column: 1, by }, { on: false, line: line + 1, column: 0, by });
      } else append(blocks, rule, { on: label === "eslint-disable", line: by.start.line, column: by.start.column, by });
    }
  }
  for (const turns of [...blocks.values(), ...singles.values()]) turns.sort((a, b) => a.line - b.line || a.column - b.column);
  return (rule, at) => disabledBy(singles.get(rule), at) ?? disabledBy(blocks.get(rule), at);
}

function append(turns: Map<string, Turn[]>, rule: string, ...more: readonly Turn[]): void {
  const known = turns.get(rule);
  if (known === undefined) turns.set(rule, [...more]);
  else known.push(...more);
}

/** The last turn at or before a place. */
function disabledBy(turns: readonly Turn[] | undefined, { line, column }: Position): Disabling | undefined {
  if (turns === undefined) return undefined;
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const turn = turns[middle];
    if (turn !== undefined && (turn.line < line || (turn.line === line && turn.column <= column))) low = middle + 1;
    else high = middle;
  }
  const last = turns[low - 1];
  return last?.on === true ? last.by : undefined;
}

const labels: ReadonlySet<string> = new Set(["eslint-disable", "eslint-enable", "eslint-disable-line", "eslint-disable-next-line"]);

/** Source: @eslint/plugin-kit: ConfigCommentParser parseDirective, parseListConfig. A list without names is all rules. */
function directiveOf(value: string): { readonly label: string; readonly rules: readonly string[]; readonly reason?: string } | undefined {
  if (!value.includes("eslint-")) return undefined;
  const dashes = /\s-{2,}\s/u.exec(value);
  const directive = (dashes === null ? value : value.slice(0, dashes.index)).trim();
  const label = /^[a-z-]+(?=\s|$)/u.exec(directive)?.[0];
  if (label === undefined || !labels.has(label)) return undefined;
  const names = directive.slice(label.length).split(",").map((name) => name.trim().replace(/^(['"]?)(.*)\1$/su, "$2")).filter((name) => name !== "");
  const reason = dashes === null ? "" : value.slice(dashes.index + dashes[0].length).trim();
  const named = new Set(names.map(pluginRule));
  const rules = names.length === 0 ? PLUGIN_RULES : PLUGIN_RULES.filter((rule) => named.has(rule));
  return { label, rules, ...(reason === "" ? {} : { reason }) };
}

/** A plugin goes by the name that the user's configuration gives it. */
function pluginRule(name: string): string | undefined {
  const slash = name.lastIndexOf("/");
  return slash > 0 && !/\s/.test(name) ? name.slice(slash + 1) : undefined;
}
