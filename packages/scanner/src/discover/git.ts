import { spawnSync } from "node:child_process";

/** Milliseconds until git counts as stuck: a `.gitignore` can be a named pipe that nobody writes to. */
export const GIT_PATIENCE = 60_000;

export interface GitRun {
  readonly ok: boolean;
  readonly output: string;
  /** What git says of a failure, in English. */
  readonly complaint: string;
}

export interface GitOptions {
  /** Milliseconds that git may take. */
  readonly patience?: number;
  /** Settings that count more than those of any file. */
  readonly settings?: readonly (readonly [name: string, value: string])[];
  /** The index to read instead of the repository's own: a commit hook is told of one. Absolute. */
  readonly index?: string;
}

/**
 * Runs a git command that only reads. Nothing that the repository's own configuration names is started: no hooks, no
 * file system monitor, no pager, no transport. The caller's command must not need filters, text conversion or
 * external diffs, or must turn them off.
 */
export function git(directory: string, args: readonly string[], { patience = GIT_PATIENCE, settings = [], index }: GitOptions = {}): GitRun {
  // A repository's own configuration may name programs to start; ls-files would start the monitor.
  const own = [["core.fsmonitor", "false"], ["core.hooksPath", "/dev/null"]] as const;
  const environment = gitEnvironment();
  for (const [at, [name, value]] of [...own, ...settings].entries()) {
    environment[`GIT_CONFIG_KEY_${at}`] = name;
    environment[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  environment["GIT_CONFIG_COUNT"] = String(own.length + settings.length);
  if (index !== undefined) environment["GIT_INDEX_FILE"] = index;
  // Older releases know no GIT_CONFIG_COUNT (git: 2.31).
  const inWords = own.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const run = spawnSync("git", [...inWords, "--no-pager", "-C", directory, ...args], {
    env: environment,
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience,
    killSignal: "SIGKILL",
  });
  const complaint = run.error === undefined ? run.stderr.toString("utf8") : (run.error as NodeJS.ErrnoException).code === "ENOENT" ? "git is not installed" : (run.error as NodeJS.ErrnoException).code === "ETIMEDOUT" ? "git took too long" : run.error.message;
  return { ok: run.status === 0, output: run.status === 0 ? run.stdout.toString("utf8") : "", complaint: complaint.trim() };
}

function gitEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    // A partial clone fetches objects that it lacks, with the ssh command or transport that its own configuration names
    // (git: promisor-remote.c fetch_objects). Only newer releases know the first; the second leaves it no transport.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "",
    LC_ALL: "C",
  };
  for (const [name, value] of Object.entries(process.env)) {
    // GIT_DIR, GIT_INDEX_FILE and the like are set inside of a commit hook and speak of another tree.
    if (!name.startsWith("GIT_") && name !== "LC_ALL" && name !== "LANGUAGE") environment[name] = value;
  }
  return environment;
}
