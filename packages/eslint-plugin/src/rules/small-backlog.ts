import { judgeBacklog } from "@audit-backlog/audit";
import type { Rule } from "eslint";
import { isReported } from "../certainty.ts";
import { minimumDefaults, minimumSchema } from "../options.ts";
import { placeOf } from "../place.ts";
import { pageOf, reportListeners, suggestionMessages } from "../report.ts";
import { drop, raise } from "../suggestions.ts";

export const smallBacklog: Rule.RuleModule = {
  meta: {
    type: "suggestion",
    docs: { description: "Report a backlog below what the server asks for when nothing is passed", recommended: true, url: pageOf("small-backlog") },
    hasSuggestions: true,
    messages: { "small-backlog": "{{verdict}} The number {{source}}; the minimum of {{minimum}} is {{origin}}.{{doubt}}", ...suggestionMessages },
    schema: [minimumSchema],
    defaultOptions: [minimumDefaults],
  },
  create(context) {
    const { sourceCode } = context;
    return reportListeners(context, (listener, options) => {
      const { minimum } = options;
      const { backlog } = listener;
      return judgeBacklog({ server: "node", backlog }, { floor: minimum })
        .filter((judgement) => judgement.rule === "small-backlog" && isReported(listener, options))
        .map((judgement) => ({
          judgement,
          node: placeOf(listener),
          data: { minimum: String(minimum), origin: minimum === backlog.serverDefault ? "what Node asks for when nothing is passed" : "set by this rule's option" },
          suggest: [...raise(listener, judgement.to ?? minimum, sourceCode), ...(backlog.serverDefault >= minimum ? drop(listener, sourceCode) : [])],
        }));
    });
  },
};
