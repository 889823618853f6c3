import type { Report } from "@audit-backlog/audit";
import type { Tree } from "@audit-backlog/scanner";
import { filesOfInterest } from "./suppress.ts";

/** The name as anybody might write it, too: only small letters count, and a finding says so. */
const markers = ["udit-backlog", "udit-Backlog", "AUDIT-BACKLOG", "eslint-disable"].map((marker) => Buffer.from(marker));

/** The files of a report's tree that may hold comments for `suppress`. Most are only searched for a few words. */
export function* candidates(tree: Tree, report: Report): Generator<{ readonly file: string; readonly text: string }> {
  for (const file of filesOfInterest(report)) {
    const bytes = tree.bytes(file);
    if (!(bytes instanceof Uint8Array)) continue;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!markers.some((marker) => buffer.includes(marker))) continue;
    const content = tree.text(file);
    if (content !== undefined && "text" in content) yield { file, text: content.text };
  }
}
