import type { SuppressionRule } from "../rule.ts";

export const expiredSuppression: SuppressionRule = {
  id: "expired-suppression",
  summary: "a comment whose until= date has passed",
  severities: ["warning"],
  category: "suppression",
  subsumes: [],
  docs: {
    why: "Somebody promised to look again by that day. The day named is the last one on which the comment holds (by UTC); from the next on, the finding is back, and this one says why.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[small-backlog] until=2020-02-29" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[small-backlog] until=2999-12-31" },
  },
};
