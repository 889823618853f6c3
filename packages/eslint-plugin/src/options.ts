import { NODE_DEFAULT_BACKLOG } from "@audit-backlog/listen-calls";
import type { Rule } from "eslint";
import { isAbsolute, relative } from "node:path";
import picomatch from "picomatch";
import { listenersOf, mayHoldListeners, type Listener, type Which } from "./listeners.ts";

/** A JSON schema, as ESLint takes it. */
type Schema = Exclude<Rule.RuleMetaData["schema"], false | undefined | readonly unknown[]>;

/** The options that every rule has; `minimum` is read by small-backlog alone. */
export interface Options {
  /** The least backlog that is not small. */
  readonly minimum: number;
  /** `certain`: servers only; `potential`: also where nothing says that the receiver is none. */
  readonly report: "certain" | "potential";
  /** Globs of files in which nothing is reported. */
  readonly tests: readonly string[];
  /** Also report port 0 on loopback. */
  readonly ephemeral: boolean;
}

const SHARED = {
  report: { enum: ["certain", "potential"], description: "Which calls to report: those of servers, or also those whose receiver is unknown." },
  tests: { type: "array", items: { type: "string" }, uniqueItems: true, description: "Globs of test files, which are left alone; an empty list checks every file." },
  ephemeral: { type: "boolean", description: "Whether to report port 0 on loopback as well." },
} satisfies Record<string, Schema>;

const MINIMUM = { minimum: { type: "integer", minimum: 1, maximum: 2 ** 31 - 1, description: "The least backlog that is not small; 511 is what Node asks for when nothing is passed." } } satisfies Record<string, Schema>;

const DEFAULTS: Omit<Options, "minimum"> = {
  report: "certain",
  tests: ["**/*.{test,spec,bench}.*", "**/{test,tests,__tests__,spec,e2e,bench,benchmark,benchmarks}/**"],
  ephemeral: false,
};

function schemaOf(properties: Record<string, Schema>): Schema {
  return { type: "object", properties, additionalProperties: false };
}

/** Schema and defaults of the options, for a rule's `meta`. */
export const sharedSchema: Schema = schemaOf(SHARED);
export const sharedDefaults: Omit<Options, "minimum"> = DEFAULTS;
export const minimumSchema: Schema = schemaOf({ ...MINIMUM, ...SHARED });
export const minimumDefaults: Options = { minimum: NODE_DEFAULT_BACKLOG, ...DEFAULTS };

/** The listeners that a rule is to look at under its options. */
export function listenersFor(context: Rule.RuleContext, which: Which): { readonly listeners: readonly Listener[]; readonly options: Options } {
  const [options] = context.options as [Options];
  // Tests are full of servers: they are left alone before anything is analysed.
  if (!mayHoldListeners(context.sourceCode, which) || isTest(context, options.tests)) return { listeners: [], options };
  const listeners = listenersOf(context.sourceCode, context.filename, which).filter(({ certain, ephemeral }) => (certain || options.report === "potential") && (options.ephemeral || !ephemeral));
  return { listeners, options };
}

/** A matcher for each list of globs that a configuration names. */
const matchers = new Map<string, (path: string) => boolean>();

/** What was said of the last file: all rules ask the same of one after the other. */
let last: { readonly filename: string; readonly cwd: string; readonly key: string; readonly isTest: boolean } | undefined;

function isTest({ filename, cwd }: Rule.RuleContext, globs: readonly string[]): boolean {
  if (globs.length === 0) return false;
  const key = globs.join("\0");
  if (last?.filename === filename && last.cwd === cwd && last.key === key) return last.isTest;
  let matches = matchers.get(key);
  if (matches === undefined) {
    matches = picomatch([...globs], { dot: true });
    matchers.set(key, matches);
  }
  const inside = isAbsolute(filename) ? relative(cwd, filename) : filename;
  last = { filename, cwd, key, isTest: matches(inside.replaceAll("\\", "/")) };
  return last.isTest;
}
