import type { FileOrigin, FileProblem, Listener, NginxService, Pass, Sourced, StartFailure, Upstream } from "@audit-backlog/model";
import { originOf } from "../readers/nginx.ts";
import { bindConflicts } from "./nginx-bind.ts";
import { readLevel, readPasses } from "./nginx-context.ts";
import type { Node } from "./nginx-include.ts";
import type { Protocol } from "./nginx-listen.ts";
import { asId, makeListener } from "./nginx-listener.ts";
import { failure, onlyOne, readWorkerSettings, type Together } from "./nginx-settings.ts";
import { mergeListens, type ServerBlock, type Socket } from "./nginx-sockets.ts";
import { implicitServer, protocolBlocks, type ProtocolBlock, type Unit } from "./nginx-unit.ts";
import { readUpstream } from "./nginx-upstream.ts";

/** Builds the service of a unit; undefined where it has nothing that listens. */
export function buildService(unit: Unit, name: string, somaxconn: Sourced<number>): { readonly service: NginxService | undefined; readonly problems: readonly FileProblem[] } {
  const id = asId(`nginx:${unit.id}`);
  const main = unit.roots.flatMap(({ nodes }) => nodes);
  const origin = startOf(unit);
  const together: Together = (a, b) => !a.facts.branches && !b.facts.branches && (!unit.fragment || a.facts.file === b.facts.file);
  const { settings, failures: settingFailures } = readWorkerSettings(main, unit.fragment ? origin : undefined, together);
  const failures: StartFailure[] = [...blockFailures(main, together), ...settingFailures];
  const problems: FileProblem[] = [];
  const built: Built = { listeners: [], passes: [], upstreams: [], sockets: [] };
  const taken = new Set<string>();
  for (const protocol of ["http", "stream", "mail"] as const) {
    const blocks = protocolBlocks(unit, protocol);
    if (blocks.length > 0) buildProtocol({ unit, id, protocol, blocks, together, somaxconn, taken }, built, failures, problems);
  }
  if (built.listeners.length === 0 && failures.length === 0) return { service: undefined, problems };
  failures.push(...notEnoughConnections(unit, main, settings.worker_connections, built.sockets, failures, origin));
  failures.push(...bindConflicts(built.sockets, together));
  const { listeners, passes, upstreams } = built;
  return { service: { kind: "nginx", id, name, origin, listeners, startFailures: failures, settings, upstreams, passes, fragment: unit.fragment }, problems };
}

interface Built {
  readonly listeners: Listener[];
  readonly passes: Pass[];
  readonly upstreams: Upstream[];
  readonly sockets: Socket[];
}

interface Work {
  readonly unit: Unit;
  readonly id: string;
  readonly protocol: Protocol;
  readonly blocks: readonly ProtocolBlock[];
  readonly together: Together;
  readonly somaxconn: Sourced<number>;
  readonly taken: Set<string>;
}

function buildProtocol(work: Work, built: Built, failures: StartFailure[], problems: FileProblem[]): void {
  const { unit, id, protocol, blocks, together } = work;
  const names = new Map<string, string>();
  const declared = new Map<string, Node>();
  for (const node of [...blocks.flatMap(({ children }) => children), ...(protocol === "mail" ? [] : unit.borrowed)]) {
    const read = node.name === "upstream" ? readUpstream(node, protocol) : undefined;
    if (read === undefined) continue;
    failures.push(...read.failures);
    const key = read.upstream.name.toLowerCase();
    const earlier = declared.get(key);
    if (earlier === undefined) {
      declared.set(key, node);
      names.set(key, read.upstream.name);
      built.upstreams.push(read.upstream);
    } else if (together(earlier, node)) {
      const related = [{ origin: originOf(earlier.facts, earlier.directive.name.start, earlier.args[0]?.end ?? earlier.directive.name.end), label: "the first one" }];
      failures.push(failure(node, `duplicate upstream "${read.upstream.name}"`, "other", related));
    }
  }

  const servers = blocks.flatMap((block) => block.children.filter((node) => node.name === "server" && node.children !== undefined).map((node) => ({ block, server: serverOf(protocol, node) })));
  servers.push(...blocks.flatMap((block) => (block.implicit === undefined ? [] : [{ block, server: implicitServer(protocol, block.implicit) }])));
  const merged = mergeListens(servers.map(({ server }) => server), protocol, together);
  failures.push(...merged.failures);
  for (const listen of merged.cut) {
    const { facts, directive } = listen.node;
    problems.push({ file: facts.file, range: originOf(facts, directive.start, directive.end).range, reason: "a listen directive with more than 1024 ports: only the first 1024 were read" });
  }
  const listenerOf = new Map<Socket, Listener>();
  for (const socket of merged.sockets) {
    built.sockets.push(socket);
    const listener = makeListener(socket, id, work.somaxconn, work.taken);
    if (listener === undefined) continue;
    listenerOf.set(socket, listener);
    built.listeners.push(listener);
  }
  const levels = new Map(blocks.map((block) => [block, readLevel(block.implicit === undefined ? block.children : [], undefined, together, failures)]));
  for (const { block, server } of servers) {
    const listeners = [...(merged.socketsOf.get(server) ?? [])].flatMap((socket) => listenerOf.get(socket)?.id ?? []);
    const passes = readPasses(server.children, levels.get(block), { protocol, listeners, upstreams: names, fragment: unit.fragment, together }, failures);
    if (listeners.length > 0) built.passes.push(...passes);
    else if (passes[0] !== undefined && server.node === undefined) {
      const { file, range } = passes[0].origin;
      problems.push({ file, range, reason: "no server that was read includes this file, so nothing is known to reach its passes: they were left out" });
    }
  }
}

function serverOf(protocol: Protocol, node: Node): ServerBlock {
  return { protocol, node, children: node.children ?? [] };
}

/** Blocks of the main context may be given once (nginx: ngx_http_block, ngx_events_block and their kin). */
function blockFailures(main: readonly Node[], together: Together): StartFailure[] {
  return ["events", "http", "stream", "mail"].flatMap((name) => onlyOne(main.filter((node) => node.name === name), together).failures);
}

function startOf(unit: Unit): FileOrigin {
  const [root] = unit.roots;
  if (root === undefined) throw new Error("a unit has a root");
  const [first] = root.facts.tree.directives;
  return originOf(root.facts, first?.name.start ?? 0, first?.name.end ?? 0);
}

/**
 * nginx: src/event/ngx_event.c ngx_event_init_conf: a connection for each listening socket, UDP ones too, and one for the
 * channel to the master. Sockets whose address is not known for sure are not counted, so that the claim is safe.
 */
function notEnoughConnections(
  unit: Unit,
  main: readonly Node[],
  connections: Sourced<number>,
  sockets: readonly Socket[],
  earlier: readonly StartFailure[],
  origin: FileOrigin,
): StartFailure[] {
  const { value } = connections;
  // It is checked when all else is read.
  if (unit.fragment || earlier.length > 0 || (value.kind !== "exact" && value.kind !== "assumed")) return [];
  const sure = sockets.filter(({ address, listens }) => address !== undefined && address.family !== "name" && listens.every(({ node }) => !node.facts.branches));
  if (value.value >= sure.length + 1) return [];
  const events = main.find(({ name }) => name === "events");
  const place = connections.origin.kind === "file" ? connections.origin : events === undefined ? origin : originOf(events.facts, events.directive.name.start, events.directive.name.end);
  const message = `${value.value} worker_connections are not enough for ${sure.length} listening sockets`;
  return [{ kind: "not-enough-connections", message, origin: place, related: [], passesConfigTest: false }];
}
