// Measures the trial of every rule, and the claims and laws of how-limits-are-computed.md, and writes records, pictures and pages.
// `--pages` writes pictures and pages from the records that are there; rules, "claims" or "laws" named: only those anew. Needs a build: pnpm run evidence
import { readFileSync, writeFileSync } from "node:fs";
import { loadHarness } from "../dist/lib/src/load-harness.js";
import { claimsBlock, lawsBlock, ruleBlock, withBlock } from "../dist/lib/src/evidence/page.js";
import { picture } from "../dist/lib/src/evidence/picture.js";
import { isSwept, recordClaims, recordLaws, recordRule } from "../dist/lib/src/evidence/record.js";
import { evidenceTrials } from "../dist/lib/src/evidence/trials.js";

const docs = new URL("../../../docs/", import.meta.url);
const words = process.argv.slice(2);
const pagesOnly = words.includes("--pages");
const only = words.filter((word) => !word.startsWith("--"));
const harness = await loadHarness(undefined);

async function record(name, work) {
  const file = new URL(`evidence/${name}.json`, docs);
  if (pagesOnly || (only.length > 0 && !only.includes(name))) return JSON.parse(readFileSync(file, "utf8"));
  console.log(`measuring ${name}`);
  const recorded = await work();
  writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`);
  return recorded;
}

function rewrite(path, change) {
  const page = new URL(path, docs);
  writeFileSync(page, change(readFileSync(page, "utf8")));
}

for (const trial of evidenceTrials) {
  if (only.length > 0 && !only.includes(trial.rule)) continue;
  const recorded = await record(trial.rule, () => recordRule(trial, harness));
  if (recorded.kind === "scenarios" && isSwept(recorded.before.scenario)) writeFileSync(new URL(`evidence/${trial.rule}.svg`, docs), picture(recorded));
  rewrite(`rules/${trial.rule}.md`, (page) => withBlock(page, ruleBlock(recorded), "## How to see it live"));
}
const claims = await record("claims", () => recordClaims(harness));
const laws = await record("laws", () => recordLaws(harness));
rewrite("how-limits-are-computed.md", (page) => withBlock(page, claimsBlock(claims, laws), "## What is certain"));
rewrite("evidence/README.md", (page) => withBlock(page, lawsBlock(laws), "## Your own"));
