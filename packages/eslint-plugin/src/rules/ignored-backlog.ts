import { judgeBacklog } from "@audit-backlog/audit";
import { defineRule } from "../define-rule.ts";
import { placeOf, propertyOf } from "../place.ts";
import { drop, dropProperty } from "../suggestions.ts";

export const ignoredBacklog = defineRule({
  id: "ignored-backlog",
  summary: "a backlog that never reaches the kernel",
  type: "problem",
  presets: ["recommended", "strict"],
  message: "{{verdict}}{{doubt}}",
  check(listener, options, { sourceCode }) {
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
  },
});
