import { compare, places, type Count, type Counted, type Disagreement, type Environment, type Measurement, type Outcome } from "@audit-backlog/model";
import type { Style } from "./style.ts";
import { padEnd, width } from "./text.ts";

/** What the places of an outcome mean to a client. */
const words: Readonly<Record<keyof Outcome, string>> = {
  queued: "waiting in the queue",
  accepted: "accepted",
  dropped: "dropped, no answer to the SYN",
  eagain: "refused at once, EAGAIN",
  closed: "accepted, then closed",
  answered: "answered",
  badGateway: "502 by the proxy",
  gatewayTimeout: "504 by the proxy",
  timedOut: "gave up waiting",
  phantoms: "connected, yet in no queue",
  overflowsAfter: "seconds until the first is turned away",
};

/** `65`, `65 to 73`. */
export function countText(count: Count | undefined): string {
  if (count === undefined) return "–";
  return typeof count === "number" ? numberText(count) : `${numberText(count.atLeast)} to ${numberText(count.atMost)}`;
}

function numberText(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(2);
}

/** The name of a place, as a table prints it. */
export function placeText(place: keyof Outcome): string {
  return words[place];
}

/** `predicted | measured`, a line for each place where one of them has clients. */
export function measuredTable(predicted: Outcome, measured: Counted, style: Style): readonly string[] {
  const differing = new Map<keyof Outcome, Disagreement>(compare(predicted, measured).map((one) => [one.place, one]));
  const rows = [...places, "phantoms" as const, "overflowsAfter" as const]
    .filter((place) => differing.has(place) || !isNothing(predicted[place]) || !isNothing(measured[place]))
    .map((place) => ({ name: words[place], predicted: countText(predicted[place]), measured: countText(measured[place]), differs: differing.has(place) }));
  const names = Math.max(...rows.map(({ name }) => width(name)));
  const numbers = Math.max("predicted".length, ...rows.map((row) => width(row.predicted)));
  return [
    style.paint("dim", `${padEnd("", names)}  ${"predicted".padStart(numbers)} │ measured`),
    ...rows.map((row) => {
      const line = `${padEnd(row.name, names)}  ${row.predicted.padStart(numbers)} │ ${row.measured}`;
      return row.differs ? style.paint(["red", "bold"], `${line}   differs`) : line;
    }),
  ];
}

function isNothing(count: Count | undefined): boolean {
  return count === undefined || count === 0 || (typeof count === "object" && count.atMost === 0);
}

/** On what it was measured, and what of it is not as asked; once for all measurements. */
export function footText(measurements: readonly Pick<Measurement, "environment">[]): readonly string[] {
  const environments = measurements.map(({ environment }) => environment);
  const [first, ...more] = environments;
  if (first === undefined) return [];
  // Versions of all servers that ran; each scenario may have a somaxconn of its own.
  const somaxconn = new Set(environments.map(({ sysctls }) => sysctls["net.core.somaxconn"]));
  const shown: Environment = { ...more.reduce((all, one) => ({ ...all, ...one }), first), ...(somaxconn.size === 1 ? {} : { sysctls: {} }) };
  return [environmentText(shown), ...new Set(environments.flatMap(({ instead }) => instead.map((line) => `not as asked: ${line}`)))];
}

/** `Linux 6.6 · own network namespace · nginx 1.22.1`: on what it was measured. */
function environmentText({ namespace, kernel, node, nginx, gunicorn, gevent, sysctls }: Environment): string {
  const where = { root: "own network namespace", user: "own network namespace (unprivileged)", host: "the host's network namespace" }[namespace];
  const somaxconn = sysctls["net.core.somaxconn"];
  return [
    `Linux ${kernel}`,
    where,
    ...(somaxconn === undefined ? [] : [`somaxconn ${somaxconn}`]),
    ...(nginx === undefined ? [] : [`nginx ${nginx}`]),
    ...(gunicorn === undefined ? [] : [`gunicorn ${gunicorn}`]),
    ...(gevent === undefined ? [] : [`gevent ${gevent}`]),
    `Node ${node}`,
  ].join(" · ");
}
