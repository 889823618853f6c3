import { judgeBacklog } from "@audit-backlog/audit";
import type { Rule } from "eslint";
import { isReported } from "../certainty.ts";
import { sharedDefaults, sharedSchema } from "../options.ts";
import { placeOf } from "../place.ts";
import { pageOf, reportListeners, suggestionMessages } from "../report.ts";
import { drop, raise } from "../suggestions.ts";

export const invalidBacklog: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "Report a backlog that the server refuses, or turns into 0 or 1", recommended: true, url: pageOf("invalid-backlog") },
    hasSuggestions: true,
    messages: { "invalid-backlog": "{{verdict}} The value {{source}}.{{doubt}}", ...suggestionMessages },
    schema: [sharedSchema],
    defaultOptions: [sharedDefaults],
  },
  create(context) {
    const { sourceCode } = context;
    return reportListeners(context, (listener, options) => {
      const { backlog } = listener;
      return judgeBacklog({ server: "node", backlog }, { floor: 1 })
        .filter((judgement) => judgement.rule === "invalid-backlog" && isReported(listener, options))
        .map((judgement) => ({
          judgement,
          node: placeOf(listener),
          suggest: [...raise(listener, judgement.to ?? backlog.serverDefault, sourceCode), ...drop(listener, sourceCode)],
        }));
    });
  },
};
