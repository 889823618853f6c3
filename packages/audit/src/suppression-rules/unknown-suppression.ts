import type { SuppressionRule } from "../rule.ts";

export const unknownSuppression: SuppressionRule = {
  id: "unknown-suppression",
  summary: "a comment that suppresses a rule which does not exist",
  severities: ["warning"],
  category: "suppression",
  subsumes: [],
  docs: {
    why: "A name that is misspelt suppresses nothing. Without a word about it, everybody who reads the comment believes that it does.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[smal-backlog]" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[small-backlog]" },
  },
};
