import type { Finding, Report } from "./finding.ts";
import type { Proof } from "./proof/types.ts";
import { rules } from "./rules/index.ts";

/** How to show that a finding of this report is true: its rule's proof. Throws for a finding of no rule. */
export function proofOf(finding: Finding, report: Report): Proof {
  const rule = rules.find(({ id }) => id === finding.rule);
  if (rule === undefined) throw new Error(`there is no rule ${finding.rule}`);
  return rule.proof(finding, report);
}
