import { queues, settingOf, unbounded, type Amount, type BurstRoom, type Capacity } from "./capacity.ts";
import type { Listener, NginxService } from "./deployment.ts";
import type { Sourced } from "./provenance.ts";
import { fromSetting, minimum, product, settingInterval, sum } from "./expression.ts";
import type { Assumptions, Expression, Interval, Setting } from "./limit-types.ts";
import { possibilities } from "./value.ts";

/**
 * Descriptors that a worker has open beside connections: standard input, output and error, the error log,
 * the epoll and the eventfd descriptor. The listeners and the channel to the master come on top; each access log
 * and each file being sent takes one more. Source: /proc/<worker>/fd of nginx 1.22.
 */
const otherDescriptors = 6;

/**
 * What nginx holds that is reached through these of its listeners. A worker counts its listeners, the channel to
 * the master and every client and upstream connection as connections; when none is left it accepts and closes
 * at once, so nothing waits in the kernel for it. Without descriptors it stops accepting, and the queue fills.
 * Sources: nginx: src/core/ngx_connection.c ngx_get_connection; src/event/ngx_event_accept.c; docs, worker_connections.
 */
export function nginxCapacity(service: NginxService, listeners: readonly Listener[], proxies: boolean): Capacity {
  const processes = settingOf(service, "worker_processes", service.settings.worker_processes, 1);
  const { sure: queued, all } = queues(listeners, processes);
  const taken = service.listeners.length + 1;
  const loop = unbounded("its event loops work on all of their connections in turns");
  const each = proxies ? 2 : 1;
  const share = (setting: Setting, minus: number): Expression => ({ kind: "share", of: fromSetting(setting), minus, by: each });
  const connections = settingOf(service, "worker_connections", service.settings.worker_connections, taken);
  if (!known(connections)) {
    const because = `${service.name} is read without the file that sets worker_connections`;
    const room = unbounded(because);
    return { sure: queued, best: room, spread: room, accepted: room, slots: loop, ...(proxies ? { room } : {}), nominal: false, byEnvironment: false, leftOut: [because] };
  }
  const held = product([share(connections, taken), fromSetting(processes)]);
  const files = openFiles(service);
  const descriptors = files === undefined ? undefined : settingOf(service, files.name, files.limit, taken);
  const open = descriptors !== undefined && known(descriptors) ? product([share(descriptors, taken + otherDescriptors), fromSetting(processes)]) : undefined;
  const accepted = open === undefined ? held : minimum([held, open]);
  // Who finds no descriptor waits in the queue; who finds no connection does not.
  const most: Amount = open === undefined ? held : minimum([held, sum([open, all])]);
  const room = { room: accepted, burst: { processes, connections, listeners: service.listeners.length } };
  return { sure: minimum([queued, held]), best: most, spread: most, accepted, slots: loop, ...(proxies ? room : {}), nominal: false, byEnvironment: false, leftOut: [] };
}

/** How many files a worker may open, under the name of the setting that says it. */
export interface OpenFiles {
  readonly name: "worker_rlimit_nofile" | "LimitNOFILE" | "ulimits.nofile";
  readonly limit: Sourced<number>;
}

/**
 * What bounds a worker's open files: nginx's own setting, else the soft limit that the one place gives it in which it runs, for
 * workers inherit it. Undefined where neither says so, or several places do. nginx: src/os/unix/ngx_process_cycle.c
 * ngx_worker_process_init; systemd.exec(5), LimitNOFILE=; Compose specification, ulimits.
 */
export function openFiles({ settings, runsIn = [] }: NginxService): OpenFiles | undefined {
  if (settings.worker_rlimit_nofile !== undefined) return { name: "worker_rlimit_nofile", limit: settings.worker_rlimit_nofile };
  const [place, ...others] = runsIn;
  if (place?.nofile === undefined || others.length > 0 || place.kind === "kubernetes") return undefined;
  return { name: place.kind === "systemd" ? "LimitNOFILE" : "ulimits.nofile", limit: place.nofile };
}

function known(setting: Setting): boolean {
  return possibilities(setting.value.value).every((value) => value.kind !== "dynamic");
}

/**
 * Proxied clients that nginx keeps of a burst larger than it can hold: it frees a sixteenth of its connections ahead of
 * need and closes the rest. Measured on nginx 1.22 with 32 to 1024 worker_connections, right to ± 1 a worker.
 * Source of the sixteenth: nginx: src/core/ngx_connection.c ngx_drain_connections.
 */
export function roomInBurst({ processes, connections, listeners }: BurstRoom, assumptions: Assumptions): Interval {
  const clients = (count: number): number => Math.floor((count - Math.floor(count / 16) - listeners - 1) / 2);
  const workers = settingInterval(processes, assumptions);
  const count = settingInterval(connections, assumptions);
  const times = (a: number, b: number): number => (a === 0 || b <= 0 ? 0 : a * b);
  return { low: times(workers.low, clients(count.low) - 1), high: times(workers.high, clients(count.high) + 1) };
}
