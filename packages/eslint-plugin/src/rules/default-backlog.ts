import { judgeDefaultBacklog } from "@audit-backlog/audit";
import type { ListenCall } from "@audit-backlog/listen-calls";
import type { TSESTree } from "@typescript-eslint/types";
import type { Rule } from "eslint";
import { sharedDefaults, sharedSchema } from "../options.ts";
import { pageOf, reportListeners } from "../report.ts";

export const defaultBacklog: Rule.RuleModule = {
  meta: {
    type: "suggestion",
    docs: { description: "Report a public listener that is left with the server's own backlog", recommended: false, url: pageOf("default-backlog") },
    messages: { "default-backlog": "{{verdict}}{{doubt}}" },
    schema: [sharedSchema],
    defaultOptions: [sharedDefaults],
  },
  create(context) {
    return reportListeners(
      context,
      ({ backlog, call, isPublic }) => {
        const judgement = isPublic && call.ignored === undefined ? judgeDefaultBacklog({ server: "node", backlog }) : undefined;
        return judgement === undefined ? [] : [{ judgement, node: nameOf(call.node) }];
      },
      "all",
    );
  },
};

/** The word `listen`: the whole call begins where a chain begins, `createServer(…)` and all. */
function nameOf(call: ListenCall["node"]): TSESTree.Node {
  return call.callee.type === "MemberExpression" && call.type === "CallExpression" ? call.callee.property : call;
}
