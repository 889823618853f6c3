import { judgeIgnoredBacklogs } from "../judgement/ignored-backlog.ts";
import { proveIgnored } from "../proof/proofs.ts";
import type { Rule } from "../rule.ts";
import { factsOf, placed } from "../seat.ts";

export const ignoredBacklog: Rule = {
  id: "ignored-backlog",
  summary: "a backlog that never reaches the kernel",
  severities: ["warning", "note"],
  category: "listener",
  subsumes: [],
  docs: {
    why: "Somebody chose a number, and the server throws it away without a word: another parameter wins, or the socket is opened by somebody else. Whoever reads the file believes in a queue that is not there.",
    fires: { file: "nginx.conf", language: "nginx", text: "listen 8080 backlog=4096 backlog=128;" },
    quiet: { file: "nginx.conf", language: "nginx", text: "listen 8080 backlog=4096;" },
  },
  check: (context) => context.seats.flatMap((seat) => judgeIgnoredBacklogs(factsOf(seat)).map((judgement) => placed(context, seat, judgement))),
  proof: proveIgnored,
};
