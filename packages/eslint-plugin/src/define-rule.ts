import type { Judgement } from "@audit-backlog/audit";
import type { Rule } from "eslint";
import type { TSESTree } from "@typescript-eslint/types";
import manifest from "../package.json" with { type: "json" };
import type { Listener } from "./listeners.ts";
import { listenersFor, sharedOptions, type Options, type RuleOptions } from "./options.ts";
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

interface Definition {
  /** Id and summary are those of the audit's rule, or editor rule, of the same meaning. */
  readonly id: Judgement["rule"];
  readonly summary: string;
  readonly type: "problem" | "suggestion";
  readonly presets: readonly ("recommended" | "strict")[];
  /** Holds `{{verdict}}`, may hold `{{source}}`, and ends in `{{doubt}}`. */
  readonly message: string;
  readonly options?: RuleOptions;
  readonly check: (listener: Listener, options: Options, context: Rule.RuleContext) => readonly Problem[];
}

const SUGGESTIONS = {
  name: "Set the backlog to {{to}}, as the constant {{name}}.",
  raise: "Set the backlog to {{to}}.",
  drop: "Drop the backlog: Node then asks for 511.",
  object: "Pass an object that names the backlog.",
};

/** Makes an ESLint rule of a judgement. Everything is known once the file is parsed, so nothing is visited. */
export function defineRule({ id, summary, type, presets, message, options = sharedOptions, check }: Definition): Rule.RuleModule {
  return {
    meta: {
      type,
      docs: {
        description: `Report ${summary}`,
        recommended: presets.includes("recommended"),
        url: `https://unpkg.com/eslint-plugin-listen-backlog@${manifest.version}/dist/rules/${id}.md`,
      },
      hasSuggestions: true,
      messages: { [id]: message, ...SUGGESTIONS },
      ...options,
    },
    create(context) {
      const { listeners, options: given } = listenersFor(context);
      if (listeners.length === 0) return {};
      return {
        "Program:exit"() {
          for (const listener of listeners) {
            for (const problem of check(listener, given, context)) context.report(descriptor(id, listener, problem, context));
          }
        },
      };
    },
  };
}

function descriptor(messageId: string, listener: Listener, { judgement, node, data, suggest = [] }: Problem, context: Rule.RuleContext): Rule.ReportDescriptor {
  const verdict = judgement.message;
  const doubt = listener.certain ? "" : " Nothing here says for certain that this is a server.";
  return {
    loc: node.loc,
    messageId,
    data: { verdict: verdict.charAt(0).toUpperCase() + verdict.slice(1), source: sourceOf(listener, context.sourceCode), doubt, ...data },
    suggest: suggest.map(({ kind, data: values, fix }) => ({ messageId: kind, data: values, fix })),
  };
}
