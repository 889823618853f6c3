import { effectiveBacklog, gunicornSettings, nginxSettings, nodeSettings, type GunicornServer, type Server } from "@audit-backlog/model";
import { oneOf, UsageError } from "./option-values.ts";

export interface MeasureArguments {
  readonly command: "measure";
  readonly server: Server;
  readonly somaxconn: number | "live" | undefined;
  /** Clients at the same moment; unset: twice what the queue holds. */
  readonly burst: number | undefined;
  readonly sweep: boolean;
  readonly format: "pretty" | "json";
}

/** The words of a command line, as its readers give them. */
export interface MeasureWords {
  readonly text: (name: string) => string | undefined;
  /** A whole number from `least` on; throws UsageError. */
  readonly count: (name: string, least?: number) => number | undefined;
  readonly sweep: boolean;
  readonly somaxconn: number | "live" | undefined;
  readonly format: "pretty" | "json";
}

const kinds = ["gunicorn", "nginx", "node", "listener"] as const;
const classes = ["sync", "gthread", "gevent"] as const;
/** Seconds; nothing hangs on it, as no request of a burst is answered before the clients were counted. */
const serviceTime = 1;

/** What each kind of server has no use for. */
const useless: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  gunicorn: [],
  nginx: ["class", "threads"],
  node: ["class", "threads", "worker-connections"],
  listener: ["class", "threads", "worker-connections", "workers"],
};

/** Reads what `measure` is to try out. Throws UsageError for a number that the server refuses. */
export function readMeasure({ text, count, sweep, somaxconn, format }: MeasureWords): MeasureArguments {
  const kind = oneOf("server", text("server") ?? "gunicorn", kinds);
  const idle = useless[kind].find((name) => text(name) !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} means nothing to --server ${kind}`);
  const family = oneOf("family", text("family") ?? "tcp", ["tcp", "unix"]);
  const workers = count("workers") ?? 1;
  const base = { family, state: "serving" } as const;
  const server = ((): Server => {
    switch (kind) {
      case "gunicorn":
        return { kind, ...base, backlog: count("backlog", gunicornSettings.backlog.least) ?? gunicornSettings.backlog.default, ...gunicornClass({ text, count }), workers, serviceTime };
      case "nginx": {
        const { backlog, worker_connections: connections } = nginxSettings;
        return { kind, ...base, backlog: count("backlog", backlog.least) ?? backlog.default, workers, workerConnections: count("worker-connections", connections.least) ?? connections.default, reuseport: false };
      }
      case "node":
        // Node makes its default of 0.
        return { kind, ...base, backlog: count("backlog") ?? nodeSettings.backlog.default, mode: workers === 1 ? "single" : "round-robin", instances: workers, serviceTime };
      case "listener":
        return { kind, family, state: "stalled", backlog: count("backlog", 0) ?? nodeSettings.backlog.default };
    }
  })();
  return { command: "measure", server, somaxconn, burst: count("burst"), sweep, format };
}

/** More than one thread turns the sync class into gthread. Source: gunicorn: gunicorn/config.py worker_class. */
function gunicornClass({ text, count }: Pick<MeasureWords, "text" | "count">): Pick<GunicornServer, "workerClass" | "threads" | "workerConnections"> {
  const threads = count("threads") ?? gunicornSettings.threads.default;
  const stated = oneOf("class", text("class") ?? "sync", classes);
  if (stated === "gevent" && threads > 1) throw new UsageError("--threads means nothing to --class gevent");
  const workerClass = stated === "sync" && threads > 1 ? "gthread" : stated;
  if (workerClass === "sync" && text("worker-connections") !== undefined) throw new UsageError("--worker-connections means nothing to --class sync");
  return { workerClass, threads, workerConnections: count("worker-connections") ?? gunicornSettings.worker_connections.default };
}

/** A burst that shows both sides of the limit, where none was stated; no more than one process opens without asking. */
export function defaultBurst(server: Server, somaxconn: number): number {
  return Math.min(2 * (effectiveBacklog(server.backlog, somaxconn) + 1), 10_000);
}
