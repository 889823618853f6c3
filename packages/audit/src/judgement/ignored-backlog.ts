import type { IgnoredBacklog } from "@audit-backlog/model";
import { casesOf, onlyValue, placeOf } from "../values.ts";
import { serverNames, type BacklogFacts, type Judgement } from "./facts.ts";

/** Numbers that somebody wrote and that never reach the kernel. One that equals the number in force does no harm. */
export function judgeIgnoredBacklogs(facts: BacklogFacts): readonly Judgement[] {
  const inForce = onlyValue(facts.backlog.requested);
  const lost = facts.backlog.ignored.flatMap((ignored) => {
    const written = onlyValue(ignored.setting);
    return written !== undefined && written === inForce ? [] : [judgeOne(facts, ignored, written, inForce)];
  });
  const fallback = judgeFallback(facts);
  return fallback === undefined ? lost : [fallback, ...lost];
}

/**
 * 0, NaN or a negative number in a place where Node takes it for none at all. What is not a number says nothing about a
 * queue, and as a fallback beside something else such a number is how "the default" is written.
 * Source: node: lib/net.js Server.prototype.listen, toNumber, setupListenHandle.
 */
function judgeFallback({ backlog, server }: BacklogFacts): Judgement | undefined {
  const { written, requested, reading, serverDefault } = backlog;
  if (server !== "node" || reading !== "fallback" || written?.value.kind !== "exact") return undefined;
  const text = written.value.value;
  const isNegative = /^["\s]*-\s*[^0\s]/.test(text);
  if (!isNegative && !/^["\s]*(?:-?0|NaN)\b/.test(text)) return undefined;
  return {
    rule: "ignored-backlog",
    severity: "note",
    certainty: { kind: "certain" },
    message: `backlog ${text} never reaches the kernel, because here Node takes numbers above 0 only; ${String(serverDefault)} is in force${isNegative ? " (the option { backlog: -1 } asks for net.core.somaxconn)" : ""}.`,
    subject: requested,
    label: "never reaches the kernel",
    why: [`in force: ${String(serverDefault)} (Node's default)`],
    change: ["leave it out, or write the number that is meant"],
    leave: [],
    matters: "Only to whoever reads the file: the number does nothing.",
  };
}

/** More was asked for than is in force: a stated number is missed. Less, or unknown: it only misleads the reader. */
function judgeOne(facts: BacklogFacts, ignored: IgnoredBacklog, written: number | undefined, inForce: number | undefined): Judgement {
  const missed = written !== undefined && inForce !== undefined && written > inForce && inForce >= 0;
  const condition = ignored.hangsOn;
  const text = written === undefined ? (ignored.setting.text ?? "written here") : String(written);
  const place = placeOf(facts.backlog.requested.origin);
  return {
    rule: "ignored-backlog",
    severity: missed && condition === undefined ? "warning" : "note",
    certainty: condition === undefined ? { kind: "certain" } : { kind: "conditional", on: condition },
    message: `backlog ${text} never reaches the kernel, because ${ignored.because}; ${inForceText(facts, inForce)}.`,
    subject: ignored.setting,
    label: "never reaches the kernel",
    why: [`in force: ${inForce === undefined ? describeInForce(facts) : String(inForce)} (${place})`],
    change: [advice[ignored.reason]],
    leave: [],
    matters: missed ? `When more than ${String(inForce + 1)} clients wait: the queue ends there, not at ${String(written + 1)}.` : "Only to whoever reads the file: the number does nothing.",
  };
}

function inForceText(facts: BacklogFacts, inForce: number | undefined): string {
  if (inForce === undefined) return `${describeInForce(facts)} is in force`;
  return inForce < 0 ? "net.core.somaxconn is in force" : `${String(inForce)} is in force`;
}

function describeInForce(facts: BacklogFacts): string {
  const { known } = casesOf(facts.backlog.requested);
  const numbers = known.map((one) => String(one.value)).join(" or ");
  return numbers === "" ? (facts.backlog.requested.text ?? `${serverNames[facts.server]}'s own number`) : numbers;
}

/** What puts the number in force, by the reason why it is not. */
const advice: Readonly<Record<IgnoredBacklog["reason"], string>> = {
  "later-parameter-wins": "keep one backlog parameter: the last one counts",
  "systemd-socket": "set the number in the server's own settings and take Backlog= out of the socket unit",
  "node-fd": "pass the number after the object: listen({ fd }, backlog)",
  "cluster-first-worker": "give every worker the same number: the first one to listen sets it for all",
  "gunicorn-worker": "use a worker class that passes gunicorn's backlog on, or take the setting out",
  "positional-lost": "pass an object: listen({ port, host, backlog })",
};
