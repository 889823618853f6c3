import type { Example, RulePage } from "./rule.ts";

/** The line that ends the generated head of a rule's page; what follows is written by hand. */
export const endOfHead = "<!-- The head above is generated from the rule's own file: node packages/audit/scripts/generate-docs.mjs -->";

/** The generated head of docs/rules/<id>.md. */
export function pageHead({ id, summary, severities, category, subsumes, docs }: RulePage): string {
  return `# ${id}

${sentenceCase(summary)}.

| severity | about | speaks instead of |
| --- | --- | --- |
| ${severities.join(", ")} | ${category} | ${subsumes.length === 0 ? "–" : subsumes.map(link).join(", ")} |

${docs.why}

## Example

This fires:

${fence(docs.fires)}

This does not:

${fence(docs.quiet)}

${endOfHead}
`;
}

/** docs/rules/README.md: all of it is generated. */
export function rulesIndex(rules: readonly RulePage[], editorRules: readonly RulePage[], suppressionRules: readonly RulePage[], configurationRules: readonly RulePage[]): string {
  const rows = rules.map(({ id, summary, severities, category }) => `| ${link(id)} | ${summary} | ${severities.join(", ")} | ${category} |`);
  const suppressionRows = suppressionRules.map(({ id, summary, severities }) => `| ${link(id)} | ${summary} | ${severities.join(", ")} |`);
  const configurationRows = configurationRules.map(({ id, summary, severities }) => `| ${link(id)} | ${summary} | ${severities.join(", ")} |`);
  const editorRows = editorRules.map(({ id, summary }) => `| ${link(id)} | ${summary} |`);
  return `# Rules

One page each. A setting gets at most one finding: the most specific rule speaks, and what the others would have said
stands among its terms.

| rule | finds | severity | about |
| --- | --- | --- | --- |
${rows.join("\n")}

- *error*: the server does not start, the effective backlog is 0, or a chain over a unix socket holds fewer than 128 clients.
- *warning*: below the floor of 511, which Node and nginx ask for when nothing is passed; or a stated burst is not held.
- *note*: it hangs on something that the files do not say, or does no harm without a demand that nobody stated.

About the comments that [suppress findings](../suppressing.md):

| rule | finds | severity |
| --- | --- | --- |
${suppressionRows.join("\n")}

About [the configuration file](../configuration.md):

| rule | finds | severity |
| --- | --- | --- |
${configurationRows.join("\n")}

Only in the editor, by [the ESLint plugin](../../packages/eslint-plugin/README.md):

| rule | finds |
| --- | --- |
${editorRows.join("\n")}

<!-- Generated: node packages/audit/scripts/generate-docs.mjs -->
`;
}

function link(id: string): string {
  return `[${id}](${id}.md)`;
}

function fence({ file, language, text }: Example): string {
  return `\`${file}\`\n\n\`\`\`${language}\n${text}\n\`\`\``;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
