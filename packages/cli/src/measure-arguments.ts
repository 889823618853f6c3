import { effectiveBacklog, gunicornSettings, nginxSettings, nodeSettings, type GunicornServer, type Server } from "@audit-backlog/model";
import { oneOf, readDuration, readRate, UsageError } from "./option-values.ts";

export interface MeasureArguments {
  readonly command: "measure";
  readonly server: Server;
  readonly somaxconn: number | "live" | undefined;
  readonly load: MeasureLoad;
  readonly roundTrip: "zero" | "real";
  readonly sweep: boolean;
  readonly format: "pretty" | "json";
}

/** What a command line says of the load; what it leaves open hangs on where the server's limits are. */
export type MeasureLoad =
  /** Seconds of patience: unset, the question is how many there is room for. */
  | { readonly kind: "all at once"; readonly clients: number | undefined; readonly patience: number | undefined }
  | { readonly kind: "spread out"; readonly clients: number | undefined }
  | { readonly kind: "sustained"; readonly rate: number | undefined; readonly seconds: number };

/** The words of a command line, as its readers give them. */
export interface MeasureWords {
  readonly text: (name: string) => string | undefined;
  /** A whole number from `least` on; throws UsageError. */
  readonly count: (name: string, least?: number) => number | undefined;
  readonly flag: (name: string) => boolean;
  readonly somaxconn: number | "live" | undefined;
  readonly format: "pretty" | "json";
}

type Readers = Pick<MeasureWords, "text" | "count" | "flag">;

const kinds = ["gunicorn", "nginx", "node", "listener"] as const;
const classes = ["sync", "gthread", "gevent"] as const;
const loads = ["all-at-once", "spread-out", "sustained"] as const;
/** Seconds that a request takes, where nothing says it. */
const defaultServiceTime = 0.1;
/** Seconds that a sustained load lasts. */
const defaultSeconds = 10;

/** What each kind of server has no use for. */
const uselessToServer: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  gunicorn: ["reuseport"],
  nginx: ["class", "threads", "service-time"],
  node: ["class", "threads", "worker-connections", "reuseport"],
  listener: ["class", "threads", "worker-connections", "workers", "service-time", "reuseport"],
};

/** What each kind of load has no use for. A service time means nothing where no request is answered before clients were counted. */
const uselessToLoad: Readonly<Record<(typeof loads)[number], readonly string[]>> = {
  "all-at-once": ["arrival-rate", "seconds"],
  "spread-out": ["arrival-rate", "seconds", "client-timeout", "service-time"],
  sustained: ["burst", "client-timeout"],
};

/** Reads what `measure` is to try out. Throws UsageError for a number that the server refuses, and for options that do not go together. */
export function readMeasure({ somaxconn, format, ...readers }: MeasureWords): MeasureArguments {
  const { text, flag } = readers;
  const kind = oneOf("server", text("server") ?? "gunicorn", kinds);
  const load = oneOf("load", text("load") ?? "all-at-once", loads);
  const isGiven = (name: string): boolean => text(name) !== undefined || flag(name);
  const idle = uselessToServer[kind].find(isGiven);
  if (idle !== undefined) throw new UsageError(`--${idle} means nothing to --server ${kind}`);
  const pointless = uselessToLoad[load].find(isGiven);
  if (pointless !== undefined) throw new UsageError(`--${pointless} means nothing to --load ${load}`);
  const roundTrip = oneOf("round-trip", text("round-trip") ?? "zero", ["zero", "real"]);
  const server = readServer(kind, readers);
  if (flag("reuseport") && server.family === "unix") throw new UsageError("--reuseport means nothing to --family unix");
  const read = readLoad(load, readers);
  if (roundTrip === "real" && (server.family === "unix" || read.kind !== "all at once" || read.patience !== undefined)) {
    throw new UsageError("--round-trip real is for a burst over TCP: of anything else nothing is predicted");
  }
  if (read.kind === "all at once" && read.patience === undefined && isGiven("service-time")) throw new UsageError("--service-time means nothing without --client-timeout or --load sustained");
  return { command: "measure", server, somaxconn, load: read, roundTrip, sweep: flag("sweep"), format };
}

function readLoad(load: (typeof loads)[number], { text, count }: Readers): MeasureLoad {
  switch (load) {
    case "all-at-once":
      return { kind: "all at once", clients: count("burst"), patience: readDuration("client-timeout", text("client-timeout")) };
    case "spread-out":
      return { kind: "spread out", clients: count("burst") };
    case "sustained":
      return { kind: "sustained", rate: readRate(text("arrival-rate")), seconds: readDuration("seconds", text("seconds")) ?? defaultSeconds };
  }
}

function readServer(kind: (typeof kinds)[number], readers: Readers): Server {
  const { text, count, flag } = readers;
  const family = oneOf("family", text("family") ?? "tcp", ["tcp", "unix"]);
  const workers = count("workers") ?? 1;
  const serviceTime = readDuration("service-time", text("service-time")) ?? defaultServiceTime;
  const base = { family, state: "serving" } as const;
  switch (kind) {
    case "gunicorn":
      return { kind, ...base, backlog: count("backlog", gunicornSettings.backlog.least) ?? gunicornSettings.backlog.default, ...gunicornClass(readers), workers, serviceTime };
    case "nginx": {
      const { backlog, worker_connections: connections } = nginxSettings;
      return { kind, ...base, backlog: count("backlog", backlog.least) ?? backlog.default, workers, workerConnections: count("worker-connections", connections.least) ?? connections.default, reuseport: flag("reuseport") };
    }
    case "node":
      // Node makes its default of 0.
      return { kind, ...base, backlog: count("backlog") ?? nodeSettings.backlog.default, mode: workers === 1 ? "single" : "round-robin", instances: workers, serviceTime };
    case "listener":
      return { kind, family, state: "stalled", backlog: count("backlog", 0) ?? nodeSettings.backlog.default };
  }
}

/** More than one thread turns the sync class into gthread. Source: gunicorn: gunicorn/config.py worker_class. */
function gunicornClass({ text, count }: Readers): Pick<GunicornServer, "workerClass" | "threads" | "workerConnections"> {
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
