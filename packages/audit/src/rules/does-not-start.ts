import { proveStart } from "../proof/proofs.ts";
import type { Rule } from "../rule.ts";
import { startFailureDrafts } from "../start-failure.ts";

export const doesNotStart: Rule = {
  id: "does-not-start",
  summary: "a server that refuses its configuration for a reason that no other rule explains",
  severities: ["error"],
  category: "start",
  subsumes: [],
  docs: {
    why: "A server that does not start holds no clients at all. This rule passes its complaint on where the configuration is refused for something other than a backlog or a listen directive.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "workers = -1" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "workers = 1" },
  },
  check: (context) => startFailureDrafts(context, { other: { rule: "does-not-start", change: "correct it as the message says" } }),
  proof: proveStart,
};
