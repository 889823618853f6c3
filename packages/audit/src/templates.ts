import type { Finding } from "./finding.ts";

/**
 * A finding about what a template makes is never certain: somebody else fills the template in, and its branches decide
 * what there is at all. `templates`: the files of the deployment that are templates, or that fill them in.
 */
export function unlessFilledIn(finding: Finding, templates: ReadonlySet<string>): Finding {
  if (finding.certainty.kind !== "certain") return finding;
  const file = finding.locations.map(({ origin }) => (origin.kind === "file" && templates.has(origin.file) ? origin.file : undefined)).find((found) => found !== undefined);
  return file === undefined ? finding : { ...finding, certainty: { kind: "conditional", on: `what is filled in for the template in ${file}` } };
}
