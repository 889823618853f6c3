import type { Finding } from "@audit-backlog/audit";
import { measuredBlock } from "../measured-block.ts";
import { place, sayWithPlaces } from "../places.ts";
import type { Shown } from "../shown.ts";
import { plainStyle } from "../style.ts";
import { firstLines, lowerFirst, safe } from "../text.ts";
import type { Related } from "./result.ts";

/** Of each kind of reason. */
const MAX_LINES = 50;

/** The whole finding in words; each place in it is a link to a related location, and each of those is linked at least once. */
export function messageOf(finding: Finding, related: readonly Related[], { shown, files }: { readonly shown: Shown; readonly files: ReadonlySet<string> }): string {
  const { message, why, change, leave, matters, certainty, locations: [primary] } = finding;
  const measured = shown.measured?.get(finding);
  const ids = new Map<string, number>();
  for (const [index, { origin }] of related.entries()) {
    const key = `${origin.file}:${origin.range.start.line}`;
    if (!ids.has(key)) ids.set(key, index + 1);
  }
  const linked = new Set<number>();
  const say = (text: string): string =>
    sayWithPlaces(withoutLinks(text), files, (file, line) => {
      const id = ids.get(`${file}:${line}`);
      const shownPlace = `${safe(shown.show(file))}:${line}`;
      if (id === undefined) return withoutLinks(shownPlace);
      linked.add(id);
      return link(shownPlace, id);
    });
  const lines = [
    message,
    ...(primary === undefined || primary.origin.kind === "file" ? [] : [`Set by ${place(primary.origin, shown.show)}.`]),
    ...firstLines(why, MAX_LINES),
    ...firstLines(change, MAX_LINES).map((text) => `change: ${text}`),
    ...firstLines(leave, MAX_LINES).map((text) => `leave: ${text}`),
    ...(matters === undefined ? [] : [`it matters: ${lowerFirst(matters)}`]),
    ...(certainty.kind === "conditional" ? [`it hangs on: ${certainty.on}`] : []),
    ...(measured === undefined ? [] : [measuredBlock(measured, plainStyle).head]),
  ].map(say);
  const unnamed = related.flatMap(({ label }, index) => (linked.has(index + 1) ? [] : [link(safe(label), index + 1)]));
  return placeholderFree([...lines, ...(unnamed.length === 0 ? [] : [`See also: ${unnamed.join(", ")}`])].join("\n"));
}

/** Source: SARIF 2.1.0, 3.11.6 messages with embedded links. */
function link(text: string, id: number): string {
  return `[${text.replaceAll(/[\\[\]]/g, String.raw`\$&`)}](${id})`;
}

/** Words of an audited file make no link of their own. */
function withoutLinks(text: string): string {
  return text.replaceAll("](", "] (");
}

/** `{0}` stands for an argument, which there is none of. Source: SARIF 2.1.0, 3.11.5 messages with placeholders. */
export function placeholderFree(text: string): string {
  return text.replaceAll(/\{(\d+)\}/g, "{{$1}}");
}
