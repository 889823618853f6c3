import { judgeBacklog } from "../judgement/backlog.ts";
import { proveByBurst } from "../proof/proofs.ts";
import type { Rule } from "../rule.ts";
import { backlogId, demandOn, factsOf, placed } from "../seat.ts";

export const smallBacklog: Rule = {
  id: "small-backlog",
  summary: "a backlog below what the server asks for when nothing is passed",
  severities: ["error", "warning", "note"],
  category: "listener",
  subsumes: ["target-not-met"],
  docs: {
    why: "Clients that arrive before the server accepts wait in a queue that holds the backlog + 1. A small number, often copied from an example, makes that queue fill first. Over TCP the clients behind it are late by seconds; on a unix socket they fail at once.",
    fires: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen(3000, "0.0.0.0", 10);' },
    quiet: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen(3000, "0.0.0.0"); // Node asks for 511' },
  },
  check: (context) =>
    context.seats.flatMap((seat) =>
      judgeBacklog(factsOf(seat), demandOn(context, seat, backlogId(seat)))
        .filter(({ rule }) => rule === "small-backlog")
        .map((judgement) => placed(context, seat, judgement)),
    ),
  proof: proveByBurst,
};
