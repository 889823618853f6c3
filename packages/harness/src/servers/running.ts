import { spawn, type ChildProcess } from "node:child_process";
import type { Address } from "../kernel.ts";

/** What starting a server needs to know. */
export interface Setting {
  /** For configurations, sockets and logs of this run. */
  readonly directory: string;
  /** Unique in the run; part of file names. */
  readonly name: string;
  readonly address: Address;
  /** Seconds that a handler waits. */
  readonly handlerTime: number;
  /** performance.now() at which waiting for anything ends. */
  readonly until: number;
}

export type Versions = Readonly<Partial<Record<"nginx" | "gunicorn" | "gevent" | "python", string>>>;

export interface Running {
  /** Processes to watch and to stop; none for a thread of our own. */
  readonly pid: number | undefined;
  /** Of the programs that run, by name. */
  readonly versions?: Versions;
  /** What it wrote to its log or standard error so far. */
  readonly log: () => string;
  readonly end: () => void;
}

/** Starts a program without this process's environment: servers read settings from variables. Its standard error is its log. */
export function startProgram(command: string, args: readonly string[], directory: string, variables: NodeJS.ProcessEnv = {}): { readonly child: ChildProcess; readonly running: Running & { readonly pid: number } } {
  const env: NodeJS.ProcessEnv = { PATH: process.env["PATH"], LANG: "C.UTF-8", ...variables };
  // A group of its own, so that all of it can be ended where no process namespace does that.
  const child = spawn(command, args, { cwd: directory, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (text.length < 100_000) text += chunk.toString();
  });
  child.on("error", (error) => {
    text += error.message;
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} can't be started; is it installed?`);
  const end = (): void => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  process.once("exit", end);
  return { child, running: { pid, log: () => text, end } };
}

/** Throws with the log of a server that has ended. */
export function assertRuns(child: ChildProcess, running: Running, what: string): void {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what} ended: ${running.log().trim().split("\n").slice(-5).join("; ")}`);
}
