import { posix } from "node:path";
import type { FileOrigin, FileProblem, GunicornService, Sourced, VersionRange } from "@audit-backlog/model";
import type { CommandLine, Lookup, PythonSettings } from "../facts.ts";
import { type GunicornInvocation, parseGunicornCommand } from "../readers/gunicorn-command.ts";
import type { SystemdSocket } from "../readers/systemd-socket.ts";
import { activation, socketsOfServices, withoutUnitBacklog } from "./gunicorn-activation.ts";
import { effectiveClass } from "./gunicorn-class.ts";
import { findConfig } from "./gunicorn-files.ts";
import { addressesOf, backlogOf, listenersOf } from "./gunicorn-listeners.ts";
import { settingFailures } from "./gunicorn-failures.ts";
import type { Versions } from "./versions.ts";
import { booleanSetting, integerSetting, type Layers, textSetting } from "./gunicorn-settings.ts";

export interface GunicornInput {
  readonly commands: readonly CommandLine[];
  /** Every configuration file found, by path. */
  readonly configs: ReadonlyMap<string, PythonSettings>;
  /** Socket units of systemd: a service that they start listens on their sockets. */
  readonly sockets?: readonly SystemdSocket[];
  readonly lookup: Lookup;
  /** The file of the tree that a path means where a command runs, as far as its places agree. */
  readonly fileAt?: (command: CommandLine, path: string) => string | undefined;
  readonly versions?: Versions;
  readonly somaxconn: Sourced<number>;
}

/** One service for each command that starts gunicorn, and one for each configuration file that none of them reads. */
export function assembleGunicorn(input: GunicornInput): { services: GunicornService[]; problems: FileProblem[]; startedBy: Map<string, readonly CommandLine[]> } {
  const services: GunicornService[] = [];
  const startedBy = new Map<string, readonly CommandLine[]>();
  const known = new Map<string, string>();
  const problems: FileProblem[] = [];
  const used = new Set<string>();
  const ids = new Map<string, number>();
  const unique = (id: string): string => {
    const count = (ids.get(id) ?? 0) + 1;
    ids.set(id, count);
    return count === 1 ? id : `${id}~${count}`;
  };
  const socketsOf = socketsOfServices(input.sockets ?? [], input.commands);
  for (const invocation of distinct(input.commands.map(parseGunicornCommand))) {
    const { command } = invocation;
    const found = findConfig(invocation, input.configs, input.lookup, (path) => input.fileAt?.(command, path));
    const config = found.kind === "read" ? found : undefined;
    if (config !== undefined) used.add(config.settings.file);
    // Files that discovery gave us report their problems themselves.
    if (config !== undefined && !input.configs.has(config.settings.file)) problems.push(...config.settings.problems);
    if (found.kind === "unknown") problems.push(found.problem);
    problems.push(...invocation.problems);
    const layers: Layers = {
      environment: invocation.environment,
      config,
      unknownConfig: found.kind === "unknown" ? found.named : undefined,
      givenByEnvironment: invocation.givenByEnvironment,
      given: invocation.given,
      open: invocation.open === undefined ? undefined : { word: invocation.open, hides: invocation.hides },
      place: { kind: "file", file: command.file, range: command.range },
    };
    const app = appOf(invocation.app) ?? appOf(textSetting(layers, "wsgi_app", { kind: "dynamic" }));
    const handed = command.holder.kind === "systemd" ? (socketsOf.get(command.file) ?? []) : [];
    const activated = activation(handed, layers);
    problems.push(...activated.problems);
    const version = versionOf(input.versions, [command.directory, command.file]);
    const make = (id: string): GunicornService => service(id, app === undefined ? "gunicorn" : `gunicorn ${app}`, layers, invocation, activated.sockets, input.somaxconn, version);
    // One command in several containers is one server, unless their variables make another of it.
    const content = JSON.stringify([command.range, command.holder, make("")]);
    const same = known.get(content);
    if (same === undefined) {
      const id = unique(`gunicorn:${command.file}:${command.holder.name}`);
      known.set(content, id);
      startedBy.set(id, [command]);
      services.push(make(id));
    } else startedBy.set(same, [...(startedBy.get(same) ?? []), command]);
  }
  for (const [path, settings] of input.configs) {
    if (used.has(path)) continue;
    const start = { offset: 0, line: 1, column: 1 };
    const place: FileOrigin = { kind: "file", file: path, range: { start, end: start } };
    const layers: Layers = { environment: new Map(), config: { settings, certain: true }, unknownConfig: undefined, givenByEnvironment: [], given: [], open: undefined, place };
    services.push(service(unique(`gunicorn:${path}`), `gunicorn (${path}, started by no command found here)`, layers, undefined, [], input.somaxconn, versionOf(input.versions, [undefined, path])));
  }
  return { services, problems, startedBy };
}

/** The same command written twice in one file, as by an anchor, is one server. */
function distinct(invocations: readonly (GunicornInvocation | undefined)[]): GunicornInvocation[] {
  const seen = new Set<string>();
  return invocations.filter((invocation) => invocation !== undefined).filter(({ command, environment }) => {
    const variables = [...environment].map(([name, { value }]) => [name, value]);
    const key = JSON.stringify([command.file, command.holder, command.directory, command.words.map(({ text }) => text), variables]);
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}

function versionOf(versions: Versions | undefined, [directory, file]: readonly [string | undefined, string]): Sourced<VersionRange> | undefined {
  const beside = posix.dirname(file);
  return versions?.python("gunicorn", { directories: [...(directory === undefined ? [] : [directory]), beside === "." ? "" : beside] });
}

/** The module of `shop.wsgi:application`, or the text of what is known only at run time. */
function appOf(app: Sourced<string> | undefined): string | undefined {
  if (app === undefined) return undefined;
  if (app.value.kind !== "exact" && app.value.kind !== "assumed") return app.text;
  const [module = ""] = app.value.value.split(":");
  return module === "" ? undefined : module;
}

function service(id: string, name: string, layers: Layers, invocation: GunicornInvocation | undefined, sockets: readonly SystemdSocket[], somaxconn: Sourced<number>, version: Sourced<VersionRange> | undefined): GunicornService {
  const workers = integerSetting(layers, "workers");
  const threads = integerSetting(layers, "threads");
  const worker_connections = integerSetting(layers, "worker_connections");
  const timeout = integerSetting(layers, "timeout");
  const graceful_timeout = integerSetting(layers, "graceful_timeout");
  const keepalive = integerSetting(layers, "keepalive");
  const max_requests = integerSetting(layers, "max_requests");
  const backlog = integerSetting(layers, "backlog");
  const worker_class = textSetting(layers, "worker_class", { kind: "assumed", value: "sync" });
  const reuse_port = booleanSetting(layers, "reuse_port");
  const runs = effectiveClass(worker_class, threads.sourced);
  const { addresses, startFailures } = addressesOf(layers);
  const handed = sockets.flatMap(({ listens }) => listens);
  const listeners = listenersOf(id, layers.place, handed.length > 0 ? handed : addresses, backlogOf(backlog, runs), reuse_port, somaxconn, version);
  const holder = invocation?.command.holder;
  return {
    kind: "gunicorn",
    id,
    name,
    origin: layers.place,
    ...(holder?.kind === "compose" ? { hostnames: [holder.name] } : {}),
    ...(version === undefined ? {} : { version }),
    listeners: listeners.map((listener) => withoutUnitBacklog(listener, sockets)),
    startFailures: [...(invocation?.startFailures ?? []), ...settingFailures(layers), ...startFailures],
    settings: {
      workers: workers.sourced,
      threads: threads.sourced,
      worker_class,
      worker_connections: worker_connections.sourced,
      timeout: timeout.sourced,
      graceful_timeout: graceful_timeout.sourced,
      keepalive: keepalive.sourced,
      max_requests: max_requests.sourced,
      reuse_port,
      preload_app: booleanSetting(layers, "preload_app"),
    },
    effectiveClass: runs,
  };
}
