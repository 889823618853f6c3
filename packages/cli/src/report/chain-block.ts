import { assumptionsFor, type Report } from "@audit-backlog/audit";
import { effectiveBacklog, intervalOf, queueCapacity } from "@audit-backlog/model";
import type { Assumptions, ChainLimits, LastInLine, Limit, Listener, Origin, Unbounded } from "@audit-backlog/model";
import { place } from "./places.ts";
import type { Shown } from "./shown.ts";
import { padEnd, width } from "./text.ts";
import { chainTitle, intervalText, termsText, type LookUp } from "./words.ts";

/** A chain with its limits; one line where a listener stands alone and nothing was found about it. */
export function chainBlock(limits: ChainLimits, look: LookUp, shown: Shown): string[] {
  const { report } = shown;
  const found = report.findings.some(({ chain, listener }) => chain === limits.chain.id || (chain === undefined && listener === limits.chain.hops[0]?.members[0]?.listener));
  const title = chainTitle(limits.chain, look);
  if (limits.chain.hops.length === 1 && !found) return [quietLine(title, limits, look, shown)];
  const rows = limitRows(limits, look, report);
  const columns = [0, 1, 2].map((column) => rows.reduce((most, row) => Math.max(most, width(row.cells[column] ?? "")), 0));
  return [
    shown.style.paint("bold", title),
    "",
    ...rows.map(({ cells, origin }) => {
      const text = cells.map((cell, column) => (column === 2 && origin === undefined ? cell : padEnd(cell, columns[column] ?? 0))).join("   ");
      return `  ${text}${origin === undefined ? "" : `   ${shown.style.paint("dim", place(origin, shown.show))}`}`.trimEnd();
    }),
  ];
}

interface Row {
  readonly cells: readonly [string, string, string];
  readonly origin?: Origin;
}

function limitRows(limits: ChainLimits, look: LookUp, report: Report): Row[] {
  const assumptions = assumptionsFor(report.options, limits.chain);
  const rows: Row[] = [];
  const best = "unbounded" in limits.bestAtOnce ? "" : intervalText(limits.bestAtOnce.value);
  const sure = intervalText(limits.sureAtOnce.value);
  rows.push(
    row("all at once", best === "" || best === sure ? `${sure} sure` : `${sure} sure, ${best} at best`, termsText(limits.sureAtOnce, assumptions), limits.sureAtOnce),
  );
  rows.push(
    isUnbounded(limits.spreadOut)
      ? { cells: ["spread out", "no setting bounds it", limits.spreadOut.because] }
      : row("spread out", intervalText(limits.spreadOut.value), termsText(limits.spreadOut, assumptions), limits.spreadOut),
  );
  rows.push(...roomRows(limits));
  const pass = limits.chain.hops.at(-1)?.pass;
  if (limits.lastInLine !== undefined) {
    const isClient = pass === undefined || isClients(limits.lastInLine.patience?.origin, assumptions);
    rows.push(lastInLineRow(limits.lastInLine, isClient ? "the client" : proxyName(limits, look)));
  }
  if (limits.sustained !== undefined) {
    const { capacity, overflowsAfter } = limits.sustained;
    rows.push({
      cells: [
        "sustained",
        `${rounded(capacity.low)}/s`,
        overflowsAfter === undefined ? `carries the ${assumptions.arrivalRate ?? 0}/s stated` : `at ${assumptions.arrivalRate ?? 0}/s full after ${rounded(overflowsAfter.low)} s: no backlog cures that`,
      ],
    });
  }
  return rows;
}

/** Whether it is the client whose patience ends first. */
function isClients(origin: Origin | undefined, { origins }: Assumptions): boolean {
  return origin?.kind === "option" || (origin !== undefined && origin === origins?.clientTimeout);
}

/** Where the connections of a proxy bind, how many of them a burst really gets: measured, a few less than the arithmetic. */
function roomRows({ hops, sureAtOnce, spreadOut }: ChainLimits): Row[] {
  return hops.flatMap(({ room, roomInBurst }): Row[] => {
    if (room === undefined || isUnbounded(room) || roomInBurst === undefined) return [];
    const binds = [sureAtOnce, spreadOut].some((limit) => !isUnbounded(limit) && limit.value.low === room.value.low);
    return binds ? [{ cells: ["nginx's room", `${intervalText(room.value)} proxied`, `${intervalText(roomInBurst)} of them when they come as one burst (measured)`] }] : [];
  });
}

function row(name: string, value: string, terms: string, limit: Limit): Row {
  const origins = limit.binding.map((setting) => setting.value.origin);
  const origin = origins.find(({ kind }) => kind === "file") ?? origins[0];
  return { cells: [name, value, terms], ...(origin === undefined ? {} : { origin }) };
}

function lastInLineRow({ serviceTimes, patience, breakEven }: LastInLine, who: string): Row {
  const known = serviceTimes.low === serviceTimes.high;
  const times = `${known ? "" : "up to "}${Number.isFinite(serviceTimes.high) ? serviceTimes.high : "any number of"} × the service time`;
  if (patience === undefined || breakEven === undefined) return { cells: ["last in line", times, ""] };
  const seconds = intervalText(intervalOf(patience, 0, {}));
  return {
    cells: ["last in line", times, `above ${rounded(breakEven.low)} s a request, ${who} ${known ? "gives" : "may give"} up first (${seconds} s)`],
    origin: patience.origin,
  };
}

function proxyName(limits: ChainLimits, look: LookUp): string {
  const member = limits.chain.hops.at(-2)?.members[0];
  return member === undefined ? "the proxy" : (look.service(member.service)?.kind ?? "the proxy");
}

function rounded(value: number): string {
  if (!Number.isFinite(value)) return "any";
  return value >= 100 ? String(Math.round(value)) : value >= 0.1 ? value.toFixed(1) : value.toPrecision(2);
}

function isUnbounded(limit: Limit | Unbounded): limit is Unbounded {
  return "unbounded" in limit;
}

/** `nginx :80   511 by default: 512 clients at once`, or what binds before the queue is full. */
function quietLine(title: string, limits: ChainLimits, look: LookUp, shown: Shown): string {
  const member = limits.chain.hops[0]?.members[0];
  const listener = member === undefined ? undefined : look.listener(member.listener);
  const service = member === undefined ? undefined : look.service(member.service);
  if (listener === undefined || service === undefined) return title;
  const busy = service.kind === "node" || service.kind === "asgi" ? "clients while the event loop is busy" : "clients at once";
  const { binding, value } = limits.sureAtOnce;
  const byQueue = binding.some(({ name }) => name === "backlog" || name === "net.core.somaxconn");
  const what = byQueue ? requestedText(listener) : termsText(limits.sureAtOnce, shown.report.options.assumptions);
  const written = byQueue ? undefined : binding.map((setting) => setting.value.origin).find(({ kind }) => kind === "file");
  return `${padEnd(title, 44)}  ${padEnd(`${what}: ${intervalText(value)} ${busy}`, 58)}  ${shown.style.paint("dim", place(written ?? listener.origin, shown.show))}`;
}

function requestedText(listener: Listener): string {
  const { requested, reading } = listener.backlog;
  const { low, high } = intervalOf(requested, 0, {});
  if (low !== high) return high === Infinity ? "backlog known only at run time" : `backlog ${low} to ${high}`;
  const somaxconn = intervalOf(listener.somaxconn, 0, {});
  const effective = effectiveBacklog(low, somaxconn.low);
  const clamped = effective === low || queueCapacity(effective) > queueCapacity(low) ? "" : `, clamped to ${effective}`;
  return reading === "default" ? `${low} by default${clamped}` : `backlog ${low}${clamped}`;
}
