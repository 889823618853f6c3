import { judgeBacklog } from "@audit-backlog/audit";
import { isReported } from "../certainty.ts";
import { defineRule } from "../define-rule.ts";
import { placeOf } from "../place.ts";
import { drop, raise } from "../suggestions.ts";

export const invalidBacklog = defineRule({
  id: "invalid-backlog",
  summary: "a backlog that the server refuses, or turns into 0 or 1",
  type: "problem",
  presets: ["recommended", "strict"],
  message: "{{verdict}} The value {{source}}.{{doubt}}",
  check(listener, options, { sourceCode }) {
    const { backlog } = listener;
    return judgeBacklog({ server: "node", backlog }, { floor: 1 })
      .filter((judgement) => judgement.rule === "invalid-backlog" && isReported(listener, options))
      .map((judgement) => ({
        judgement,
        node: placeOf(listener),
        suggest: [...raise(listener, judgement.to ?? backlog.serverDefault, sourceCode), ...drop(listener, sourceCode)],
      }));
  },
});
