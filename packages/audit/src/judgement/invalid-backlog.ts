import { casesOf, conditionOf } from "../values.ts";
import { serverNames, type BacklogFacts, type Judgement } from "./facts.ts";
import { clients } from "./small-backlog.ts";

/** A backlog that the server refuses, or turns into 0 or 1: nobody who writes `true` or "abc" wants such a queue. */
export function judgeInvalidBacklog(facts: BacklogFacts): Judgement | undefined {
  switch (facts.backlog.reading) {
    case "refused":
      return refused(facts);
    case "coerced":
      return coerced(facts);
    case "explicit":
    case "default":
    case "fallback":
      return undefined;
  }
}

function refused(facts: BacklogFacts): Judgement {
  const { backlog, server } = facts;
  const subject = backlog.written ?? backlog.requested;
  const text = textOf(facts);
  const name = serverNames[server];
  return {
    rule: "invalid-backlog",
    severity: "error",
    certainty: { kind: "certain" },
    message: `${name} refuses backlog ${text} and does not start.`,
    subject,
    label: `${name} does not start`,
    why: [rangeOf(server)],
    change: [`leave it out (${name} asks for ${String(backlog.serverDefault)}), or write a whole number above 0`],
    leave: [],
  };
}

function coerced(facts: BacklogFacts): Judgement | undefined {
  const { backlog, server } = facts;
  const { known, complete } = casesOf(backlog.requested);
  const bad = known.find((one) => one.value === 0 || one.value === 1);
  if (bad === undefined) return undefined;
  const condition = complete && known.length === 1 && bad.variable === undefined ? undefined : (conditionOf(bad) ?? "which of the values is in force");
  const name = serverNames[server];
  const holds = bad.value + 1;
  return {
    rule: "invalid-backlog",
    severity: condition === undefined ? "error" : "note",
    certainty: condition === undefined ? { kind: "certain" } : { kind: "conditional", on: condition },
    message: `${name} makes ${String(bad.value)} of backlog ${textOf(facts)}: a queue for ${clients(holds)}; passing nothing would hold ${String(backlog.serverDefault + 1)}.`,
    subject: backlog.written ?? backlog.requested,
    label: `becomes ${String(bad.value)}: ${clients(holds)}, then the queue is full`,
    why: [rangeOf(server)],
    change: [`leave it out (${name} asks for ${String(backlog.serverDefault)}), or write a whole number above 0`],
    leave: [],
    matters: `As soon as ${String(holds + 1)} clients arrive before accept() runs.`,
    to: backlog.serverDefault,
  };
}

function textOf(facts: BacklogFacts): string {
  const written = facts.backlog.written;
  if (written?.value.kind === "exact") return written.value.value;
  return written?.text ?? facts.backlog.requested.text ?? "as written";
}

/** Sources: nginx src/http/ngx_http_core_module.c; gunicorn/config.py validate_pos_int; Node lib/net.js and its Int32 conversion. */
function rangeOf(server: BacklogFacts["server"]): string {
  switch (server) {
    case "nginx":
      return "nginx takes decimal digits above 0 and nothing else";
    case "gunicorn":
      return "gunicorn takes whole numbers from 0 up";
    case "uvicorn":
    case "hypercorn":
    case "daphne":
      return `${server} takes whole numbers`;
    case "node":
      return "Node hands any truthy value on and converts it to a 32-bit integer: text, fractions below 1, Infinity and 2**32 become 0, true becomes 1";
  }
}
