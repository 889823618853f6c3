import { judgeBacklog } from "@audit-backlog/audit";
import type { Rule } from "eslint";
import { sharedDefaults, sharedSchema } from "../options.ts";
import { placeOf, propertyOf } from "../place.ts";
import { pageOf, reportListeners, suggestionMessages } from "../report.ts";
import { drop, dropProperty } from "../suggestions.ts";

export const ignoredBacklog: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: { description: "Report a backlog that never reaches the kernel", recommended: true, url: pageOf("ignored-backlog") },
    hasSuggestions: true,
    messages: { "ignored-backlog": "{{verdict}}{{doubt}}", ...suggestionMessages },
    schema: [sharedSchema],
    defaultOptions: [sharedDefaults],
  },
  create(context) {
    const { sourceCode } = context;
    return reportListeners(context, (listener, options) => {
      const { backlog, call } = listener;
      const lost = call.ignored?.argument.node;
      return judgeBacklog({ server: "node", backlog }, { floor: 1 })
        .filter(({ rule, certainty }) => rule === "ignored-backlog" && (certainty.kind === "certain" || options.report === "potential"))
        .map((judgement) => {
          const isLost = judgement.subject === backlog.ignored[0]?.setting;
          return isLost
            ? { judgement, node: propertyOf(call.node, "backlog")?.value ?? lost ?? call.node, suggest: dropProperty(call.node, sourceCode) }
            : { judgement, node: placeOf(listener), suggest: drop(listener, sourceCode) };
        });
    });
  },
};
