import type { SuppressionRule } from "../rule.ts";

export const unusedSuppression: SuppressionRule = {
  id: "unused-suppression",
  summary: "a comment that suppresses a rule which reports nothing there",
  severities: ["note"],
  category: "suppression",
  subsumes: [],
  docs: {
    why: "The setting was mended, or the comment stands on the wrong line. If it stays, it hides the next finding of that rule, which nobody has looked at. Whether it is needed may hang on the options of the run (--burst, --minimum, the paths), so this is a note.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "backlog = 2048  # audit-backlog: ignore[small-backlog]" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "backlog = 64  # audit-backlog: ignore[small-backlog]" },
  },
};
