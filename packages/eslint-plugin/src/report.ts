import type { Judgement } from "@audit-backlog/audit";
import type { TSESTree } from "@typescript-eslint/types";
import type { Rule } from "eslint";
import manifest from "../package.json" with { type: "json" };
import type { Listener, Which } from "./listeners.ts";
import { listenersFor, type Options } from "./options.ts";
import { sourceOf } from "./source.ts";
import type { Suggestion } from "./suggestions.ts";

/** What a rule says of one listener. */
export interface Problem {
  readonly judgement: Judgement;
  /** Where it is reported. */
  readonly node: TSESTree.Node;
  /** Filled into the rule's message beside `verdict`, `source` and `doubt`. */
  readonly data?: Readonly<Record<string, string>>;
  readonly suggest?: readonly Suggestion[];
}

/** What suggestions say, in the editor's menu. */
export const suggestionMessages = {
  name: "Set the backlog to {{to}}, as the constant {{name}}.",
  raise: "Set the backlog to {{to}}.",
  drop: "Drop the backlog: Node then asks for 511.",
  object: "Pass an object that names the backlog.",
};

/** Where a rule's page is; the package brings it along. */
export function pageOf(id: Judgement["rule"]): string {
  return `https://unpkg.com/eslint-plugin-listen-backlog@${manifest.version}/dist/rules/${id}.md`;
}

/**
 * Reports what `check` finds, under the message that is named by the judgement's rule. Everything is known once the
 * file is parsed, so nothing is visited.
 *
 * No rule states `meta.languages`: ESLint 10.2 and later end the whole run where such a rule is switched on for a file of
 * another language, and these simply find nothing there.
 */
export function reportListeners(context: Rule.RuleContext, check: (listener: Listener, options: Options) => readonly Problem[], which: Which = "with-backlog"): Rule.RuleListener {
  const { listeners, options } = listenersFor(context, which);
  if (listeners.length === 0) return {};
  return {
    "Program:exit"() {
      for (const listener of listeners) for (const problem of check(listener, options)) report(context, listener, problem);
    },
  };
}

function report(context: Rule.RuleContext, listener: Listener, { judgement, node, data, suggest = [] }: Problem): void {
  const { rule, message } = judgement;
  const doubt = listener.certain ? "" : " Nothing here says for certain that this is a server.";
  context.report({
    loc: node.loc,
    messageId: rule,
    data: { verdict: message.charAt(0).toUpperCase() + message.slice(1), source: sourceOf(listener, context.sourceCode), doubt, ...data },
    suggest: suggest.map(({ kind, data: values, fix }) => ({ messageId: kind, data: values, fix })),
  });
}
