import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { compare, predict, type Measurement, type Outcome, type Procedure, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
import type { Progress } from "./progress.ts";
import type { Style } from "./report/style.ts";

/** Carries things out on real sockets; rejects where that is impossible here. */
export interface Harness {
  readonly measure: (scenario: Scenario, signal: AbortSignal) => Promise<Measurement>;
  readonly measureProcedure: (procedure: Procedure, signal: AbortSignal) => Promise<ProcedureMeasurement>;
}

/**
 * Ctrl-C and SIGTERM call the work off; once nothing of it is left, this process ends by the same signal, as its shell expects.
 * The handlers exist only meanwhile: a process that reads files without a pause would never get to run them.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let got: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    got ??= signal;
    abort.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
    if (got !== undefined) process.kill(process.pid, got);
  }
}

/** Debian's package of each server that the harness starts. */
const packages = { nginx: "nginx-light", gunicorn: "gunicorn" } as const;

/** Administrators' programs, which an ordinary user's PATH often lacks. */
const moreDirectories = ["/usr/local/sbin", "/usr/sbin"];

/** Servers that can be started here; asked once. Lets this process and its children find those that only root's PATH names. */
export function installedServers(): ReadonlySet<string> {
  const known = (process.env["PATH"] ?? "").split(delimiter);
  process.env["PATH"] = [...known, ...moreDirectories.filter((directory) => !known.includes(directory))].join(delimiter);
  const directories = process.env["PATH"].split(delimiter);
  return new Set(Object.keys(packages).filter((name) => directories.some((directory) => isProgram(join(directory, name)))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What was put in the place of a scenario whose servers are not installed. */
export interface StandIn {
  readonly scenario: Scenario;
  /** Why, and what to install; undefined where nothing was replaced. */
  readonly because?: string;
}

function toInstall(missing: readonly (keyof typeof packages)[]): string {
  return `${missing.join(" and ")} not installed (apt-get install ${missing.map((kind) => packages[kind]).join(" ")})`;
}

/** Says what is missing for a procedure: nothing can stand in for the server that it starts. */
export function missingFor({ before: { trial } }: Procedure, installed: ReadonlySet<string>): string | undefined {
  return trial.server === "node" || installed.has(trial.server) ? undefined : toInstall([trial.server]);
}

/**
 * The scenario itself, or the part of it that the kernel alone decides: a listener that nobody accepts from, with the backlog and
 * the family of the last hop.
 */
export function standIn(scenario: Scenario, installed: ReadonlySet<string>): StandIn {
  const kinds = new Set(scenario.hops.flatMap(({ servers }) => servers.map(({ kind }) => kind)));
  const missing = (["nginx", "gunicorn"] as const).filter((kind) => kinds.has(kind) && !installed.has(kind));
  const last = scenario.hops.at(-1)?.servers[0];
  if (missing.length === 0 || last === undefined) return { scenario };
  const clients = scenario.load.kind === "sustained" ? Math.round(scenario.load.rate * scenario.load.seconds) : scenario.load.clients;
  return {
    scenario: {
      ...scenario,
      hops: [{ servers: [{ kind: "listener", state: "stalled", family: last.family, backlog: last.backlog }] }],
      load: { kind: "all at once", clients },
    },
    because: `a bare listener that nobody accepts from stands in: ${toInstall(missing)}`,
  };
}

export interface MeasureTools {
  readonly harness: Harness;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly style: Style;
  readonly version: string;
}

/** A scenario, what was predicted of it, and what was counted. */
export interface Run {
  readonly scenario: Scenario;
  /** Why a bare listener stands in for its servers. */
  readonly standIn?: string;
  readonly predicted: Outcome;
  readonly measurement: Measurement;
}

/** Measures a scenario, or the stand-in of one whose servers are not installed. Rejects where that is impossible here. */
export async function carryOut(scenario: Scenario, installed: ReadonlySet<string>, { harness, signal }: MeasureTools): Promise<Run> {
  const { scenario: possible, because } = standIn(scenario, installed);
  const predicted = predict(possible);
  return { scenario: possible, ...(because === undefined ? {} : { standIn: because }), predicted, measurement: await harness.measure(possible, signal) };
}

/** Whether the kernel counted, without a doubt, what was predicted. */
export function agrees({ predicted, measurement }: Pick<Run, "predicted" | "measurement">): boolean {
  return measurement.verdict === "measured" && compare(predicted, measurement.outcome).length === 0;
}
