import { judgeDefaultBacklog } from "@audit-backlog/audit";
import { defineRule } from "../define-rule.ts";

export const defaultBacklog = defineRule({
  id: "default-backlog",
  summary: "a public listener that is left with the server's own backlog",
  type: "suggestion",
  presets: [],
  message: "{{verdict}}{{doubt}}",
  check({ backlog, call, isPublic }) {
    const judgement = isPublic && call.ignored === undefined ? judgeDefaultBacklog({ server: "node", backlog }) : undefined;
    return judgement === undefined ? [] : [{ judgement, node: call.node }];
  },
});
