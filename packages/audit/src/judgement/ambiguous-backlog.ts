import type { Sourced } from "@audit-backlog/model";
import { onlyValue } from "../values.ts";
import { clients } from "./small-backlog.ts";
import type { Judgement } from "./facts.ts";

/** A second number after a port: the backlog to Node (lib/net.js Server.prototype.listen), a host or a second port to many readers. */
export function judgeAmbiguousBacklog(number: Sourced<number>): Judgement | undefined {
  const value = onlyValue(number);
  if (value === undefined) return undefined;
  return {
    rule: "ambiguous-backlog",
    severity: "note",
    certainty: { kind: "certain" },
    message: `${String(value)} stands where a host is expected, and Node takes it for the backlog: a queue for ${clients(value + 1)}.`,
    subject: number,
    label: "the backlog, not a host",
    why: ["Node takes the first number after the port for the backlog"],
    change: ["pass an object: listen({ port, backlog })"],
    leave: [],
  };
}
