import { place, type ShowFile } from "../report/places.ts";
import type { Style } from "../report/style.ts";
import { expandTabs, firstLines, padEnd, safe, width, wrap } from "../report/text.ts";
import { addressText } from "../report/words.ts";
import type { Decoded } from "./decode.ts";
import type { Settings } from "./settings.ts";

/** Columns of an answer. */
const columns = 96;
/** Settings of a repository that are told. */
const most = 12;

export interface Answer extends Decoded {
  /** Of the repository, where one was given. */
  readonly settings?: Settings;
}

/** One meaning: the line, what it is and is not, what to look at, and where it is set. */
export function answerText({ line, at, times, meaning: { is, not, next, rule, about }, settings }: Answer, show: ShowFile, style: Style): string {
  const lines = [style.paint("bold", excerpt(line, at)), ...(times === 1 ? [] : [`  and ${String(times - 1)} more that ${times === 2 ? "means" : "mean"} the same`]), ""];
  const item = (title: string, texts: readonly string[]): void => {
    for (const [index, text] of texts.entries()) lines.push(`  ${(index === 0 ? title : "").padEnd(6)}${text}`);
  };
  item("is", paragraph(safe(is)));
  for (const [index, one] of not.entries()) item(index === 0 ? "not" : "", bullet(paragraph(safe(one), 2)));
  for (const [index, { command, shows }] of next.entries()) item(index === 0 ? "look" : "", [style.paint("cyan", safe(command)), ...paragraph(shows, 2).map((text) => `  ${text}`)]);
  if (settings !== undefined && (settings.settings.length > 0 || settings.fits === false)) {
    if (settings.fits === false && about !== undefined) item("here", paragraph(`no file says that anything listens on ${addressText(about)}${settings.settings.length === 0 ? "" : "; what is set for the others:"}`));
    const told = settingLines(settings, show);
    item(settings.fits === false ? "" : "here", told);
  }
  if (rule !== undefined) item("read", [`audit-backlog explain ${rule}`]);
  return `${lines.join("\n")}\n`;
}

function settingLines({ settings }: Settings, show: ShowFile): readonly string[] {
  const rows = settings.map(({ of, name, value, origin }) => [safe(of), `${name} ${safe(value)}`, place(origin, show)] as const);
  const distinct = [...new Map(rows.map((row) => [row.join("\n"), row])).values()];
  const wide = (index: 0 | 1): number => distinct.reduce((longest, row) => Math.max(longest, width(row[index])), 0);
  return firstLines(distinct.map(([of, value, where]) => `${padEnd(of, wide(0))}  ${padEnd(value, wide(1))}  ${where}`), most);
}

function paragraph(text: string, indent = 0): string[] {
  return wrap(text, columns - 8 - indent);
}

function bullet(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${index === 0 ? "-" : " "} ${line}`);
}

/** A line; of one that is longer than a screen is wide, what begins with the words that are known. */
function excerpt(line: string, at: number): string {
  const whole = expandTabs(safe(line.slice(0, 4 * columns).trimEnd()));
  if (line.length <= 4 * columns && width(whole) <= columns) return whole;
  const before = at === 0 ? "" : "…";
  const text = at === 0 ? whole : expandTabs(safe(line.slice(at, at + 4 * columns).trimEnd()));
  let kept = before;
  let taken = width(before);
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += width(segment);
    if (taken > columns - 1) return `${kept}…`;
    kept += segment;
  }
  return kept;
}
