import { clients } from "./small-backlog.ts";
import { serverNames, type BacklogFacts, type Judgement } from "./facts.ts";
import { onlyValue } from "../values.ts";

/** A listener whose backlog nobody chose. Nobody's mistake: it is for those who want every number stated. */
export function judgeDefaultBacklog(facts: BacklogFacts): Judgement | undefined {
  const { backlog, server } = facts;
  const inForce = onlyValue(backlog.requested);
  if (backlog.reading !== "default" || inForce === undefined) return undefined;
  const name = serverNames[server];
  return {
    rule: "default-backlog",
    severity: "note",
    certainty: { kind: "certain" },
    message: `no backlog is passed: ${name} asks for ${String(inForce)}, which holds ${clients(inForce + 1)} before accept() runs.`,
    subject: backlog.requested,
    label: `${clients(inForce + 1)}, then the queue is full`,
    why: [`${String(inForce)} is ${name}'s own number; the kernel's queue holds one more`],
    change: ["state the number that your bursts need"],
    leave: [],
  };
}
