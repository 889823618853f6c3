import type { Address, FileProblem, Listener, NodeService, Sourced, StartFailure } from "@audit-backlog/model";
import type { CommandLine, Lookup } from "../facts.ts";
import { fileOrigin } from "../readers/data.ts";
import { mightListen } from "../readers/javascript-might-listen.ts";
import { readJavaScript, type ArgumentFact, type JavaScriptFacts, type ListenFact } from "../readers/javascript.ts";
import type { NodeConfigFile } from "../readers/node-config.ts";
import type { Pm2App } from "../readers/pm2.ts";
import { addressText } from "./chains.ts";
import { addressOf } from "./node-address.ts";
import { backlogOf, ignoredBy } from "./node-backlog.ts";
import { inEnvironment } from "./node-environment.ts";
import { startFailuresOf } from "./node-failures.ts";
import { ModuleGraph, type Settled } from "./node-graph.ts";
import { primaryOnly, processModel, type ClusterIn, type ProcessModel } from "./node-mode.ts";
import { ModuleResolver } from "./node-modules.ts";
import { programsOf, type Program } from "./node-programs.ts";
import { Reach } from "./node-reach.ts";
import { isTestFile } from "./node-tests.ts";
import { possibleValues } from "./possible-values.ts";

export interface NodeInput {
  /** What was parsed, by path: every file that `mightListen`. */
  readonly files: ReadonlyMap<string, JavaScriptFacts>;
  readonly commands: readonly CommandLine[];
  readonly pm2: readonly Pm2App[];
  /** Files of node-config. */
  readonly configs?: readonly NodeConfigFile[];
  /** The package.json files of the repository: their names can be imported. */
  readonly manifests?: readonly string[];
  readonly lookup: Lookup;
  /** Whether there is such a file; by default, whether it can be looked up. */
  readonly exists?: (path: string) => boolean;
  readonly somaxconn: Sourced<number>;
}

export interface NodeAssembly {
  readonly services: readonly NodeService[];
  readonly problems: readonly FileProblem[];
  /** Calls of a method `listen` on something that may be no server at all: in no service. */
  readonly unknownReceivers: number;
  /** The commands that start each service, by its id. */
  readonly startedBy: ReadonlyMap<string, readonly CommandLine[]>;
}

/** One service a program that listens: its entry file where it is known, else the file that holds the call. */
export function assembleNode(input: NodeInput): NodeAssembly {
  const exists = input.exists ?? ((path: string): boolean => input.lookup(path) !== undefined);
  const resolver = new ModuleResolver(input.lookup, exists, input.manifests ?? []);
  const programs = programsOf(input.commands, input.pm2, resolver);
  const files = withEntries(input, programs);
  const graph = new ModuleGraph(files, input.lookup, resolver, input.configs ?? []);
  const reach = new Reach(files, input.lookup, resolver);

  const listening = new Map<string, JavaScriptFacts>();
  let unknownReceivers = 0;
  for (const [path, facts] of files) {
    if (facts.calls.length === 0) continue;
    const known = graph.withReceivers(facts);
    unknownReceivers += known.calls.filter(({ receiver }) => receiver.kind === "unknown").length;
    if (known.calls.some(({ receiver }) => receiver.kind === "server")) listening.set(path, known);
  }
  const startedBy = new Map<string, readonly CommandLine[]>();
  const services = owners(programs, files, listening, reach).map((owner) => {
    const service = serviceOf(owner, listening, files, graph, input.somaxconn);
    startedBy.set(service.id, owner.program.starts.flatMap(({ command }) => (command === undefined ? [] : [command])));
    return service;
  });
  const added = [...files].filter(([path]) => !input.files.has(path)).flatMap(([, { problems }]) => problems);
  return { services, problems: added, unknownReceivers, startedBy };
}

/** Entry files without a JavaScript name (`bin/www`) are found by no other means than the command that runs them. */
function withEntries(input: NodeInput, programs: readonly Program[]): ReadonlyMap<string, JavaScriptFacts> {
  const files = new Map(input.files);
  for (const { entry } of programs) {
    if (files.has(entry) || /\.[cm]?[jt]sx?$/.test(entry)) continue;
    const text = input.lookup(entry);
    if (text !== undefined && mightListen(Buffer.from(text))) files.set(entry, readJavaScript(entry, text));
  }
  return files;
}

interface Owner {
  readonly program: Program;
  /** Files of the program, by distance from its entry. */
  readonly reached: readonly string[];
  /** Those of them that listen and belong to no program before. */
  readonly listening: readonly string[];
}

/**
 * Gives each file that listens to the first program that comes to it: production before scripts, a file that starts
 * a cluster before the one it starts. What no program comes to is a program of its own.
 */
function owners(programs: readonly Program[], files: ReadonlyMap<string, JavaScriptFacts>, listening: ReadonlyMap<string, JavaScriptFacts>, reach: Reach): readonly Owner[] {
  const owned = new Map<string, string>();
  const found: Owner[] = [];
  const claim = (program: Program): void => {
    const reached = reach.from(program.entry);
    const own = reached.filter((file) => listening.has(file) && (owned.get(file) ?? program.entry) === program.entry);
    for (const file of own) owned.set(file, program.entry);
    if (own.length > 0) found.push({ program, reached, listening: own });
  };
  if (listening.size === 0) return [];
  for (const program of programs) if (files.get(program.entry)?.cluster !== undefined) claim(program);
  for (const program of programs) if (files.get(program.entry)?.cluster === undefined) claim(program);
  for (const [path, { cluster }] of files) if (cluster !== undefined && !programs.some(({ entry }) => entry === path)) claim({ entry: path, starts: [] });
  for (const path of listening.keys()) if (!owned.has(path)) found.push({ program: { entry: path, starts: [] }, reached: [path], listening: [path] });
  return found;
}

interface Found {
  readonly file: string;
  readonly call: ListenFact;
  readonly listener: Listener;
}

function serviceOf({ program, reached, listening: own }: Owner, listening: ReadonlyMap<string, JavaScriptFacts>, files: ReadonlyMap<string, JavaScriptFacts>, graph: ModuleGraph, somaxconn: Sourced<number>): NodeService {
  const { entry, name, starts } = program;
  const id = name === undefined ? `node:${entry}` : `node:${entry} (${name})`;
  const calls = own.flatMap((file) => (listening.get(file)?.calls ?? []).filter(({ receiver }) => receiver.kind === "server").map((call) => ({ file, call })));
  const process = modelFor(program, reached, files, calls);
  const found: Found[] = [];
  for (const { file, call } of calls) {
    const settle = (argument: ArgumentFact): Settled => inEnvironment(graph.settle(file, argument), starts);
    const listener = listenerOf(id, file, call, settle, somaxconn, found);
    if (!laterWorker(found, file, call, listener, process)) found.push({ file, call, listener });
  }
  const [first] = calls;
  const place = first === undefined ? undefined : fileOrigin(first.file, first.call.range);
  const hostnames = [...new Set(starts.flatMap(({ hostname }) => (hostname === undefined ? [] : [hostname])))];
  const startFailures: readonly StartFailure[] = startFailuresOf(starts, process, found);
  return {
    kind: "node",
    id,
    name: name === undefined ? `node ${entry}` : `node ${entry} (${name})`,
    origin: starts[0]?.origin ?? place ?? { kind: "default", of: "Node", source: entry },
    ...(hostnames.length > 0 ? { hostnames } : {}),
    listeners: found.map(({ listener }) => listener),
    startFailures,
    settings: { instances: process.instances },
    mode: process.mode,
    ...(process.manager === undefined ? {} : { manager: process.manager }),
    framework: first?.call.receiver.kind === "server" ? first.call.receiver.framework : "node:net",
  };
}

function modelFor({ starts }: Program, reached: readonly string[], files: ReadonlyMap<string, JavaScriptFacts>, calls: readonly { readonly call: ListenFact }[]): ProcessModel {
  if (calls.length > 0 && calls.every(({ call }) => call.inPrimary)) return primaryOnly;
  let cluster: ClusterIn | undefined;
  for (const file of reached) {
    const fact = files.get(file)?.cluster;
    if (fact === undefined) continue;
    cluster = { file, fact };
    break;
  }
  return processModel(starts, cluster);
}

function listenerOf(service: string, file: string, call: ListenFact, settle: (argument: ArgumentFact) => Settled, somaxconn: Sourced<number>, before: readonly Found[]): Listener {
  const address = addressOf(file, call, settle);
  const origin = fileOrigin(file, call.range);
  const line = `${file}:${call.range.start.line}`;
  const [known, ...others] = possibleValues(address);
  const plain = `${service}#${known === undefined || others.length > 0 ? line : addressText(known)}`;
  const taken = before.filter(({ listener }) => listener.id === plain || listener.id.startsWith(`${plain}@`)).length;
  const reuse = call.reusePort === undefined ? undefined : settle(call.reusePort);
  const queuePerWorker: Sourced<boolean> =
    reuse === undefined
      ? { value: { kind: "exact", value: false }, origin: { kind: "default", of: "Node", source: "Node lib/net.js Server.prototype.listen, reusePort" } }
      : { value: reuse.value.kind === "exact" ? { kind: "exact", value: Boolean(reuse.value.value) } : { kind: "dynamic" }, origin: reuse.origin, text: reuse.text };
  const testOnly = isTestFile(file) || isEphemeralLoopback(address);
  return {
    id: taken === 0 ? plain : `${plain}@${line}:${call.range.start.column}`,
    origin,
    address,
    backlog: backlogOf(file, call, settle),
    queuePerWorker,
    somaxconn,
    ...(testOnly ? { testOnly } : {}),
  };
}

function isEphemeralLoopback(address: Sourced<Address>): boolean {
  const addresses = possibleValues(address);
  return addresses.length > 0 && addresses.every((one) => one.family === "tcp" && one.port === 0 && /^(?:127\.|::1$|localhost$)/.test(one.host));
}

/**
 * In a round-robin cluster the primary opens an address once, for the first worker that asks: a second call for it,
 * by another worker, adds no socket, and its backlog counts for nothing.
 * Source: node: lib/internal/cluster/primary.js queryServer, round_robin_handle.js.
 */
function laterWorker(found: Found[], file: string, call: ListenFact, listener: Listener, { mode }: ProcessModel): boolean {
  if (mode.value.kind !== "exact" || mode.value.value !== "round-robin" || call.inPrimary) return false;
  const [address, ...others] = possibleValues(listener.address);
  if (address === undefined || others.length > 0 || (address.family === "tcp" && address.port === 0) || address.family === "inherited") return false;
  const text = addressText(address);
  const index = found.findIndex((one) => !one.call.inPrimary && possibleValues(one.listener.address).some((other) => addressText(other) === text));
  const first = found[index];
  if (first === undefined) return false;
  const { backlog } = first.listener;
  if (JSON.stringify(backlog.requested.value) !== JSON.stringify(listener.backlog.requested.value)) {
    found[index] = { ...first, listener: { ...first.listener, backlog: { ...backlog, ignored: [...backlog.ignored, ignoredBy(listener.backlog.requested, file, call)] } } };
  }
  return true;
}
