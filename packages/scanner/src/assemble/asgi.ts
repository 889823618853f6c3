import { posix } from "node:path";
import { asgiPrograms } from "@audit-backlog/model";
import type { AsgiService, Backlog, FileProblem, Listener, Sourced } from "@audit-backlog/model";
import type { CommandLine, HandedSocket, Lookup } from "../facts.ts";
import { parseAsgiCommand, type AsgiInvocation } from "../readers/asgi-command.ts";
import { readHypercornToml } from "../readers/asgi-config.ts";
import { inTree } from "../readers/commands/shell-builtins.ts";
import { addressesOf, type AsgiAddress } from "./asgi-addresses.ts";
import { defaultOf, integer, workersOf, written, type AsgiLayers } from "./asgi-settings.ts";
import type { SystemdSocket } from "../readers/systemd-socket.ts";
import { socketsOfServices } from "./gunicorn-activation.ts";
import { addressText } from "./gunicorn-listeners.ts";

export interface AsgiInput {
  readonly commands: readonly CommandLine[];
  /** Socket units of systemd. */
  readonly sockets?: readonly SystemdSocket[];
  readonly lookup: Lookup;
  readonly somaxconn: Sourced<number>;
}

export interface AssembledAsgi {
  readonly services: AsgiService[];
  readonly problems: FileProblem[];
  readonly startedBy: Map<string, readonly CommandLine[]>;
}

/** One service for each command that starts uvicorn, hypercorn or daphne; what starts them from Python (`uvicorn.run()`) is not read. */
export function assembleAsgi({ commands, sockets = [], lookup, somaxconn }: AsgiInput): AssembledAsgi {
  const assembled: AssembledAsgi = { services: [], problems: [], startedBy: new Map() };
  const known = new Map<string, string>();
  const ids = new Map<string, number>();
  const socketsOf = socketsOfServices(sockets, commands);
  for (const command of commands) {
    const invocation = parseAsgiCommand(command);
    if (invocation === undefined) continue;
    const layers = layersOf(invocation, handedTo(command, socketsOf), lookup, assembled.problems);
    assembled.problems.push(...invocation.problems);
    // One command in several places is one server, unless their variables make another of it.
    const content = JSON.stringify([command.file, command.range, command.holder, service("", layers, somaxconn)]);
    const same = known.get(content);
    if (same !== undefined) {
      assembled.startedBy.set(same, [...(assembled.startedBy.get(same) ?? []), command]);
      continue;
    }
    const base = `${invocation.program}:${command.file}:${command.holder.name}`;
    const count = (ids.get(base) ?? 0) + 1;
    ids.set(base, count);
    const id = count === 1 ? base : `${base}~${count}`;
    known.set(content, id);
    assembled.startedBy.set(id, [command]);
    assembled.services.push(service(id, layers, somaxconn));
  }
  return assembled;
}

/** systemd passes the sockets of one unit in their order, from descriptor 3 on; of several units the order is not known. sd_listen_fds(3). */
function handedTo(command: CommandLine, socketsOf: ReadonlyMap<string, readonly SystemdSocket[]>): readonly HandedSocket[] {
  const [unit, ...others] = command.holder.kind === "systemd" ? (socketsOf.get(command.file) ?? []) : [];
  if (unit === undefined || others.length > 0) return command.handed ?? [];
  return unit.listens.map((address, index) => ({ descriptor: 3 + index, address, ...(unit.backlog === undefined ? {} : { backlog: unit.backlog }) }));
}

/** hypercorn reads a file only where `-c` names one; only TOML is read here. */
function layersOf(invocation: AsgiInvocation, handed: readonly HandedSocket[], lookup: Lookup, problems: FileProblem[]): AsgiLayers {
  const bare: AsgiLayers = { invocation, handed, config: undefined, unknownConfig: undefined };
  const named = invocation.program === "hypercorn" ? written(bare, "config") : undefined;
  if (named === undefined) return bare;
  const name = "value" in named.value ? named.value.value : undefined;
  const { directory } = invocation.command;
  const path = name === undefined || directory === undefined || name.startsWith("/") || /^(?:file|python):/.test(name) ? undefined : inTree(posix.join(directory, name));
  const text = path === undefined ? undefined : lookup(path);
  if (path !== undefined && text !== undefined) return { ...bare, config: readHypercornToml(path, text) };
  if (named.origin.kind === "file") problems.push({ file: named.origin.file, range: named.origin.range, reason: `hypercorn's configuration ${named.text ?? name ?? ""} was not read: what only it sets is unknown` });
  return { ...bare, unknownConfig: named };
}

function service(id: string, layers: AsgiLayers, somaxconn: Sourced<number>): AsgiService {
  const { invocation } = layers;
  const { command, program } = invocation;
  const limit = program === "uvicorn" ? written(layers, "limit_concurrency") : undefined;
  const keepAlive = program === "daphne" ? undefined : written(layers, program === "uvicorn" ? "timeout_keep_alive" : "keep_alive");
  return {
    kind: "asgi",
    program,
    id,
    name: nameOf(invocation),
    origin: { kind: "file", file: command.file, range: command.range },
    ...(command.holder.kind === "compose" ? { hostnames: [command.holder.name] } : {}),
    listeners: listenersOf(id, layers, somaxconn),
    startFailures: [],
    settings: {
      workers: workersOf(layers),
      ...(limit === undefined ? {} : { limit_concurrency: integer(limit) }),
      ...(keepAlive === undefined ? {} : { keep_alive: integer(keepAlive) }),
    },
  };
}

function nameOf({ program, app }: AsgiInvocation): string {
  if (app === undefined) return program;
  if (app.value.kind !== "exact" && app.value.kind !== "assumed") return `${program} ${app.text ?? ""}`.trimEnd();
  const [module = ""] = app.value.value.split(":");
  return module === "" ? program : `${program} ${module}`;
}

function listenersOf(id: string, layers: AsgiLayers, somaxconn: Sourced<number>): Listener[] {
  const { command } = layers.invocation;
  const seen = new Map<string, number>();
  return addressesOf(layers).map((found) => {
    const { address } = found;
    const text = addressText(address);
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return {
      id: `${id}#${text}${count === 1 ? "" : `~${count}`}`,
      origin: address.origin.kind === "file" ? address.origin : { kind: "file", file: command.file, range: command.range },
      address,
      backlog: backlogOf(layers, found),
      // Several processes share the sockets that the first one opened. hypercorn: hypercorn/run.py; uvicorn: uvicorn/supervisors/multiprocess.py
      queuePerWorker: { value: { kind: "exact", value: false }, origin: defaultOf(layers.invocation) },
      somaxconn,
    };
  });
}

function backlogOf(layers: AsgiLayers, { address, backlog, asHanded }: AsgiAddress): Backlog {
  const { program } = layers.invocation;
  const serverDefault = asgiPrograms[program].backlog;
  if (asHanded === true && backlog === undefined) return { requested: { value: { kind: "dynamic" }, origin: address.origin, ...(address.text === undefined ? {} : { text: address.text }) }, reading: "explicit", serverDefault, ignored: [] };
  const found = backlog ?? (program === "daphne" ? undefined : numberOf(layers));
  if (found === undefined) return { requested: { value: { kind: "assumed", value: serverDefault }, origin: defaultOf(layers.invocation) }, reading: "default", serverDefault, ignored: [] };
  return { requested: found, reading: "explicit", serverDefault, ignored: [] };
}

/** asyncio makes 0 of a negative number, uvloop hands it to the kernel, which takes it for its limit: which of them runs is not known. */
function numberOf(layers: AsgiLayers): Sourced<number> | undefined {
  const found = layers.invocation.fastapi === undefined ? written(layers, "backlog") : undefined;
  if (found === undefined) return undefined;
  const number = integer(found);
  return "value" in number.value && number.value.value < 0 ? { ...number, value: { kind: "dynamic" } } : number;
}
