import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeTrial } from "@audit-backlog/model";
import { startProgram } from "../servers/running.ts";
import type { Ports, StartedTrial, TrialSetting } from "./trial.ts";

/** The environment variable by which the program below knows its trial. */
const trialVariable = "AUDIT_BACKLOG_TRIAL";

/** Calls listen() as the trial says, in a worker after the other where it has several values, and says by a file that it did. */
const program = `import { spawn } from "node:child_process";
import cluster from "node:cluster";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";

const { form, backlogs, twice, port, listening } = JSON.parse(process.env.${trialVariable});
const literal = (value) => (typeof value !== "object" || value === null ? value : "bigint" in value ? BigInt(value.bigint) : Number(value.number));
const host = "127.0.0.1";
const inherited = 3;

function listen(values, then) {
  const server = createServer();
  const [backlog] = values.map(literal);
  switch (form) {
    case "option":
      return server.listen({ port, host, ...(values.length > 0 ? { backlog } : {}) }, then);
    case "positional":
      return server.listen(port, host, ...values.map(literal), then);
    case "fd":
      return server.listen({ fd: inherited, backlog }, then);
    case "fd-positional":
      return server.listen({ fd: inherited }, backlog, then);
  }
}

/** A descriptor to listen on comes from another process: one event loop does not watch it twice. */
function handOver() {
  const opened = createServer();
  opened.listen({ port, host, backlog: 1 }, () => {
    const env = { ...process.env, TRIAL_INHERITS: "1" };
    spawn(process.execPath, [process.argv[1]], { env, stdio: ["ignore", "ignore", "inherit", opened._handle.fd] }).once("exit", (code) => process.exit(code ?? 1));
  });
}

/** Another process of the same program; this one ends as it does. */
function again() {
  spawn(process.execPath, [process.argv[1]], { env: { ...process.env, TRIAL_INHERITS: "1" }, stdio: ["ignore", "ignore", "inherit"] }).once("exit", (code) => process.exit(code ?? 1));
}

const done = () => writeFileSync(listening, "");
if (form.startsWith("fd") && process.env.TRIAL_INHERITS === undefined) handOver();
else if (twice && process.env.TRIAL_INHERITS === undefined) listen(backlogs, again);
else if (backlogs.length < 2) listen(backlogs, done);
else if (cluster.isWorker) listen([backlogs[Number(process.env.TRIAL_WORKER)]], () => undefined);
else {
  const fork = (index) => {
    if (index === backlogs.length) return done();
    cluster.fork({ TRIAL_WORKER: String(index) }).once("listening", () => fork(index + 1));
  };
  fork(0);
}
`;

/** Starts Node with a program of ours that passes the trial's values on. */
export async function startNodeTrial({ form, backlogs, twice }: NodeTrial, { directory, name }: TrialSetting, ports: Ports): Promise<StartedTrial> {
  const [port = 0] = await ports(1);
  const base = join(directory, name);
  writeFileSync(`${base}.mjs`, program);
  const listening = `${base}.listening`;
  const { child, running } = startProgram(process.execPath, [`${base}.mjs`], directory, { [trialVariable]: JSON.stringify({ form, backlogs, twice, port, listening }) });
  return { child, running, isUp: () => existsSync(listening), ports: [port], versions: {} };
}
