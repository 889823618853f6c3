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

/** The same rules, doing nothing: what ESLint itself takes for having them. */
function emptied({ rules, configs: { strict } }) {
  const [namespace] = Object.keys(strict.plugins);
  const empty = Object.fromEntries(Object.entries(rules).map(([name, { meta }]) => [name, { meta, create: () => ({}) }]));
  return { ...strict, plugins: { [namespace]: { rules: empty } } };
}

/** At most `count` of them, from everywhere in the list. */
function spread(list, count) {
  return list.length <= count ? list : Array.from({ length: count }, (_, at) => list[Math.floor((at * list.length) / count)]);
}

async function measure(directory) {
  const linter = new Linter({ cwd: directory });
  const passes = { without: [], empty: [emptied(plugin)], with: [plugin.configs.strict] };
  const names = Object.keys(passes);
  const configs = { js: {}, ts: {} };
  for (const [language, configsOf] of Object.entries(configs)) for (const name of names) configsOf[name] = await configOf(directory, `file.${language}`, passes[name]);
  const files = [];
  for (const path of spread([...sourcesIn(directory)].sort(), Number(values.files))) {
    const text = readFileSync(path, "utf8");
    const config = configs[/ts$/.test(path) ? "ts" : "js"];
    const isBroken = linter.verify(text, config.without, { filename: path }).some(({ fatal }) => fatal);
    if (!isBroken) files.push({ path, config, source: linter.getSourceCode(), quiet: !/\blisten\b/.test(text), times: { without: [], empty: [], with: [] } });
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [at, { path, config, source, times }] of files.entries()) {
      for (const turn of names.keys()) {
        const name = names[(turn + round + at) % names.length];
        const copy = copyOf(source);
        const start = performance.now();
        linter.verify(copy, config[name], { filename: path });
        times[name].push(performance.now() - start);
      }
    }
  }
  return files.map(({ quiet, times }) => ({ quiet, base: low(times.without), empty: low(times.empty) - low(times.without), added: low(times.with) - low(times.without) }));
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}

for (const directory of positionals.map((path) => resolve(path))) {
  const files = await measure(directory);
  const quiet = files.filter((file) => file.quiet);
  const base = sum(files.map(({ base }) => base));
  const percent = (time) => `${((100 * time) / base).toFixed(2)} %`;
  const added = sum(files.map(({ added }) => added));
  const empty = sum(files.map(({ empty }) => empty));
  const each = sum(quiet.map(({ added }) => added)) / Math.max(quiet.length, 1);
  console.log(`${directory}: ${files.length} files, ${base.toFixed(1)} ms without the plugin`);
  console.log(`  the plugin adds ${added.toFixed(2)} ms, ${percent(added)} of lint time; of that, ESLint takes ${percent(empty)} for rules that do nothing`);
  console.log(`  ${each.toFixed(4)} ms a file for the ${quiet.length} without the word listen`);
}
