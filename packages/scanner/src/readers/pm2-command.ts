import type { Sourced } from "@audit-backlog/model";
import type { CommandWord } from "../facts.ts";
import { fileOrigin } from "./data.ts";
import { execMode, instanceCount, type ExecMode } from "./pm2-semantics.ts";
import { dynamic } from "./javascript-values.ts";

/** What `pm2 start` and its like are told. */
export interface Pm2Start {
  /** A script, a program, a whole command line, or a configuration file; ecosystem.config.js where nothing is named. */
  readonly target: string;
  readonly isConfig: boolean;
  readonly name?: string;
  /** `--env`: the name of the configuration's environment. */
  readonly environment?: string;
  /** `--only`: the applications that are started. */
  readonly only?: readonly string[];
  readonly cwd?: string;
  readonly instances: Sourced<number>;
  readonly execMode: Sourced<ExecMode>;
  /** After `--`. */
  readonly args: readonly string[];
}

/** Options that take a word. Source: pm2: lib/binaries/CLI.js, Runtime4Docker.js. */
const valued: ReadonlySet<string> = new Set([
  "--ext", "-n", "--name", "--interpreter", "--interpreter-args", "--node-args", "-o", "--output", "-e", "--error", "-l", "--log", "--log-type", "--log-date-format", "--env", "-i", "--instances",
  "--parallel", "-p", "--pid", "-k", "--kill-timeout", "--listen-timeout", "--max-memory-restart", "--restart-delay", "--exp-backoff-restart-delay", "--max-restarts", "-u", "--user", "--uid", "--gid",
  "--namespace", "--cwd", "--hp", "--service-name", "-c", "--cron", "--cron-restart", "--only", "--ignore-watch", "--watch-delay", "--stop-exit-codes", "--filter-env", "--secret", "--public", "--machine-name", "--delay", "--web",
]);

const verbs: ReadonlySet<string> = new Set(["start", "startOrRestart", "startOrReload", "startOrGracefulReload", "restart", "reload"]);

/** Reads the words behind `pm2` or `pm2-runtime`; undefined where they start nothing, or nothing that is known. */
export function pm2Command(file: string, program: "pm2" | "pm2-runtime", words: readonly CommandWord[]): Pm2Start | undefined {
  const operands: CommandWord[] = [];
  const options = new Map<string, CommandWord>();
  let rest: readonly CommandWord[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const text = known(word) ?? "";
    if (text === "--") {
      rest = words.slice(at + 1);
      break;
    }
    const equals = text.startsWith("--") ? text.indexOf("=") : -1;
    const short = /^-i.+$/.test(text);
    if (equals > 0) options.set(text.slice(0, equals), { ...word, value: { kind: "exact", value: text.slice(equals + 1) } });
    else if (short) options.set("-i", { ...word, value: { kind: "exact", value: text.slice(2) } });
    else if (valued.has(text)) {
      at += 1;
      const value = words[at];
      if (value !== undefined) options.set(text, value);
    } else if (text.startsWith("-")) options.set(text, word);
    else operands.push(word);
  }
  const first = known(operands[0]);
  const hasVerb = first !== undefined && verbs.has(first);
  if (program === "pm2" && !hasVerb) return undefined;
  const named = operands[hasVerb ? 1 : 0];
  const target = named === undefined ? (program === "pm2" ? "ecosystem.config.js" : undefined) : known(named);
  if (target === undefined) return undefined;
  const isConfig = isPm2Config(target);
  // `pm2 restart api` names a process that runs already.
  if (first !== undefined && hasVerb && first !== "start" && !isConfig) return undefined;
  const option = (...names: readonly string[]): string | undefined => names.map((name) => known(options.get(name))).find((value) => value !== undefined);
  const name = option("-n", "--name");
  const environment = option("--env");
  const cwd = option("--cwd");
  const only = option("--only")?.split(/[, ]/);
  const count = options.get("-i") ?? options.get("--instances");
  const forced = options.has("-x") || options.has("--execute-command");
  const interpreter = option("--interpreter");
  return {
    target,
    isConfig,
    ...(name === undefined ? {} : { name }),
    ...(environment === undefined ? {} : { environment }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(only === undefined ? {} : { only }),
    instances: instancesOf(file, count),
    execMode: modeOf(file, count, forced, { script: target, interpreter }),
    args: rest.map((word) => known(word) ?? ""),
  };
}

/** pm2: lib/Common.js isConfigFile: any name that holds one of these. */
export function isPm2Config(name: string): boolean {
  return /\.json|\.ya?ml|\.config\.[cm]?js/.test(name);
}

const pm2Default = { kind: "default", of: "PM2", source: "pm2 lib/Common.js determineExecMode" } as const;

function instancesOf(file: string, word: CommandWord | undefined): Sourced<number> {
  if (word === undefined) return { value: { kind: "assumed", value: 1 }, origin: pm2Default };
  const { value } = word;
  const origin = fileOrigin(file, word.range);
  if (value.kind === "oneOf") return { value: dynamic, origin, text: word.text };
  const counted = instanceCount(value);
  return { value: value.kind === "assumed" && counted.kind === "exact" ? { ...value, value: counted.value } : counted, origin, text: word.text };
}

function modeOf(file: string, word: CommandWord | undefined, forced: boolean, program: { script: string; interpreter: string | undefined }): Sourced<ExecMode> {
  if (forced) return { value: { kind: "exact", value: "fork" }, origin: { kind: "default", of: "PM2", source: "pm2 lib/Common.js verifyConfs, execute_command" } };
  if (word === undefined) return { value: execMode(undefined, undefined, program), origin: pm2Default };
  const { value } = word;
  const simple = value.kind === "oneOf" ? dynamic : execMode(undefined, value, program);
  return { value: simple, origin: fileOrigin(file, word.range), text: word.text };
}

function known(word: CommandWord | undefined): string | undefined {
  return word?.value.kind === "exact" || word?.value.kind === "assumed" ? word.value.value : undefined;
}
