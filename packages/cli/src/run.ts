import { configurationRules, editorRules, rules, suppressionRules } from "@audit-backlog/audit";
import packageJson from "../package.json" with { type: "json" };
import { readArguments } from "./arguments.ts";
import { EXIT, runAudit, type Outcome } from "./audit-command.ts";
import { runDecode, type Input } from "./decode-command.ts";
import { helpText } from "./help.ts";
import type { OnFile } from "./library/pipeline.ts";
import { runLive } from "./live-command.ts";
import { DISAGREES } from "./measured-findings.ts";
import { runMeasure } from "./measure-command.ts";
import { interruptible, type Harness, type MeasureTools } from "./measuring.ts";
import { nearest } from "./nearest.ts";
import type { Looking } from "./looking.ts";
import { UsageError } from "./option-values.ts";
import { progressOn, scanProgress } from "./progress.ts";
import { disagreesText, explainText, rulesText } from "./report/rule-texts.ts";
import { styleFor } from "./report/style.ts";

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The world as the command line sees it; tests give their own. */
export interface World {
  /** Throws where the directory is gone. */
  readonly cwd: () => string;
  readonly environment: NodeJS.ProcessEnv;
  /** Asked for only by work that reads it. */
  readonly stdin?: () => Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asked for only by work that opens sockets; rejects with a UsageError in a build that has none. */
  readonly harness: () => Promise<Harness>;
}

/** Runs one command line and comes back with its exit code. Writes to the given streams only, never exits, never throws. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    const outcome = await execute(argv, world);
    world.stdout.write(outcome.output);
    if (outcome.complaint !== undefined) world.stderr.write(`audit-backlog: ${outcome.complaint}\n`);
    return outcome.code;
  } catch (error) {
    if (error instanceof UsageError) {
      world.stderr.write(`audit-backlog: ${error.message}\nTry: audit-backlog --help\n`);
      return EXIT.usage;
    }
    world.stderr.write(`audit-backlog: internal error, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.internal;
  }
}

async function execute(argv: readonly string[], world: World): Promise<Outcome> {
  const options = readArguments(argv);
  switch (options.command) {
    case "help":
      return { output: helpText(options.of), code: EXIT.ok };
    case "version":
      return { output: `${packageJson.version}\n`, code: EXIT.ok };
    case "rules":
      return { output: rulesText(), code: EXIT.ok };
    case "explain": {
      const pages = [...rules, ...suppressionRules, ...configurationRules, ...editorRules];
      const rule = pages.find(({ id }) => id === options.rule);
      if (rule !== undefined) return { output: explainText(rule), code: EXIT.ok };
      if (options.rule === DISAGREES) return { output: disagreesText(), code: EXIT.ok };
      const near = nearest(options.rule, pages.map(({ id }) => id));
      throw new UsageError(`no rule is called ${options.rule}${near === undefined ? "; see: audit-backlog rules" : `: did you mean ${near}?`}`);
    }
    case "decode":
      return auditing(world, (scanning) => runDecode(options, { ...looking(world, scanning), stdin: world.stdin, notice: (text) => world.stderr.write(`${text}\n`) }));
    case "live":
      return auditing(world, (scanning) => Promise.resolve(runLive(options, looking(world, scanning))));
    case "measure":
      return measuring(world, (tools) => runMeasure(options, tools));
    case "audit":
      return auditing(world, (scanning) => runAudit(options, { scanning, index: world.environment["GIT_INDEX_FILE"], version: packageJson.version, cwd: directory(world), style: styleFor(world.stdout, world.environment), measuring: (work) => measuring(world, work), stepSummary: world.environment["GITHUB_STEP_SUMMARY"] }));
  }
}

function looking(world: World, scanning: OnFile): Looking {
  return { scanning, version: packageJson.version, cwd: () => directory(world), style: styleFor(world.stdout, world.environment) };
}

/** Work that reads many files: a terminal is told how far it is. */
async function auditing<T>(world: World, work: (scanning: OnFile) => Promise<T>): Promise<T> {
  const progress = progressOn(world.stderr);
  try {
    return await work(scanProgress(progress));
  } finally {
    progress.clear();
  }
}

/** Work that opens sockets: it can be called off, and tells a terminal how far it is. */
async function measuring<T>(world: World, work: (tools: MeasureTools) => Promise<T>): Promise<T> {
  const harness = await world.harness();
  const progress = progressOn(world.stderr);
  const style = styleFor(world.stdout, world.environment);
  return interruptible(async (signal) => {
    try {
      return await work({ harness, signal, progress, style, version: packageJson.version });
    } finally {
      progress.clear();
    }
  });
}

function directory({ cwd }: World): string {
  try {
    return cwd();
  } catch {
    throw new UsageError("the current directory does not exist any more");
  }
}
