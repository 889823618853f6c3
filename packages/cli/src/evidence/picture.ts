import { predict, type Count, type Scenario } from "@audit-backlog/model";
import type { RecordedSide, RuleRecord } from "./record.ts";

const width = 640;
const height = 320;
const left = 72;
const right = 24;
const top = 48;
const bottom = 56;

const colours = { before: "#c2410c", after: "#0f766e" } as const;

/** How many of a burst are let in for sure, and at best, by arithmetic. */
export function predictedHeld(scenario: Scenario, clients: number): { readonly atLeast: number; readonly atMost: number } {
  const { load } = scenario;
  if (load.kind === "sustained") throw new RangeError("a steady load has no size");
  const { queued, accepted, answered } = predict({ ...scenario, load: { ...load, clients } });
  const bounds = [queued, accepted, answered].map((count: Count) => (typeof count === "number" ? { atLeast: count, atMost: count } : count));
  const sum = (of: "atLeast" | "atMost"): number => bounds.reduce((all, bound) => all + bound[of], 0);
  return { atLeast: Math.min(clients, sum("atLeast")), atMost: Math.min(clients, sum("atMost")) };
}

/** Predicted lines and measured points, before and after the change; the size of the burst on x. Readable on light and dark pages. */
export function picture({ rule, before, after }: RuleRecord & { kind: "scenarios" }): string {
  const last = Math.max(...[before, after].flatMap(({ sweep }) => sweep.map(({ clients }) => clients)));
  const x = (clients: number): number => round(left + (clients / last) * (width - left - right));
  const y = (held: number): number => round(height - bottom - (held / last) * (height - top - bottom));
  const tick = (value: number): string => `<text x="${x(value)}" y="${height - bottom + 18}" text-anchor="middle">${value}</text><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`;
  const side = (name: "before" | "after", { scenario, sweep }: RecordedSide): string => {
    const line = [`M${x(0)} ${y(0)}`, ...bends(scenario, last).map(([clients, held]) => `L${x(clients)} ${y(held)}`)].join("");
    const dots = sweep.map(({ clients, held }) => `<circle cx="${x(clients)}" cy="${y(held)}" r="4"/>`).join("");
    return `<g fill="${colours[name]}"><path d="${line}" fill="none" stroke="${colours[name]}" stroke-width="2"${name === "after" ? ' stroke-dasharray="6 4"' : ""}/>${dots}</g>`;
  };
  const legend = (["before", "after"] as const).map((name, index) => legendText(name, left + index * 120)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="13">
<title id="title">${rule}: clients let in by the size of the burst; lines are predicted, points measured</title>
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
<path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#6b7280"/>
<path d="M${left} ${y(last / 2)}H${width - right}M${left} ${y(last)}H${width - right}" fill="none" stroke="#e5e7eb"/>
<g fill="#374151">${[0, Math.round(last / 2), last].map(tick).join("")}
<text x="${(left + width - right) / 2}" y="${height - 14}" text-anchor="middle">clients ${before.scenario.load.kind}</text>
<text x="16" y="${(top + height - bottom) / 2}" text-anchor="middle" transform="rotate(-90 16 ${(top + height - bottom) / 2})">let in</text>
<text x="${width - right}" y="${top - 22}" text-anchor="end">lines: predicted · points: measured</text></g>
${legend}
${side("after", after)}
${side("before", before)}
${limitText(before, last, y)}
</svg>
`;
}

/** A piece of the line, and what it stands for. */
function legendText(name: "before" | "after", x: number): string {
  const dashes = name === "after" ? ' stroke-dasharray="6 4"' : "";
  return `<path d="M${x} ${top - 26}h22" stroke="${colours[name]}" stroke-width="2"${dashes}/><text x="${x + 28}" y="${top - 22}" fill="${colours[name]}">${name === "before" ? "as it is" : "after the change"}</text>`;
}

/** How many are let in of the largest burst, as it is: below the line where there is room. */
function limitText({ scenario }: RecordedSide, last: number, y: (held: number) => number): string {
  const { atLeast } = predictedHeld(scenario, last);
  const at = y(atLeast);
  return `<text x="${width - right}" y="${at + 20 < height - bottom - 4 ? at + 20 : at - 10}" text-anchor="end" fill="${colours.before}">${atLeast}</text>`;
}

/** The points of the predicted line where its slope changes, and its last. */
function bends(scenario: Scenario, last: number): readonly (readonly [number, number])[] {
  const held = Array.from({ length: last + 1 }, (_, clients) => (clients === 0 ? 0 : predictedHeld(scenario, clients).atLeast));
  const at = (clients: number): number => held[clients] ?? 0;
  return held.flatMap((count, clients) => {
    const isBend = clients === last || (clients > 0 && at(clients + 1) - count !== count - at(clients - 1));
    return isBend ? [[clients, count] as const] : [];
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
