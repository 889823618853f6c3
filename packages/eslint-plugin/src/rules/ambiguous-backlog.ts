import { judgeAmbiguousBacklog } from "@audit-backlog/audit";
import { defineRule } from "../define-rule.ts";
import { asObject } from "../suggestions.ts";

export const ambiguousBacklog = defineRule({
  id: "ambiguous-backlog",
  summary: "a second number after the port, which readers take for something else than the backlog",
  type: "suggestion",
  presets: ["strict"],
  message: "{{verdict}} The number {{source}}.{{doubt}}",
  check(listener, _options, { sourceCode }) {
    const { call, backlog } = listener;
    const [, second] = call.node.arguments;
    if (call.form !== "port" || second === undefined || (call.backlogArgument !== second && listener.written?.byType !== true)) return [];
    if (backlog.reading !== "explicit" || saysBacklog(sourceCode.text.slice(...second.range))) return [];
    const judgement = judgeAmbiguousBacklog(backlog.requested);
    return judgement === undefined ? [] : [{ judgement, node: second, suggest: asObject(listener, sourceCode) }];
  },
});

/** Whether an argument's own name tells the reader what it is. */
function saysBacklog(text: string): boolean {
  return /backlog/i.test(text);
}
