import type { Deployment } from "@audit-backlog/model";
import { makeContext } from "./context.ts";
import type { AuditOptions, Report } from "./finding.ts";
import { oneFindingASetting } from "./merge.ts";
import { byReport } from "./order.ts";
import { rules } from "./rules/index.ts";

/**
 * Computes the limits of every chain and judges every setting that takes part in them. Reads nothing and asks
 * nobody: the same deployment and options give the same report.
 */
export function audit(deployment: Deployment, options: AuditOptions): Report {
  const context = makeContext(deployment, options);
  const drafts = rules.flatMap((rule) => rule.check(context));
  const findings = [...oneFindingASetting(drafts, rules)].sort(byReport);
  return { deployment, limits: context.limits, findings, options };
}
