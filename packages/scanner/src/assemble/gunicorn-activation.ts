import { posix } from "node:path";
import type { Backlog, FileProblem, Listener, Sourced } from "@audit-backlog/model";
import type { CommandLine } from "../facts.ts";
import type { SystemdSocket } from "../readers/systemd-socket.ts";
import { booleanSetting, type Layers } from "./gunicorn-settings.ts";

/**
 * The socket units whose sockets systemd hands to each service unit, by the file of the service. A socket unit belongs
 * to the service that it names in the same directory, else to the only one of that name in the repository; where two
 * files could be the service or the socket unit, nothing is tied. One service may have several socket units.
 * systemd.socket(5), Service= and Accept=.
 */
export function socketsOfServices(sockets: readonly SystemdSocket[], commands: readonly CommandLine[]): ReadonlyMap<string, readonly SystemdSocket[]> {
  const services = new Files();
  const units = new Files();
  for (const { file, holder } of commands) if (holder.kind === "systemd") services.add(holder.name, file);
  for (const { file, name } of sockets) units.add(name, file);
  const tied = new Map<string, SystemdSocket[]>();
  for (const socket of sockets) {
    const file = serviceFile(socket, services, units);
    if (file === undefined) continue;
    const others = tied.get(file);
    if (others === undefined) tied.set(file, [socket]);
    else others.push(socket);
  }
  return tied;
}

/** Unit files by the name of the unit. */
class Files {
  readonly #everywhere = new Map<string, Set<string>>();
  readonly #near = new Map<string, Set<string>>();

  add(name: string, file: string): void {
    addTo(this.#everywhere, name, file);
    addTo(this.#near, `${posix.dirname(file)}/${name}`, file);
  }

  everywhere(name: string): ReadonlySet<string> {
    return this.#everywhere.get(name) ?? new Set();
  }

  beside(file: string, name: string): ReadonlySet<string> {
    return this.#near.get(`${posix.dirname(file)}/${name}`) ?? new Set();
  }
}

function addTo(map: Map<string, Set<string>>, key: string, file: string): void {
  const files = map.get(key);
  if (files === undefined) map.set(key, new Set([file]));
  else files.add(file);
}

function serviceFile(socket: SystemdSocket, services: Files, units: Files): string | undefined {
  // With Accept=yes systemd passes connections on, not the socket.
  if (socket.service === undefined || socket.accept !== false || socket.listens.length === 0) return undefined;
  const near = services.beside(socket.file, socket.service);
  const candidates = near.size > 0 ? near : services.everywhere(socket.service);
  const namesakes = near.size > 0 ? units.beside(socket.file, socket.name) : units.everywhere(socket.name);
  const [only] = candidates;
  return candidates.size === 1 && namesakes.size === 1 ? only : undefined;
}

/** What becomes of a service's sockets. */
export interface Activation {
  /** The socket units whose sockets it listens on, instead of its `bind`; none where it opens its own. */
  readonly sockets: readonly SystemdSocket[];
  readonly problems: readonly FileProblem[];
}

/**
 * gunicorn takes the sockets that systemd passes, and no `bind`, if LISTEN_PID is its own process: a daemon's is not.
 * From 24 on the workers of a gunicorn with reuse_port bind for themselves and leave the sockets alone.
 * gunicorn: gunicorn/arbiter.py Arbiter.start, spawn_worker; gunicorn/systemd.py listen_fds; gunicorn/util.py daemonize.
 */
export function activation(sockets: readonly SystemdSocket[], layers: Layers): Activation {
  const [first] = sockets;
  if (first === undefined) return { sockets: [], problems: [] };
  const own = (reason: string): Activation => ({ sockets: [], problems: [{ file: layers.place.file, range: layers.place.range, reason: `${reason}; its own bind was read.` }] });
  if (!isFalse(booleanSetting(layers, "daemon"))) return own(`A gunicorn that turns itself into a daemon does not take the sockets of ${first.file}`);
  if (!isFalse(booleanSetting(layers, "reuse_port"))) return own(`With reuse_port, gunicorn listens on the sockets of ${first.file} up to version 23 and on its own bind from 24 on`);
  return { sockets, problems: [] };
}

function isFalse({ value }: Sourced<boolean>): boolean {
  return (value.kind === "exact" || value.kind === "assumed") && !value.value;
}

/** Says of each listener that `Backlog=` of its socket unit does not count: gunicorn calls listen() again. gunicorn: gunicorn/sock.py BaseSocket.set_options. */
export function withoutUnitBacklog(listener: Listener, sockets: readonly SystemdSocket[]): Listener {
  const { origin } = listener.address;
  const unit = sockets.find(({ listens }) => listens.some((listen) => listen.origin.kind === "file" && origin.kind === "file" && listen.origin.file === origin.file));
  if (unit?.backlog === undefined) return listener;
  const backlog: Backlog = {
    ...listener.backlog,
    ignored: [...listener.backlog.ignored, { setting: unit.backlog, reason: "systemd-socket", because: "gunicorn calls listen() again, with its own backlog, on the sockets that systemd hands it" }],
  };
  return { ...listener, backlog };
}
