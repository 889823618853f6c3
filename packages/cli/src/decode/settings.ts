import { describeValue, effectiveBacklog, intervalOf, type Address, type Deployment, type Listener, type NginxService, type Origin, type Service, type Sourced } from "@audit-backlog/model";
import { listenerText } from "../report/words.ts";
import { mayBe, same } from "../same-address.ts";
import type { Meaning, SettingKind } from "./sign.ts";

/** A setting of a repository, and where it stands. */
export interface SettingPlace {
  /** "gunicorn shop.wsgi unix:/run/shop.sock" */
  readonly of: string;
  /** "backlog" */
  readonly name: string;
  /** "64", "64, in force 64" */
  readonly value: string;
  readonly origin: Origin;
}

export interface Settings {
  /** Whether the address that the line names is one of the repository's; absent where the line names none. */
  readonly fits?: boolean;
  readonly settings: readonly SettingPlace[];
}

type Settled = readonly [listener: Listener, service: Service];

/** The settings of a deployment that a meaning hangs on; those of all its servers where none fits the address. */
export function settingsOf({ about, upstream, settings: kinds = [] }: Meaning, { services }: Deployment): Settings {
  const all: readonly Settled[] = services.flatMap((service) => service.listeners.filter(({ testOnly }) => testOnly !== true).map((listener) => [listener, service] as const));
  const fitting = about === undefined ? [] : all.filter(([listener]) => mayBe(listener, about));
  const meant = fitting.length === 0 ? all : fitting;
  const settings = kinds.flatMap((kind) => ofKind(kind, { meant, services, about: fitting.length === 0 ? undefined : about, upstream }));
  return { ...(about === undefined ? {} : { fits: fitting.length > 0 }), settings };
}

interface Search {
  readonly meant: readonly Settled[];
  readonly services: readonly Service[];
  readonly about: Address | undefined;
  readonly upstream: string | undefined;
}

function ofKind(kind: SettingKind, { meant, services, about, upstream }: Search): readonly SettingPlace[] {
  const nginx = services.filter((service) => service.kind === "nginx");
  switch (kind) {
    case "backlog":
      return meant.map(([listener, service]) => settled(`${service.name} ${listenerText(listener)}`, "backlog", listener.backlog.requested, listener.origin, () => backlogText(listener)));
    case "workers":
      return [...new Set(meant.map(([, service]) => service))].flatMap(workersOf);
    case "timeout":
      return [...new Set(meant.map(([, service]) => service))].flatMap((service) => (service.kind === "gunicorn" ? [sourced(service, "timeout", service.settings.timeout)] : []));
    case "worker_connections":
      return nginx.flatMap((service) => {
        const { worker_connections, worker_processes, worker_rlimit_nofile } = service.settings;
        return [
          sourced(service, "worker_connections", worker_connections),
          sourced(service, "worker_processes", worker_processes),
          ...(worker_rlimit_nofile === undefined ? [] : [sourced(service, "worker_rlimit_nofile", worker_rlimit_nofile)]),
        ];
      });
    case "max_fails":
      return nginx.flatMap(({ name, upstreams }) =>
        upstreams
          .filter((group) => upstream === undefined || group.name === upstream)
          .flatMap((group) => group.servers.map(({ max_fails, origin }) => ({ of: `${name} upstream ${group.name}`, name: "max_fails", value: describeValue(max_fails.value), origin: max_fails.origin.kind === "file" ? max_fails.origin : origin }))),
      );
    case "proxy timeouts":
      return nginx.flatMap((service) => passesTo(service, about).flatMap(({ connectTimeout, readTimeout, origin }) => [settled(service.name, "connect timeout", connectTimeout, origin, seconds), settled(service.name, "read timeout", readTimeout, origin, seconds)]));
    case "limit_conn":
      return nginx.flatMap((service) => service.passes.flatMap(({ limitConn }) => (limitConn === undefined ? [] : [sourced(service, "limit_conn", limitConn)])));
  }
}

function workersOf(service: Service): readonly SettingPlace[] {
  switch (service.kind) {
    case "nginx":
      return [sourced(service, "worker_processes", service.settings.worker_processes)];
    case "node":
      return [sourced(service, "processes", service.settings.instances)];
    case "asgi":
      return [sourced(service, "workers", service.settings.workers)];
    case "gunicorn":
      return [sourced(service, "workers", service.settings.workers), sourced(service, "worker class", service.effectiveClass), sourced(service, "threads", service.settings.threads)];
  }
}

/** Passes that lead to an address; all of them where none does, or none is asked for. */
function passesTo({ passes, upstreams }: NginxService, address: Address | undefined): NginxService["passes"] {
  if (address === undefined) return passes;
  const isThere = ({ value }: Sourced<Address>): boolean => (value.kind === "exact" || value.kind === "assumed") && same(value.value, address);
  const names = new Set(upstreams.filter(({ servers }) => servers.some((server) => isThere(server.address))).map(({ name }) => name));
  const leading = passes.filter(({ target: { value } }) => {
    if (value.kind !== "exact" && value.kind !== "assumed") return false;
    return "upstream" in value.value ? names.has(value.value.upstream) : same(value.value.address, address);
  });
  return leading.length === 0 ? passes : leading;
}

function seconds(value: number): string {
  return `${String(value)} s`;
}

function sourced<T>(service: Service, name: string, value: Sourced<T>): SettingPlace {
  return settled(service.name, name, value, service.origin);
}

/** A default stands in no file: then `owner` is the place, where the setting may be written. */
function settled<T>(of: string, name: string, { value, origin }: Sourced<T>, owner: Origin, show?: (value: T) => string): SettingPlace {
  const text = describeValue(value, show);
  return origin.kind === "default" ? { of, name, value: `${text} by default`, origin: owner } : { of, name, value: text, origin };
}

/** What was asked for, and what the kernel makes of it where both numbers are known. */
function backlogText({ backlog: { requested }, somaxconn }: Listener): string {
  const [asked, limit] = [intervalOf(requested, 0, {}), intervalOf(somaxconn, 0, {})];
  const text = describeValue(requested.value);
  if (asked.low !== asked.high || limit.low !== limit.high) return text;
  const effective = effectiveBacklog(asked.low, limit.low);
  if (effective === asked.low) return text;
  return `${text}, in force ${String(effective)} (net.core.somaxconn${somaxconn.origin.kind === "default" ? ` ${String(limit.low)} by default` : ""})`;
}
