import type { Finding } from "@audit-backlog/audit";
import { exactPlace, place, sayerOf } from "./places.ts";
import type { Shown } from "./shown.ts";
import { summaryText } from "./summary.ts";
import { inert } from "./text.ts";

/** One line a finding, as compilers print them: `path:line:column: severity rule: message`. The last line is the summary. */
export function concise(shown: Shown): string {
  const say = sayerOf(shown);
  return `${[...shown.report.findings.map((finding) => conciseLine(finding, say, shown)), summaryText(shown)].join("\n")}\n`;
}

export function conciseLine({ locations: [primary], severity, rule, message, certainty }: Finding, say: (text: string) => string, shown: Pick<Shown, "show" | "textOf">): string {
  const at = primary === undefined ? "-" : primary.origin.kind === "file" ? exactPlace(primary.origin, shown) : place(primary.origin, shown.show);
  const condition = certainty.kind === "conditional" ? ` (it hangs on: ${say(certainty.on)})` : "";
  return inert(`${at}: ${severity} ${rule}: ${say(message)}${condition}`.replaceAll("\t", " "));
}
