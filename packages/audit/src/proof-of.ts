import type { Finding, Report } from "./finding.ts";
import type { Proof } from "./proof.ts";

/** How to show that a finding of this report is true. */
export function proofOf(finding: Finding, report: Report): Proof {
  return { kind: "from-source", because: `no proof is built for ${finding.rule} yet`, source: report.deployment.services[0]?.name ?? "" };
}
