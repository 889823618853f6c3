import { judgeBacklog } from "@audit-backlog/audit";
import { defineRule } from "../define-rule.ts";
import { optionsWithMinimum } from "../options.ts";
import { placeOf } from "../place.ts";
import { drop, raise } from "../suggestions.ts";
import { isReported } from "../certainty.ts";

export const smallBacklog = defineRule({
  id: "small-backlog",
  summary: "a backlog below what the server asks for when nothing is passed",
  type: "suggestion",
  presets: ["recommended", "strict"],
  message: "{{verdict}} The number {{source}}; the minimum of {{minimum}} is {{origin}}.{{doubt}}",
  options: optionsWithMinimum,
  check(listener, options, { sourceCode }) {
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
  },
});
