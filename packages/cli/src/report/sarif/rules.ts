import type { ReportingDescriptor } from "sarif";
import { configurationRules, rules, suppressionRules, type RulePage, type Severity } from "@audit-backlog/audit";
import { DISAGREES } from "../../measured-findings.ts";
import { disagreesText, explainText } from "../rule-texts.ts";

const pages: readonly RulePage[] = [...rules, ...suppressionRules, ...configurationRules];

/** Every rule, and those that only the given findings name. */
export function descriptors(named: readonly string[]): ReportingDescriptor[] {
  const known = new Set([...pages.map(({ id }) => id), DISAGREES]);
  const others = [...new Set(named)].filter((id) => !known.has(id)).sort();
  return [...pages.map(descriptor), disagrees(), ...others.map((id) => ({ id }))];
}

function descriptor(rule: RulePage): ReportingDescriptor {
  const worst = rule.severities[0] ?? "warning";
  return {
    id: rule.id,
    shortDescription: { text: rule.summary },
    fullDescription: { text: rule.docs.why },
    help: { text: explainText(rule), markdown: helpMarkdown(rule) },
    defaultConfiguration: { level: worst },
    properties: { tags: [rule.category], "problem.severity": problemSeverity(worst) },
  };
}

function disagrees(): ReportingDescriptor {
  return {
    id: DISAGREES,
    shortDescription: { text: "a measurement contradicts its prediction" },
    help: { text: disagreesText() },
    defaultConfiguration: { level: "warning" },
    properties: { "problem.severity": "warning" },
  };
}

/** As GitHub sorts alerts. Source: docs.github.com, "SARIF support for code scanning", reportingDescriptor. */
function problemSeverity(severity: Severity): "error" | "warning" | "recommendation" {
  return severity === "note" ? "recommendation" : severity;
}

function helpMarkdown({ id, summary, docs: { why, fires, quiet } }: RulePage): string {
  const example = (title: string, { file, language, text }: typeof fires): string => `${title} (\`${file}\`):\n\n\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
  return `# ${id}\n\n${summary}\n\n${why}\n\n${example("This fires", fires)}\n${example("This does not", quiet)}`;
}
