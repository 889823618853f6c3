import { spawnSync } from "node:child_process";
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

/** Debian's package of each server that the harness starts, and of what one of gunicorn's worker classes needs. */
const packages = { nginx: "nginx-light", gunicorn: "gunicorn", gevent: "python3-gevent" } as const;
type Program = keyof typeof packages;

/** Says of each server, and of gevent, whether it is there. */
export type Installed = Pick<ReadonlySet<string>, "has">;

/** Administrators' programs, which an ordinary user's PATH often lacks. */
const moreDirectories = ["/usr/local/sbin", "/usr/sbin"];

/** Servers that can be started here. Lets this process and its children find those that only root's PATH names. gevent is looked for when it is asked for. */
export function installedServers(): Installed {
  const known = (process.env["PATH"] ?? "").split(delimiter);
  process.env["PATH"] = [...known, ...moreDirectories.filter((directory) => !known.includes(directory))].join(delimiter);
  const directories = process.env["PATH"].split(delimiter);
  const programs = new Set(["nginx", "gunicorn"].filter((name) => directories.some((directory) => isProgram(join(directory, name)))));
  let gevent: boolean | undefined;
  return { has: (name) => programs.has(name) || (name === "gevent" && programs.has("gunicorn") && (gevent ??= loadsGevent())) };
}

/**
 * Whether gunicorn's own Python has the gevent that its worker wants: gunicorn imports that worker's module as if it were a
 * configuration, checks it and ends. Sources: gunicorn: gunicorn/app/base.py get_config_from_module_name, gunicorn/workers/ggevent.py.
 */
function loadsGevent(): boolean {
  const args = ["--check-config", "-c", "python:gunicorn.workers.ggevent", "wsgiref.simple_server:demo_app"];
  return spawnSync("gunicorn", args, { cwd: "/", env: { PATH: process.env["PATH"] }, stdio: "ignore", timeout: 20_000 }).status === 0;
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

function toInstall(missing: readonly Program[]): string {
  return `${missing.join(" and ")} not installed (apt-get install ${missing.map((kind) => packages[kind]).join(" ")})`;
}

/** Says what is missing for a procedure: nothing can stand in for the server that it starts. */
export function missingFor({ before: { trial } }: Procedure, installed: Installed): string | undefined {
  const needed: readonly Program[] = trial.server === "node" ? [] : trial.server === "upstream" ? ["nginx", "gunicorn"] : [trial.server];
  const missing = needed.filter((program) => !installed.has(program));
  return missing.length === 0 ? undefined : toInstall(missing);
}

/** What a scenario takes that is not installed. */
function missingOf({ hops }: Scenario, installed: Installed): readonly Program[] {
  const needed = new Set(hops.flatMap(({ servers }) => servers.flatMap((server) => (server.kind === "gunicorn" && server.workerClass === "gevent" ? [server.kind, server.workerClass] : [server.kind]))));
  return (["nginx", "gunicorn", "gevent"] as const).filter((name) => needed.has(name) && !installed.has(name));
}

/** Why nothing can stand in for the servers of a scenario: answers and steady loads take a server, the kernel gives none. */
export function missingToAnswer(scenario: Scenario, installed: Installed): string | undefined {
  const { load } = scenario;
  const takesServer = load.kind === "sustained" || (load.kind === "all at once" && load.patience !== undefined);
  const missing = takesServer ? missingOf(scenario, installed) : [];
  return missing.length === 0 ? undefined : toInstall(missing);
}

/**
 * The scenario itself, or the part of it that the kernel alone decides: a listener that nobody accepts from, with the backlog and
 * the family of the last hop.
 */
export function standIn(scenario: Scenario, installed: Installed): StandIn {
  const missing = missingOf(scenario, installed);
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
export async function carryOut(scenario: Scenario, installed: Installed, { harness, signal }: MeasureTools): Promise<Run> {
  const { scenario: possible, because } = standIn(scenario, installed);
  const predicted = predict(possible);
  return { scenario: possible, ...(because === undefined ? {} : { standIn: because }), predicted, measurement: await harness.measure(possible, signal) };
}

/** Whether the kernel counted, without a doubt, what was predicted. */
export function agrees({ predicted, measurement }: Pick<Run, "predicted" | "measurement">): boolean {
  return measurement.verdict === "measured" && compare(predicted, measurement.outcome).length === 0;
}
