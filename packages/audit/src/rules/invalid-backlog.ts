import { judgeInvalidBacklog } from "../judgement/invalid-backlog.ts";
import { proveInvalid } from "../proof/proofs.ts";
import type { Rule } from "../rule.ts";
import { factsOf, placed } from "../seat.ts";
import { startFailureDrafts } from "../start-failure.ts";

export const invalidBacklog: Rule = {
  id: "invalid-backlog",
  summary: "a backlog that the server refuses, or turns into 0 or 1",
  severities: ["error", "note"],
  category: "start",
  subsumes: ["small-backlog", "workers-instead-of-backlog", "upstream-burst-limit", "backlog-clamped", "target-not-met"],
  docs: {
    why: "nginx and gunicorn do not start with a backlog they cannot use. Node starts, and makes 0 of what is not a number: a queue for one single client.",
    fires: { file: "nginx.conf", language: "nginx", text: "listen 8080 backlog=0;" },
    quiet: { file: "nginx.conf", language: "nginx", text: "listen 8080 backlog=1024;" },
  },
  check: (context) => [
    ...startFailureDrafts(context, {
      "invalid-backlog": { rule: "invalid-backlog", change: "leave the backlog out, or write a whole number above 0" },
      "duplicate-listen-options": { rule: "invalid-backlog", change: "write the socket options of one address once; they hold for every server block that listens there" },
    }),
    ...context.seats.flatMap((seat) => {
      // The server's own message about it is above.
      if (seat.listener.backlog.reading === "refused" && seat.service.startFailures.some(({ kind }) => kind === "invalid-backlog")) return [];
      const judgement = judgeInvalidBacklog(factsOf(seat));
      return judgement === undefined ? [] : [placed(context, seat, judgement)];
    }),
  ],
  proof: proveInvalid,
};
