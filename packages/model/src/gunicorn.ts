import { hangsOnVariable, queues, settingOf, unbounded, type Amount, type Capacity } from "./capacity.ts";
import type { GunicornClass, GunicornService, Listener } from "./deployment.ts";
import { fromSetting, minimum, product, sum } from "./expression.ts";
import type { Setting } from "./limit-types.ts";
import { possibilities } from "./value.ts";

/** What decides how many connections the workers of a class hold accepted, and on how many they work. */
export interface GunicornClassFacts {
  readonly accepts: "workers" | "workers × worker_connections" | "unbounded";
  readonly serves: "workers" | "workers × threads" | "unbounded";
  /** Why there is no bound, where there is none: one clause. */
  readonly because?: string;
  /** The class calls listen() once more, and then with this backlog: always, or where gunicorn's is 0. `by`: whose default it is. */
  readonly listensAgain?: { readonly backlog: number; readonly when: "always" | "backlog is 0"; readonly by: string; readonly source: string };
  readonly source: string;
}

const descriptors = "its event loop accepts connections until the process runs out of file descriptors";
const loopSlots = "its event loop works on all of its connections in turns";

/** Accept capacity and service slots by worker class; the same in gunicorn 20.1 to 26.1. */
export const gunicornClasses: Readonly<Record<GunicornClass, GunicornClassFacts>> = {
  sync: { accepts: "workers", serves: "workers", source: "gunicorn: gunicorn/workers/sync.py accepts one connection and handles it" },
  gthread: {
    accepts: "workers × worker_connections",
    serves: "workers × threads",
    source: "gunicorn: gunicorn/workers/gthread.py accepts while nr_conns < worker_connections",
  },
  gevent: {
    accepts: "workers × worker_connections",
    serves: "unbounded",
    because: "greenlets take turns, so what they wait for decides how many are worked on",
    source: "gunicorn: gunicorn/workers/ggevent.py Pool(worker_connections), one for each listener",
  },
  eventlet: {
    accepts: "workers × worker_connections",
    serves: "unbounded",
    because: "greenlets take turns, so what they wait for decides how many are worked on",
    source: "gunicorn: gunicorn/workers/geventlet.py GreenPool(worker_connections); gone since 26.0",
  },
  tornado: { accepts: "unbounded", serves: "unbounded", because: descriptors, source: "gunicorn: gunicorn/workers/gtornado.py" },
  uvicorn: { accepts: "unbounded", serves: "unbounded", because: descriptors, listensAgain: { backlog: 2048, when: "backlog is 0", by: "uvicorn", source: "uvicorn/config.py Config" }, source: "uvicorn: uvicorn/workers.py, uvicorn/config.py" },
  asgi: {
    accepts: "unbounded",
    serves: "unbounded",
    because: descriptors,
    listensAgain: { backlog: 100, when: "always", by: "asyncio", source: "gunicorn/workers/gasgi.py: asyncio's create_server default" },
    source: "gunicorn: gunicorn/workers/gasgi.py (24.0 to 26.1) reads worker_connections and never compares with it; asyncio's create_server listens with its own 100",
  },
  aiohttp: {
    accepts: "unbounded",
    serves: "unbounded",
    because: descriptors,
    listensAgain: { backlog: 128, when: "always", by: "aiohttp", source: "aiohttp/web_runner.py SockSite" },
    source: "aiohttp: aiohttp/worker.py GunicornWebWorker makes a SockSite without a backlog; ss shows 128 whatever gunicorn asked for (aiohttp 3.14, gunicorn 26.2)",
  },
};

/**
 * With reuse_port set, gunicorn before this version sets SO_REUSEPORT on the one socket that all workers share, so there is
 * one queue; from it on each worker makes a socket of its own. Source: gunicorn: gunicorn/sock.py, gunicorn/arbiter.py.
 */
export const gunicornQueuePerWorkerSince = "24.0.0";

/** What a gunicorn service holds that is reached through these of its listeners. */
export function gunicornCapacity(service: GunicornService, listeners: readonly Listener[]): Capacity {
  // gunicorn accepts workers = 0 and then serves nobody; no deployment means that, so 1 is the least.
  const workers = settingOf(service, "workers", service.settings.workers, 1);
  const { sure, all, nominal } = queues(listeners, workers);
  const accepted = acceptCapacity(service, workers);
  const held = accepted.kind === "unbounded" ? accepted : sum([accepted, all]);
  return { sure, best: held, spread: held, accepted, slots: serviceSlots(service, workers), nominal, byEnvironment: hangsOnVariable(service.effectiveClass), leftOut: [] };
}

function acceptCapacity(service: GunicornService, workers: Setting): Amount {
  const facts = classFacts(service);
  if (typeof facts === "string") return unbounded(facts);
  switch (facts.accepts) {
    case "workers":
      return fromSetting(workers);
    case "workers × worker_connections":
      return product([fromSetting(workers), fromSetting(connections(service))]);
    case "unbounded":
      return unbounded(facts.because ?? descriptors);
  }
}

function serviceSlots(service: GunicornService, workers: Setting): Amount {
  const facts = classFacts(service);
  if (typeof facts === "string") return unbounded(facts);
  switch (facts.serves) {
    case "workers":
      return fromSetting(workers);
    case "workers × threads": {
      const threads = settingOf(service, "threads", service.settings.threads, 1);
      return product([fromSetting(workers), minimum([fromSetting(threads), fromSetting(connections(service))])]);
    }
    case "unbounded":
      return unbounded(facts.accepts === "unbounded" ? loopSlots : (facts.because ?? loopSlots));
  }
}

function connections(service: GunicornService): Setting {
  return settingOf(service, "worker_connections", service.settings.worker_connections, 1);
}

/** The facts that hold for every class that it can be; a clause that says why not where they differ or are not known. */
function classFacts(service: GunicornService): GunicornClassFacts | string {
  const written = service.settings.worker_class.text ?? "its worker class";
  const facts = new Set<GunicornClassFacts>();
  for (const value of possibilities(service.effectiveClass.value)) {
    if (!("value" in value)) return `how many connections ${written} accepts is not known`;
    facts.add(gunicornClasses[value.value]);
  }
  const [first, second] = facts;
  if (first === undefined || second !== undefined) return "how many connections it accepts hangs on which worker class runs";
  return first;
}
