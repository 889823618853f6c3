import { suppressionRules, type Finding } from "@audit-backlog/audit";
import type { FileOrigin } from "@audit-backlog/model";
import type { Flaw, Lines } from "./file-wishes.ts";

type Kind = "malformed" | "unknown" | "unused" | "expired";

export function flawFinding({ kind, origin, text }: Flaw): Finding {
  if (kind === "unknown") return about("unknown", origin, sentence(`A comment names a rule in vain: ${text}`), text, "write the name of a rule: audit-backlog rules lists them");
  return about("malformed", origin, sentence(`A comment for audit-backlog can't be understood: ${text}`), text, "write it as audit-backlog explain malformed-suppression shows, or delete it");
}

/** `elsewhere`: lines of the same file where one of the rules is reported; `instead`: rules reported in the lines that are covered. */
export function unusedFinding(origin: FileOrigin, rules: readonly string[], lines: Lines, { elsewhere, instead }: { readonly elsewhere: readonly number[]; readonly instead: readonly string[] }): Finding {
  const hint = instead.length > 0 ? ` ${list(instead)} ${instead.length === 1 ? "is" : "are"} reported there.` : elsewhere.length > 0 ? ` Line${elsewhere.length === 1 ? "" : "s"} ${list(elsewhere.map(String))} would be the place.` : "";
  const message = `A comment suppresses ${list(rules)} for ${linesText(lines)}, where nothing of the kind is reported.${hint}`;
  return about("unused", origin, message, "suppresses nothing", elsewhere.length > 0 ? "move it, or delete it" : "delete it");
}

/** `again`: the rules that are reported again. */
export function expiredFinding(origin: FileOrigin, until: string, again: readonly string[]): Finding {
  const now = again.length === 0 ? "nothing is left to suppress" : `${list(again)} ${again.length === 1 ? "is" : "are"} reported again`;
  return about("expired", origin, `A comment held until ${until}: ${now}.`, "the day has passed", again.length === 0 ? "delete it" : "mend the setting, or decide again and write a later day");
}

function sentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`;
}

function about(kind: Kind, origin: FileOrigin, message: string, label: string, change: string): Finding {
  const id = `${kind}-suppression`;
  return {
    rule: id,
    severity: suppressionRules.find((rule) => rule.id === id)?.severities[0] ?? "warning",
    certainty: { kind: "certain" },
    message,
    locations: [{ role: "primary", origin, label }],
    why: [],
    change: [change],
    leave: [],
    whatIfs: [],
    setting: `${origin.file}:${origin.range.start.offset}/suppression`,
    // No server's: it is about the file.
    service: "",
  };
}

function linesText(lines: Lines): string {
  if (lines === "file") return "this file";
  return lines.from === lines.to ? `line ${lines.from}` : `lines ${lines.from} to ${lines.to}`;
}

/** No more than a reader wants to see. */
const shown = 3;

function list(names: readonly string[]): string {
  if (names.length > shown) return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
