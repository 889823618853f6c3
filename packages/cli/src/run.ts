import { rules } from "@audit-backlog/audit";
import packageJson from "../package.json" with { type: "json" };
import { helpText, nearest, readArguments, UsageError } from "./arguments.ts";
import { EXIT, runAudit, type Outcome } from "./audit-command.ts";
import { explainText, rulesText } from "./report/rule-texts.ts";
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
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Runs one command line and returns its exit code. Writes to the given streams only, never exits, never throws. */
export function run(argv: readonly string[], world: World): number {
  try {
    const outcome = execute(argv, world);
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

function execute(argv: readonly string[], world: World): Outcome {
  const options = readArguments(argv);
  switch (options.command) {
    case "help":
      return { output: helpText(), code: EXIT.ok };
    case "version":
      return { output: `${packageJson.version}\n`, code: EXIT.ok };
    case "rules":
      return { output: rulesText(), code: EXIT.ok };
    case "explain": {
      const rule = rules.find(({ id }) => id === options.rule);
      if (rule !== undefined) return { output: explainText(rule), code: EXIT.ok };
      const near = nearest(options.rule, rules.map(({ id }) => id));
      throw new UsageError(`no rule is called ${options.rule}${near === undefined ? "; see: audit-backlog rules" : `: did you mean ${near}?`}`);
    }
    case "audit":
      return runAudit(options, { version: packageJson.version, cwd: directory(world), style: styleFor(world.stdout, world.environment) });
  }
}

function directory({ cwd }: World): string {
  try {
    return cwd();
  } catch {
    throw new UsageError("the current directory does not exist any more");
  }
}
