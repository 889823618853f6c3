import { place, type ShowFile } from "../report/places.ts";
import type { Style } from "../report/style.ts";
import { expandTabs, firstLines, padEnd, plural, safe, width } from "../report/text.ts";
import { addressText, listenerText } from "../report/words.ts";
import type { Comparison } from "./compare.ts";
import { isForwarder, type LiveListener, type Machine } from "./machine.ts";

/** Other network namespaces that are told. */
const most = 8;

/** The table of what listens, and what is to be said about the machine as a whole. */
export function machineText(machine: Machine, style: Style): string {
  const { kernel, somaxconn, listeners, counters, missing } = machine;
  const counted = [...counters].map(([name, count]) => `${name} ${String(count)}`);
  return [
    style.paint("bold", `Linux ${safe(kernel)} · net.core.somaxconn ${String(somaxconn)} · this network namespace`),
    "",
    ...(listeners.length === 0 ? ["  nothing listens here"] : table(machine, style)),
    "",
    ...(missing === undefined ? [] : [`Backlogs in force are not known: ${safe(missing)}.`]),
    ...(counted.length === 0 ? ["The kernel shows no counters of full queues here."] : [`${counted.join(" · ")}: since this namespace was made; TCP only`]),
    ...surroundings(machine),
    "",
  ].join("\n");
}

function table({ listeners, somaxconn }: Machine, style: Style): readonly string[] {
  const rows = [...listeners].sort(byAddress).map((listener) => ({ cells: [liveAddress(listener), processText(listener), listener.queue ?? "?", listener.effective ?? "?"].map(String), mark: markOf(listener, somaxconn), full: isFull(listener) }));
  const heads = ["address", "process", "queue", "backlog"];
  const wide = heads.map((head, index) => rows.reduce((longest, { cells }) => Math.max(longest, width(cells[index] ?? "")), head.length));
  const line = (cells: readonly string[]): string => cells.map((cell, index) => (index < 2 ? padEnd(cell, wide[index] ?? 0) : cell.padStart(wide[index] ?? 0))).join("  ");
  return [
    `  ${style.paint("dim", line(heads))}`,
    ...rows.map(({ cells, mark, full }) => {
      const text = `  ${line(cells)}${mark === undefined ? "" : `  ${mark}`}`;
      return full ? style.paint("red", text) : text;
    }),
  ];
}

function byAddress({ address: a }: LiveListener, { address: b }: LiveListener): number {
  if (a.family === "tcp" && b.family === "tcp") return a.port - b.port || (a.host < b.host ? -1 : 1);
  if (a.family === "unix" && b.family === "unix") return a.path < b.path ? -1 : 1;
  return a.family === "tcp" ? -1 : 1;
}

/** Whether the queue has no place left: it holds one more than the backlog in force. */
export function isFull({ queue, effective }: LiveListener): boolean {
  return queue !== undefined && effective !== undefined && queue > effective;
}

function markOf(listener: LiveListener, somaxconn: number): string | undefined {
  const { effective, address } = listener;
  if (isFull(listener)) return address.family === "unix" ? "full: whoever comes is refused (EAGAIN), or waits if it may block" : "full: new clients have to try again";
  if (isForwarder(listener)) return "a container's port: the listener that counts is in its namespace";
  if (effective === undefined) return undefined;
  if (effective === somaxconn) return "= somaxconn: as much or more was asked for";
  if (effective > somaxconn) return "above somaxconn: it listened before that was lowered";
  return undefined;
}

function liveAddress({ address }: LiveListener): string {
  const text = address.family === "tcp" ? `${address.host.includes(":") ? `[${address.host}]` : address.host}:${String(address.port)}` : addressText(address);
  return cutStart(text, 50);
}

/** Paths differ at their ends. */
function cutStart(text: string, columns: number): string {
  let kept = text;
  while (width(kept) > columns - 1) kept = kept.slice(Math.max(1, width(kept) - columns));
  return kept === text ? text : `…${kept}`;
}

/** `gunicorn 812 and 4 more`: workers hold the socket of their master. */
function processText({ processes }: LiveListener): string {
  const [first, ...others] = processes;
  if (first === undefined) return "?";
  return `${cut(safe(first.name), 20)} ${String(first.pid)}${others.length === 0 ? "" : ` and ${String(others.length)} more`}`;
}

function cut(text: string, columns: number): string {
  const flat = expandTabs(text);
  if (width(flat) <= columns) return flat;
  let kept = "";
  for (const char of flat) {
    if (width(kept + char) > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

function surroundings({ listeners, hidden, elsewhere }: Machine): readonly string[] {
  const unknown = listeners.filter(({ processes }) => processes.length === 0).length;
  return [
    ...(unknown === 0 ? [] : [`The processes of ${plural(unknown, "listener")} can't be seen: ${hidden > 0 ? "run this as root" : "they run outside this process namespace"}.`]),
    ...(elsewhere.length === 0
      ? ["Containers have network namespaces of their own, with listeners, somaxconn and counters that are not shown here: nsenter -t PID -n audit-backlog live"]
      : [
          `${plural(elsewhere.length, "other network namespace")} (containers, mostly) ${elsewhere.length === 1 ? "has" : "have"} listeners, somaxconn and counters that are not shown here:`,
          ...firstLines(elsewhere.map(({ pid, name }) => `  nsenter -t ${String(pid)} -n audit-backlog live   (${cut(safe(name), 20)})`), most),
        ]),
  ];
}

/** What became of what the files ask for. */
export function comparisonText(comparisons: readonly Comparison[], machine: Machine, where: { readonly name: string; readonly show: ShowFile; readonly style: Style }): string {
  const { name, show, style } = where;
  const present = comparisons.filter(({ verdict }) => verdict !== "absent");
  const absent = comparisons.filter(({ verdict }) => verdict === "absent");
  const titles = (all: readonly Comparison[]): readonly string[] => all.map(({ service, listener }) => `${safe(service.name)} ${listenerText(listener)}`);
  const lines = present.flatMap((comparison, index) => [
    `  ${titles(present)[index] ?? ""}  ${place(comparison.listener.backlog.requested.origin, show)}`,
    `    ${style.paint(comparison.verdict === "clamped" || comparison.verdict === "differs" ? "yellow" : "dim", verdictText(comparison, machine))}`,
  ]);
  return [
    "",
    style.paint("bold", `Beside the files of ${safe(name)}`),
    "",
    ...(comparisons.length === 0 ? ["  no listener with a known address in them"] : []),
    ...lines,
    ...(absent.length === 0 ? [] : [...(lines.length === 0 ? [] : [""]), `  Nothing listens here at ${plural(absent.length, "address", "addresses")} of the files (not started, in a container, on another machine):`, ...firstLines(titles(absent).map((title) => `    ${title}`), most)]),
    "",
  ].join("\n");
}

function verdictText({ verdict, requested, live, listener: { backlog }, service }: Comparison, { somaxconn }: Machine): string {
  const got = [...new Set(live.map(({ effective }) => effective ?? "?"))].join(" and ");
  const asked = requested === undefined ? "" : `${backlog.reading === "default" ? "gets by default" : "asks for"} ${String(requested)}`;
  switch (verdict) {
    case "as asked":
      return `${asked}: in force`;
    case "clamped":
      return `${asked}, got ${got}: net.core.somaxconn ${String(somaxconn)} clamps it`;
    case "differs":
      return `${asked}${requested !== undefined && requested > somaxconn ? ` (${String(somaxconn)} with somaxconn as it is now)` : ""}, but ${got} is in force: not restarted since file or somaxconn changed${service.kind === "nginx" ? " (a reload does not call listen() again for somaxconn)" : ""}, or something else sets it`;
    case "unknown":
      return requested === undefined ? `what the file asks for is known only at run time; in force: ${got}` : `${asked}; what is in force is not known`;
    case "absent":
      return "nothing listens there";
  }
}
