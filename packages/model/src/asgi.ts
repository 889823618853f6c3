import { queues, settingOf, unbounded, type Capacity } from "./capacity.ts";
import type { AsgiProgram, AsgiService, Listener } from "./deployment.ts";
import { fromSetting, minimum, product } from "./expression.ts";

export interface AsgiProgramFacts {
  /** The backlog that it asks for when nothing is passed. */
  readonly backlog: number;
  /** What it binds when nothing is said. */
  readonly address: { readonly host: string; readonly port: number };
  /** Why no setting bounds what it accepts: one clause. */
  readonly because: string;
  readonly source: string;
}

const loop = "accepts connections as they come until it runs out of file descriptors";

/** The servers of ASGI applications, each an event loop a process. Versions looked at: uvicorn 0.17 to 0.34, hypercorn 0.13 to 0.17, daphne 4.0 with Twisted 22. */
export const asgiPrograms: Readonly<Record<AsgiProgram, AsgiProgramFacts>> = {
  uvicorn: {
    backlog: 2048,
    address: { host: "127.0.0.1", port: 8000 },
    because: `uvicorn ${loop}`,
    source: "uvicorn: uvicorn/config.py Config; uvicorn/server.py Server.startup hands it to asyncio's create_server in every case",
  },
  hypercorn: {
    backlog: 100,
    address: { host: "127.0.0.1", port: 8000 },
    because: `hypercorn ${loop}`,
    source: "hypercorn: hypercorn/config.py Config; hypercorn/asyncio/run.py worker_serve, hypercorn/trio/run.py worker_serve",
  },
  daphne: {
    backlog: 50,
    address: { host: "127.0.0.1", port: 8000 },
    because: `daphne ${loop}`,
    source: "daphne: daphne/cli.py, daphne/endpoints.py; Twisted: twisted/internet/endpoints.py _parseTCP, _parseUNIX",
  },
};

const slots = "each event loop works on all of its connections in turns";

/**
 * What an ASGI server holds that is reached through these of its listeners: no setting bounds what its loops accept. A uvicorn
 * with a limit answers 503 as soon as a process counts that many connections, the new one among them, so that one fewer is
 * served; which process a client comes to is the kernel's choice, so that only one's share is sure.
 * uvicorn: uvicorn/protocols/http/h11_impl.py H11Protocol.handle_events, httptools_impl.py.
 */
export function asgiCapacity(service: AsgiService, listeners: readonly Listener[]): Capacity {
  const { workers: count, limit_concurrency } = service.settings;
  const workers = settingOf(service, "workers", count, 1);
  const { sure, nominal } = queues(listeners, workers);
  const facts = { slots: unbounded(slots), nominal, byEnvironment: false, leftOut: [] };
  if (limit_concurrency === undefined) {
    const accepted = unbounded(asgiPrograms[service.program].because);
    return { ...facts, sure, best: accepted, spread: accepted, accepted };
  }
  const limit = settingOf(service, "limit_concurrency", limit_concurrency, 1);
  const each = { kind: "share", of: fromSetting(limit), minus: 1, by: 1 } as const;
  const served = product([fromSetting(workers), each]);
  return { ...facts, sure: minimum([sure, each]), best: served, spread: served, accepted: served };
}
