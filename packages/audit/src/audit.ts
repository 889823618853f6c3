import type { Deployment, FileOrigin } from "@audit-backlog/model";
import { makeContext } from "./context.ts";
import type { AuditOptions, Report } from "./finding.ts";
import { oneFindingASetting } from "./merge.ts";
import { behindSidecar } from "./mesh.ts";
import { byReport } from "./order.ts";
import type { Draft } from "./rule.ts";
import { unlessFilledIn } from "./templates.ts";
import { rules } from "./rules/index.ts";

/**
 * Computes the limits of every chain and judges every setting that takes part in them. Reads nothing and asks
 * nobody: the same deployment and options give the same report.
 */
export function audit(deployment: Deployment, options: AuditOptions): Report {
  const context = makeContext(deployment, options);
  const drafts = withoutShadowed(rules.flatMap((rule) => rule.check(context)));
  const templates = new Set(deployment.templates);
  const findings = [...oneFindingASetting(drafts, rules)].map((finding) => behindSidecar(unlessFilledIn(finding, templates), context)).sort(byReport);
  return { deployment, limits: context.limits, findings, options };
}

/** About a directive that keeps its server from starting there is nothing else to say. */
function withoutShadowed(drafts: readonly Draft[]): readonly Draft[] {
  const starting = new Set(rules.flatMap(({ id, category }) => (category === "start" ? [id] : [])));
  const places = ({ locations }: Draft): readonly FileOrigin[] =>
    locations.flatMap(({ role, origin }) => (role === "primary" && origin.kind === "file" ? [origin] : []));
  const starts = drafts.filter(({ rule }) => starting.has(rule)).flatMap(places);
  const shadowed = ({ file, range }: FileOrigin): boolean =>
    starts.some((start) => start.file === file && start.range.start.offset <= range.start.offset && range.end.offset <= start.range.end.offset);
  return drafts.filter((draft) => starting.has(draft.rule) || !places(draft).some(shadowed));
}
