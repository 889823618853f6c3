import { gunicornClasses, possibilities, type GunicornClass, type GunicornServer, type GunicornService, type Listener, type NginxServer, type NginxService, type Server, type Service } from "@audit-backlog/model";
import { processesOf, worstOf, type Numbers } from "./numbers.ts";
import type { SourceProof } from "./types.ts";

export interface Built<S extends Server = Server> {
  readonly server: S;
  readonly changed: readonly string[];
}

/** A server of the deployment from which nobody accepts: what its queue holds is what counts. */
export function stalledServer(service: Service, listener: Listener, numbers: Numbers, cpus: number | undefined): Built | SourceProof {
  const backlog = numbers.get(`${listener.id}/backlog`) ?? worstOf(listener.backlog.requested, cpus);
  if (backlog === undefined) return dynamic(`the backlog ${listener.backlog.requested.text ?? ""}`.trimEnd());
  const common = { family: familyOf(listener), backlog, state: "stalled" } as const;
  // What the server can't be brought to pass on, a process that only listens can. Source: node: lib/net.js; nginx: src/http/ngx_http_core_module.c
  if (backlog < (service.kind === "gunicorn" ? 0 : 1)) {
    return { server: { ...common, kind: "listener" }, changed: [`a process that listens with ${String(backlog)} and never accepts stands for ${service.name}`] };
  }
  switch (service.kind) {
    case "asgi":
      // Nothing else of it decides what its queue holds.
      return { server: { ...common, kind: "listener" }, changed: [`a process that listens with ${String(backlog)} and never accepts stands for ${service.name}`] };
    case "gunicorn":
      return stalledGunicorn(service, common, cpus);
    case "nginx": {
      const { workers, changed } = nginxWorkers(service, cpus);
      const queues = listener.queuePerWorker.value;
      // Hashing strands room in the queues of several workers; that of one is counted exactly.
      const many = (queues.kind === "exact" || queues.kind === "assumed") && queues.value && workers > 1;
      const alone = { ...common, kind: "nginx" as const, workers: many ? 1 : workers, workerConnections: 512, reuseport: false };
      return { server: alone, changed: many ? ["one accept queue, not one a worker: which of them a client comes to is the kernel's choice"] : changed };
    }
    case "node": {
      const mode = modeOf(service.mode.value);
      if (mode === "round-robin") return { server: { ...common, kind: "node", mode: "single", instances: 1, serviceTime: 1 }, changed: ["one process that stands still stands for the cluster's primary"] };
      const { count, changed } = processesOf("instances", worstOf(service.settings.instances, cpus));
      if (mode === "single") return { server: { ...common, kind: "node", mode, instances: 1, serviceTime: 1 }, changed: [] };
      return { server: { ...common, kind: "node", mode, instances: count, serviceTime: 1 }, changed };
    }
  }
}

function stalledGunicorn(service: GunicornService, common: Pick<GunicornServer, "family" | "backlog" | "state">, cpus: number | undefined): Built | SourceProof {
  const workerClass = classOf(service);
  if (typeof workerClass !== "string") return workerClass;
  const { workers, threads, worker_connections: connections } = service.settings;
  const { count, changed } = processesOf("workers", worstOf(workers, cpus));
  return {
    server: {
      ...common,
      kind: "gunicorn",
      workerClass,
      workers: count,
      threads: Math.min(8, Math.max(1, workerClass === "gthread" ? (worstOf(threads, cpus) ?? 2) : 1)),
      workerConnections: Math.max(1, worstOf(connections, cpus) ?? 1000),
      serviceTime: 1,
    },
    changed,
  };
}

/** The class that runs, where it is one that measurements know. */
function classOf(service: GunicornService): GunicornServer["workerClass"] | SourceProof {
  const written = service.settings.worker_class.text ?? "the worker class";
  for (const value of possibilities(service.effectiveClass.value)) {
    if (!("value" in value)) return { kind: "from-source", because: `${written} is a worker class of one's own, or known only at run time: nobody else has it to try it`, source: "linux: net/socket.c __sys_listen_socket" };
    if (!isMeasured(value.value)) return { kind: "from-source", because: `the ${value.value} worker class is not at hand to be measured`, source: gunicornClasses[value.value].source };
  }
  const [first] = possibilities(service.effectiveClass.value);
  return first !== undefined && "value" in first && isMeasured(first.value) ? first.value : "sync";
}

function isMeasured(name: GunicornClass): name is GunicornServer["workerClass"] {
  return name === "sync" || name === "gthread" || name === "gevent";
}

/** nginx as it proxies or serves, with a queue for as many as its backlog says. Undefined where a number of it is not known. */
export function servingNginx(service: NginxService, listener: Listener | undefined, numbers: Numbers, cpus: number | undefined): Built<NginxServer> | undefined {
  const connections = numbers.get(`${service.id}/worker_connections`) ?? worstOf(service.settings.worker_connections, cpus);
  const backlog = listener === undefined ? 511 : (numbers.get(`${listener.id}/backlog`) ?? worstOf(listener.backlog.requested, cpus));
  const otherListeners = Math.max(0, service.listeners.length - 1);
  if (service.fragment || connections === undefined || backlog === undefined || backlog < 1 || connections < otherListeners + 3) return undefined;
  const { workers, changed } = nginxWorkers(service, cpus);
  return {
    server: { kind: "nginx", state: "serving", family: listener === undefined ? "tcp" : familyOf(listener), backlog, workers, workerConnections: connections, reuseport: false, otherListeners },
    changed,
  };
}

function nginxWorkers(service: NginxService, cpus: number | undefined): { readonly workers: number; readonly changed: readonly string[] } {
  const { count, changed } = processesOf("worker_processes", worstOf(service.settings.worker_processes, cpus));
  return { workers: count, changed };
}

/** A socket that somebody else opened is a TCP one here: queues of both kinds hold the same. */
function familyOf(listener: Listener): "tcp" | "unix" {
  const [value] = possibilities(listener.address.value);
  return value !== undefined && "value" in value && value.value.family === "unix" ? "unix" : "tcp";
}

function modeOf(value: Extract<Service, { kind: "node" }>["mode"]["value"]): "single" | "round-robin" | "shared" {
  const [first] = possibilities(value);
  return first !== undefined && "value" in first ? first.value : "single";
}

export function dynamic(what: string): SourceProof {
  return { kind: "from-source", because: `${what} is known only at run time`, source: "linux: net/socket.c __sys_listen_socket" };
}

export function isSource(built: object): built is SourceProof {
  return "kind" in built && built.kind === "from-source";
}
