import type { Severity } from "../finding.ts";
import { casesOf, conditionOf, describeCase, isStated, onlyValue, placeOf, type Case } from "../values.ts";
import { serverNames, type BacklogFacts, type Demand, type Judgement } from "./facts.ts";

/**
 * A backlog that somebody wrote and that is below the floor. What nobody wrote is never small, nor is what the server
 * turns into its default (Node: 0 and negative positional numbers) or into the kernel's (a negative `backlog` option).
 * Where a known net.core.somaxconn is no larger than the number, that one binds and the backlog is left alone.
 */
export function judgeSmallBacklog(facts: BacklogFacts, demand: Demand): Judgement | undefined {
  const { backlog, server } = facts;
  if (backlog.reading !== "explicit" && backlog.reading !== "coerced") return undefined;
  const known = knownSomaxconn(facts);
  const bar = Math.min(demand.floor, known ?? Infinity);
  const { known: cases, complete } = casesOf(backlog.requested);
  const small = cases.filter((one) => one.value >= 0 && one.value < bar);
  const worst = small.reduce<Case | undefined>((least, one) => (least === undefined || one.value < least.value ? one : least), undefined);
  if (worst === undefined) return undefined;

  const condition = conditionFor(small, cases, complete);
  const name = serverNames[server];
  const to = Math.min(Math.max(demand.floor, demand.burst ?? 0), known ?? Infinity);
  const numbers = small.map(describeCase).join(", ");
  const holds = worst.value + 1;
  const byDefault = Math.min(backlog.serverDefault, known ?? Infinity);
  const instead =
    byDefault > worst.value
      ? `passing nothing would hold ${String(byDefault + 1)} (${name} asks for ${String(backlog.serverDefault)})`
      : `the floor is ${String(demand.floor)}`;
  const why = [`backlog ${numbers} at ${placeOf(backlog.requested.origin)}: the kernel's queue holds one more than the number`];
  const written = backlog.written?.value;
  if (backlog.reading === "coerced" && written?.kind === "exact") why.push(`${name} makes ${String(worst.value)} of ${written.value}`);
  if (known !== undefined) why.push(`net.core.somaxconn ${String(known)} (${placeOf(facts.somaxconn?.origin ?? backlog.requested.origin)}) is not what limits it`);
  if (facts.roundRobin === true) why.push("the cluster's primary accepts for all workers, so this queue fills only when the primary stands still");

  const advice = byDefault >= to ? `leave the backlog out, or set it to ${String(to)}` : `set the backlog to ${String(to)}`;
  const capped = to === known ? `; net.core.somaxconn ${String(known)} (${placeOf(facts.somaxconn?.origin ?? backlog.requested.origin)}) allows no more` : "";

  return {
    rule: "small-backlog",
    severity: severityOf(worst.value, condition !== undefined, facts.roundRobin === true),
    certainty: condition === undefined ? { kind: "certain" } : { kind: "conditional", on: condition },
    message: `backlog ${numbers} holds ${clients(holds)} before accept() runs; ${instead}.`,
    subject: backlog.requested,
    label: `${clients(holds)}, then the queue is full`,
    why,
    change: [`${advice}: ${clients(to + 1)}${capped}`],
    leave: [],
    matters: mattersFor(facts, holds),
    to,
  };
}

/** The number of clients in words; one is not "1 clients". */
export function clients(count: number): string {
  return count === 1 ? "1 client" : `${String(count)} clients`;
}

function knownSomaxconn(facts: BacklogFacts): number | undefined {
  return facts.somaxconn !== undefined && isStated(facts.somaxconn) ? onlyValue(facts.somaxconn) : undefined;
}

/** What the verdict hangs on: nothing when every value that it can have is small and none comes from the environment. */
function conditionFor(small: readonly Case[], all: readonly Case[], complete: boolean): string | undefined {
  const inside = small.find((one) => one.variable !== undefined);
  if (complete && small.length === all.length) return inside === undefined ? undefined : `${String(inside.variable)} being unset`;
  const [first] = small;
  return first === undefined ? undefined : (conditionOf(first) ?? "which of the values is in force");
}

/** An empty queue is an error; what hangs on something, or is hardly ever used, is a note. */
function severityOf(value: number, conditional: boolean, roundRobin: boolean): Severity {
  if (conditional || roundRobin) return "note";
  return value === 0 ? "error" : "warning";
}

function mattersFor(facts: BacklogFacts, holds: number): string {
  const more = `more than ${clients(holds)}`;
  if (facts.roundRobin === true) return `Hardly here: ${more} must arrive while the cluster's primary stands still.`;
  switch (facts.server) {
    case "node":
      return `Only when ${more} arrive while the event loop is busy; an idle loop accepts faster than they come.`;
    case "nginx":
      return `Only when ${more} arrive before a worker gets to accept; nginx accepts fast, so a burst or a stalled worker shows it.`;
    case "uvicorn":
    case "hypercorn":
    case "daphne":
      return `Only when ${more} arrive while the event loops are busy; an idle loop accepts faster than they come.`;
    case "gunicorn":
      return `As soon as all workers are busy and ${more} wait.`;
  }
}
