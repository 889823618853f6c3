import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GunicornTrial } from "@audit-backlog/model";
import { familyOf } from "../processes.ts";
import { startProgram } from "../servers/running.ts";
import type { Ports, StartedTrial, TrialSetting } from "./trial.ts";
import { assertWord } from "./words.ts";

/** Listens, hands the socket over as descriptor 3, and becomes gunicorn. Source: sd_listen_fds(3). */
const activation = `import os, socket, sys
port, backlog = int(sys.argv[1]), int(sys.argv[2])
opened = socket.socket()
opened.bind(("127.0.0.1", port))
opened.listen(backlog)
number = opened.detach()
if number != 3:
    os.dup2(number, 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[3], sys.argv[3:])
`;

/**
 * What gunicorn's asgi worker does with its socket, for a gunicorn of any release: asyncio's server on it, which is told a backlog
 * only where the trial says so. Says by a file that it listens. Source: gunicorn: gunicorn/workers/gasgi.py.
 */
const asyncioWorker = `import asyncio, os
from gunicorn.workers.base import Worker

class AsyncioWorker(Worker):
    async def serve(self):
        backlog = {"backlog": self.cfg.backlog} if os.environ["TRIAL_ASYNCIO"] == "passed on" else {}
        for opened in self.sockets:
            await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=opened.sock, **backlog)
        open(os.environ["TRIAL_LISTENS"], "w").close()
        while self.alive and os.getppid() == self.ppid:
            self.notify()
            await asyncio.sleep(1)

    def run(self):
        asyncio.run(self.serve())
`;

/** Starts the real gunicorn with the trial's settings on its command line. */
export async function startGunicornTrial({ settings, inherited, inFile, asyncio }: GunicornTrial, { directory, name }: TrialSetting, ports: Ports): Promise<StartedTrial> {
  const [port = 0] = await ports(1);
  const application = `${name}_application`;
  writeFileSync(join(directory, `${application}.py`), "def application(environ, start_response):\n    start_response(\"204 No Content\", [])\n    return []\n");
  const words = Object.entries(settings).map(([setting, value]) => [assertWord(setting), assertWord(value)] as const);
  const file = join(directory, `${name}.conf.py`);
  if (inFile === true) writeFileSync(file, words.map(([setting, value]) => `${setting} = "${value}"\n`).join(""));
  const options = inFile === true ? ["-c", file] : words.map(([setting, value]) => `--${setting.replaceAll("_", "-")}=${value}`);
  const bind = inherited === undefined ? ["--bind", `127.0.0.1:${port}`] : [];
  const worker = asyncio === undefined ? [] : ["--worker-class", `${name}_worker.AsyncioWorker`];
  const listens = join(directory, `${name}.listens`);
  if (asyncio !== undefined) writeFileSync(join(directory, `${name}_worker.py`), asyncioWorker);
  const command = ["gunicorn", ...bind, ...worker, "--worker-tmp-dir", directory, ...options, `${application}:application`];
  const [program = "", ...args] = inherited === undefined ? command : ["python3", "-c", activation, String(port), String(Math.trunc(inherited)), ...command];
  const { child, running } = startProgram(program, args, directory, {
    PYTHONDONTWRITEBYTECODE: "1",
    ...(asyncio === undefined ? {} : { PYTHONPATH: directory, TRIAL_ASYNCIO: asyncio, TRIAL_LISTENS: listens }),
  });
  const version = /version ([^\s)]+)/.exec(spawnSync("gunicorn", ["--version"], { encoding: "utf8", timeout: 30_000 }).stdout)?.[1];
  return {
    child,
    running,
    // The arbiter listens before it starts its workers.
    isUp: () => familyOf(running.pid).length > 1 && (asyncio === undefined || existsSync(listens)),
    ports: [port],
    versions: version === undefined ? {} : { gunicorn: version },
  };
}
