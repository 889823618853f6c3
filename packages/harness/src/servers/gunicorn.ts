import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GunicornServer } from "@audit-backlog/model";
import { areAtRest, familyOf, waitUntil } from "../processes.ts";
import { assertRuns, startProgram, type Running, type Setting, type Versions } from "./running.ts";

const sleepingApplication = `import os, time

def application(environ, start_response):
    time.sleep(float(os.environ["HANDLER_TIME"]))
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]
`;

export interface GunicornOptions {
  /** Python source of a module with `application`, instead of one that sleeps for the handler's time. */
  readonly application?: string;
  /** Seconds. */
  readonly gracefulTimeout?: number;
}

/** Starts the real gunicorn with a configuration made for the scenario, and waits for all of its workers. */
export async function startGunicorn(server: GunicornServer, setting: Setting, { application = sleepingApplication, gracefulTimeout = 1 }: GunicornOptions = {}): Promise<Running & { readonly pid: number }> {
  const base = join(setting.directory, setting.name);
  const booted = `${base}.booted`;
  writeFileSync(booted, "");
  writeFileSync(join(setting.directory, "harness_application.py"), application);
  writeFileSync(`${base}.py`, configuration(server, setting, booted, gracefulTimeout));
  const variables = { HANDLER_TIME: String(setting.handlerTime), PYTHONDONTWRITEBYTECODE: "1" };
  const { child, running } = startProgram("gunicorn", ["-c", `${base}.py`, "harness_application:application"], setting.directory, variables);
  const isUp = (): boolean => {
    // What its worker says without it: gunicorn: gunicorn/workers/ggevent.py, gunicorn/util.py load_class.
    if (server.workerClass === "gevent" && /requires gevent|No module named '?gevent/.test(running.log())) throw new Error("gunicorn can't load gevent for its gevent workers (apt-get install python3-gevent)");
    assertRuns(child, running, "gunicorn");
    return readFileSync(booted, "latin1").length >= server.workers && areAtRest(familyOf(running.pid));
  };
  await waitUntil(isUp, setting.until, "gunicorn to start its workers");
  return { ...running, versions: JSON.parse(readFileSync(`${booted}.versions`, "utf8")) as Versions };
}

function configuration(server: GunicornServer, { address, directory }: Setting, booted: string, gracefulTimeout: number): string {
  const text = (value: string): string => JSON.stringify(value);
  return `bind = ${text(address.family === "tcp" ? `127.0.0.1:${address.port}` : `unix:${address.path}`)}
backlog = ${server.backlog}
workers = ${server.workers}
threads = ${server.threads}
worker_class = ${text(server.workerClass)}
worker_connections = ${server.workerConnections}
worker_tmp_dir = ${text(directory)}
# Workers that stand still for long are no accident here.
timeout = 86400
graceful_timeout = ${gracefulTimeout}

def post_worker_init(worker):
    import json, os, platform, sys, gunicorn
    versions = {"gunicorn": gunicorn.__version__, "python": platform.python_version()}
    if "gevent" in sys.modules:
        versions["gevent"] = sys.modules["gevent"].__version__
    # Renamed into place, as workers start side by side.
    part = ${text(`${booted}.`)} + str(os.getpid())
    with open(part, "w") as file:
        json.dump(versions, file)
    os.rename(part, ${text(`${booted}.versions`)})
    with open(${text(booted)}, "ab") as file:
        file.write(b".")
`;
}
