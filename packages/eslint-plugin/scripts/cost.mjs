// What the plugin adds to linting: node scripts/cost.mjs [--plugin dist/index.js] [--files 60] [--rounds 60] <directory>…
// Whole ESLint passes over parsed sources, in turns without the plugin and with its strict configuration. The machine's
// noise only ever adds: a low percentile of each file's rounds says what the pass itself takes.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as typescriptParser from "@typescript-eslint/parser";
import { ESLint, Linter, SourceCode } from "eslint";
import { builtinRules } from "eslint/use-at-your-own-risk";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    plugin: { type: "string", default: join(import.meta.dirname, "../dist/index.js") },
    files: { type: "string", default: "60" },
    rounds: { type: "string", default: "60" },
  },
});
const { default: plugin } = await import(pathToFileURL(resolve(values.plugin)).href);
const PERCENTILE = 0.1;
const SOURCE = /\.[cm]?[jt]s$/;
const MAX_SIZE = 200_000;

const recommended = Object.fromEntries([...builtinRules].filter(([, rule]) => rule.meta.docs?.recommended).map(([name]) => [name, "warn"]));

/** A configuration as Linter takes it without putting it together for every file again. */
async function configOf(directory, file, added) {
  const languageOptions = /ts$/.test(file) ? { parser: typescriptParser } : { parserOptions: { ecmaFeatures: { jsx: true } } };
  const eslint = new ESLint({
    cwd: directory,
    overrideConfigFile: true,
    overrideConfig: [{ files: ["**/*.{js,mjs,cjs,ts,mts,cts}"], languageOptions: { sourceType: "module", ...languageOptions }, rules: recommended }, ...added],
  });
  const config = await eslint.calculateConfigForFile(join(directory, file));
  return Object.assign([], { getConfig: () => config });
}

function* sourcesIn(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && ![".git", "node_modules", "dist"].includes(entry.name)) yield* sourcesIn(path);
    else if (entry.isFile() && SOURCE.test(entry.name) && statSync(path).size <= MAX_SIZE) yield path;
  }
}

function low(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(PERCENTILE * (times.length - 1))];
}

/** A copy for every pass: what is remembered of a source by its object is worked out again. */
function copyOf({ text, ast, scopeManager, parserServices, visitorKeys }) {
  return new SourceCode({ text, ast, scopeManager, parserServices, visitorKeys });
}

async function measure(directory) {
  const linter = new Linter({ cwd: directory });
  const configs = {};
  for (const [language, file] of [["js", "file.js"], ["ts", "file.ts"]]) {
    configs[language] = { without: await configOf(directory, file, []), with: await configOf(directory, file, [plugin.configs.strict]) };
  }
  const files = [];
  for (const path of sourcesIn(directory)) {
    const text = readFileSync(path, "utf8");
    const config = configs[/ts$/.test(path) ? "ts" : "js"];
    if (linter.verify(text, config.without, { filename: path }).some(({ fatal }) => fatal)) continue;
    files.push({ path, config, source: linter.getSourceCode(), quiet: !/\blisten\b/.test(text), times: { without: [], with: [] } });
    if (files.length >= Number(values.files)) break;
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [at, { path, config, source, times }] of files.entries()) {
      for (const which of (round + at) % 2 === 0 ? ["without", "with"] : ["with", "without"]) {
        const copy = copyOf(source);
        const start = performance.now();
        linter.verify(copy, config[which], { filename: path });
        times[which].push(performance.now() - start);
      }
    }
  }
  return files.map(({ path, quiet, times }) => ({ path, quiet, base: low(times.without), added: low(times.with) - low(times.without) }));
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}

for (const directory of positionals.map((path) => resolve(path))) {
  const files = await measure(directory);
  const quiet = files.filter((file) => file.quiet);
  const base = sum(files.map((file) => file.base));
  const added = sum(files.map((file) => file.added));
  const share = ((100 * added) / base).toFixed(2);
  const each = (sum(quiet.map((file) => file.added)) / Math.max(quiet.length, 1)).toFixed(4);
  console.log(`${directory}: ${files.length} files, ${base.toFixed(1)} ms without the plugin, ${added.toFixed(2)} ms more with it = ${share} % of lint time; ${each} ms a file for the ${quiet.length} without listen()`);
  if (process.env.VERBOSE) for (const f of files.toSorted((a, b) => b.added - a.added).slice(0, 12)) console.log("   ", f.added.toFixed(3), f.base.toFixed(2), f.quiet, f.path);
}
