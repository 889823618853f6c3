import type { WhatIf } from "@audit-backlog/model";
import type { Context, Seat } from "../context.ts";
import { judgeBacklog } from "../judgement/backlog.ts";
import { distinct } from "../merge.ts";
import { proveByBurst } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { backlogId, demandOn, factsOf, placed, related } from "../seat.ts";
import { onlyValue, placeOf } from "../values.ts";
import { tryWhatIf } from "../what-if.ts";

export const workersInsteadOfBacklog: Rule = {
  id: "workers-instead-of-backlog",
  summary: "more workers than backlog: room for clients bought at the price of processes",
  severities: ["warning"],
  category: "listener",
  subsumes: ["small-backlog", "target-not-met"],
  docs: {
    why: "A worker costs a process and holds its own clients; a place in the queue costs next to nothing. Where many workers stand beside a tiny backlog, somebody bought room at the wrong counter, and a burst still finds the queue full.",
    fires: { file: "gunicorn.conf.py", language: "python", text: "workers = 32\nbacklog = 10" },
    quiet: { file: "gunicorn.conf.py", language: "python", text: "workers = 32" },
  },
  check: (context) => context.seats.flatMap((seat) => judge(context, seat) ?? []),
  proof: proveByBurst,
};

function judge(context: Context, seat: Seat): Draft | undefined {
  const { service } = seat;
  if (service.kind !== "gunicorn") return undefined;
  const { assumptions } = context.options;
  const workers = onlyValue(service.settings.workers, assumptions.cpus);
  const backlog = onlyValue(seat.listener.backlog.requested);
  if (workers === undefined || backlog === undefined || workers <= backlog) return undefined;
  const judgement = judgeBacklog(factsOf(seat), demandOn(context, seat, backlogId(seat))).find(({ rule }) => rule === "small-backlog");
  // A note means that it hangs on something; an error, that the queue is for one client: that is the thing to say then.
  if (judgement?.severity !== "warning") return undefined;
  const base = placed(context, seat, judgement);
  const [step] = seat.steps;
  const one = tryWhatIf(step, `${service.id}/workers`, workers + 1, assumptions);
  const to = judgement.to ?? backlog;
  const comparison = `${String(workers)} workers share a queue for ${String(backlog + 1)}`;
  return {
    ...base,
    rule: "workers-instead-of-backlog",
    message: `${comparison}: one more worker adds ${gained(one)}nothing for sure to a burst; backlog ${String(to)} adds ${String(to - backlog)} places.`,
    locations: distinct([...base.locations, ...related(service.settings.workers.origin, `${String(workers)} workers`)]),
    why: [...base.why, `workers ${String(workers)} (${placeOf(service.settings.workers.origin)}): each takes clients out of the queue only when it is free to accept`],
    leave: [
      ...base.leave,
      "more workers are right where work really runs in parallel: an idle CPU or disk, or waiting on slow things outside, such as DNS",
    ],
    term: `${comparison}: more workers add nothing for sure to a burst`,
  };
}

/** What a change adds for clients that come one after another, to be read before "nothing". */
function gained(change: WhatIf | undefined): string {
  if (change === undefined || "unbounded" in change.spreadOut) return "";
  const { before, after } = change.spreadOut;
  return `${String(after.low - before.low)} when clients come spread out and `;
}
