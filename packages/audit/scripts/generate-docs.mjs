// Writes docs/rules/README.md and the head of every rule's page from the rules themselves. Needs a build: npx tsc -b packages/audit/src
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { configurationRules, editorRules, endOfHead, pageHead, rules, rulesIndex, suppressionRules } from "../dist/index.js";

const folder = new URL("../../../docs/rules/", import.meta.url);

for (const rule of [...rules, ...suppressionRules, ...configurationRules, ...editorRules]) {
  const page = new URL(`${rule.id}.md`, folder);
  const old = existsSync(page) ? readFileSync(page, "utf8") : "";
  const end = old.indexOf(endOfHead);
  const body = end === -1 ? old : old.slice(end + endOfHead.length).replace(/^\n/, "");
  writeFileSync(page, pageHead(rule) + body);
}
writeFileSync(new URL("README.md", folder), rulesIndex(rules, editorRules, suppressionRules, configurationRules));
