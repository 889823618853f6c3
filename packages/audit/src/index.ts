export { audit } from "./audit.ts";
export { endOfHead, pageHead, rulesIndex } from "./pages.ts";
export { rules } from "./rules/index.ts";
export { judgeBacklog } from "./judgement/backlog.ts";
export type { BacklogFacts, Demand, Judgement } from "./judgement/facts.ts";
export type { Category, Example, Rule, RuleDocs } from "./rule.ts";
export type { AuditOptions, Finding, Location, Report, Severity } from "./finding.ts";
