import { proveStart } from "../proof/proofs.ts";
import type { Rule } from "../rule.ts";
import { startFailureDrafts } from "../start-failure.ts";

const change = "move the backlog to the wildcard listen, or take `backlog=` and `bind` off the specific address: nginx then serves both from one socket";

export const listenConflict: Rule = {
  id: "listen-conflict",
  summary: "two listen directives that cannot both be bound",
  severities: ["error"],
  category: "start",
  subsumes: ["invalid-backlog", "small-backlog", "target-not-met"],
  docs: {
    why: "An address with a backlog of its own gets a socket of its own. Beside a wildcard on the same port the kernel refuses the second bind: nginx -t says ok, and nginx does not start.",
    fires: { file: "nginx.conf", language: "nginx", text: "server { listen 8080; }\nserver { listen 127.0.0.1:8080 backlog=1024; }" },
    quiet: { file: "nginx.conf", language: "nginx", text: "server { listen 8080 backlog=1024; }\nserver { listen 127.0.0.1:8080; }" },
  },
  check: (context) =>
    startFailureDrafts(context, {
      "listen-conflict": { rule: "listen-conflict", change },
      "duplicate-listen": { rule: "listen-conflict", change: "keep one of the two listen directives" },
    }),
  proof: proveStart,
};
