import { judgeAmbiguousBacklog } from "@audit-backlog/audit";
import type { Rule } from "eslint";
import { sharedDefaults, sharedSchema } from "../options.ts";
import { pageOf, reportListeners, suggestionMessages } from "../report.ts";
import { asObject } from "../suggestions.ts";

export const ambiguousBacklog: Rule.RuleModule = {
  meta: {
    type: "suggestion",
    docs: { description: "Report a second number after the port, which readers take for something else than the backlog", recommended: false, url: pageOf("ambiguous-backlog") },
    hasSuggestions: true,
    messages: { "ambiguous-backlog": "{{verdict}} The number {{source}}.{{doubt}}", ...suggestionMessages },
    schema: [sharedSchema],
    defaultOptions: [sharedDefaults],
  },
  create(context) {
    const { sourceCode } = context;
    return reportListeners(context, (listener) => {
      const { call, backlog } = listener;
      const [, second] = call.node.arguments;
      if (call.form !== "port" || second === undefined || (call.backlogArgument !== second && listener.written?.byType !== true)) return [];
      if (backlog.reading !== "explicit" || saysBacklog(sourceCode.text.slice(...second.range))) return [];
      const judgement = judgeAmbiguousBacklog(backlog.requested);
      return judgement === undefined ? [] : [{ judgement, node: second, suggest: asObject(listener, sourceCode) }];
    });
  },
};

/** Whether an argument's own name tells the reader what it is. */
function saysBacklog(text: string): boolean {
  return /backlog/i.test(text);
}
