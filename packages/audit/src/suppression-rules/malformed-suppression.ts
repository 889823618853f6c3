import type { SuppressionRule } from "../rule.ts";

export const malformedSuppression: SuppressionRule = {
  id: "malformed-suppression",
  summary: "a comment for audit-backlog that it does not understand",
  severities: ["warning"],
  category: "suppression",
  subsumes: [],
  docs: {
    why: "What is not understood does nothing: no rule is named, the date is none, a reason stands without its two dashes, a block has no end. Nothing is suppressed by half.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[small-backlog] -- the load balancer retries elsewhere" },
  },
};
