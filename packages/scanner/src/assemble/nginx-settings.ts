import { nginxSettings } from "@audit-backlog/model";
import type { FileOrigin, Origin, Sourced, StartFailure } from "@audit-backlog/model";
import { originOf, originOfPart, textOfPart } from "../readers/nginx.ts";
import { filledIn, isTemplated, type FilledIn } from "../readers/nginx-template.ts";
import type { Node } from "./nginx-include.ts";
import { atoi, parseTime } from "./nginx-number.ts";

/** Whether two directives are sure to reach the same nginx at the same time. */
export type Together = (a: Node, b: Node) => boolean;

/** Where nginx documents a directive's default; also says which module the directive is of. */
export function nginxDefault(module: string, directive: string): Origin {
  return { kind: "default", of: "nginx", source: `https://nginx.org/en/docs/${module}.html#${directive}` };
}

/** A default: it holds unless something that we did not read says otherwise. */
export function assumed<T>(value: T, module: string, directive: string): Sourced<T> {
  return { value: { kind: "assumed", value }, origin: nginxDefault(module, directive) };
}

/** A setting of a fragment that only the file around it can make. */
export function setElsewhere(fragment: FileOrigin): Sourced<number> {
  return { value: { kind: "dynamic" }, origin: fragment, text: "set outside this file" };
}

/** What a directive's argument means, or nginx's complaint about it. */
export type Reading = { readonly value: Sourced<number>["value"] } | { readonly complaint: string };

/** The argument of a directive as a sourced number: dynamic where a template fills it in. */
export function readArgument(node: Node, index: number, read: (text: string) => Reading): { readonly sourced?: Sourced<number>; readonly failure?: StartFailure } {
  const word = node.args[index];
  if (word === undefined) return {};
  const origin = originOfPart(node.facts, word);
  const text = textOfPart(node.facts, word);
  if (isTemplated(word.value)) return { sourced: { value: readFilledIn(filledIn(node.facts, word), read), origin, text } };
  const reading = read(word.value);
  if ("complaint" in reading) return { failure: failure(node, reading.complaint) };
  return { sourced: { value: reading.value, origin, text } };
}

/** What nginx makes of a template's default; nothing is claimed where that is a mistake, for somebody will set it. */
function readFilledIn(filled: FilledIn | undefined, read: (text: string) => Reading): Sourced<number>["value"] {
  const reading = filled === undefined ? undefined : read(filled.text);
  if (filled === undefined || reading === undefined || "complaint" in reading) return { kind: "dynamic" };
  const { value } = reading;
  return value.kind === "exact" ? { kind: "assumed", value: value.value, variable: filled.variable } : value.kind === "formula" ? { ...value, variable: filled.variable } : value;
}

/** The server does not start for this directive. */
export function failure(node: Node, message: string, kind: StartFailure["kind"] = "other", related: StartFailure["related"] = []): StartFailure {
  const { start, end } = node.directive;
  return { kind, message, origin: originOf(node.facts, start, end), related, passesConfigTest: false };
}

/** nginx keeps the first of a directive that may be given once, and does not start because of the second. */
export function onlyOne(nodes: readonly Node[], together: Together): { readonly first: Node | undefined; readonly failures: readonly StartFailure[] } {
  const [first, second] = nodes;
  if (first === undefined || second === undefined || !together(first, second)) return { first, failures: [] };
  const related = [{ origin: originOf(first.facts, first.directive.start, first.directive.end), label: "the first one" }];
  return { first, failures: [failure(second, `"${first.name}" directive is duplicate`, "other", related)] };
}

/** A count as nginx reads one: decimal digits. */
export function readCount(complaint: (text: string) => string): (text: string) => Reading {
  return (text) => {
    const value = atoi(text);
    return value === undefined ? { complaint: complaint(text) } : { value: { kind: "exact", value: Number(value) } };
  };
}

/** Seconds of a setting that nginx keeps in milliseconds. */
export function readSeconds(name: string): (text: string) => Reading {
  return (text) => {
    const value = parseTime(text, "milliseconds");
    return value === undefined ? { complaint: `"${name}" directive invalid value` } : { value: { kind: "exact", value } };
  };
}

/** nginx: src/core/nginx.c ngx_set_worker_processes; `auto` is the number of online CPUs. */
function readWorkers(text: string): Reading {
  if (text === "auto") return { value: { kind: "formula", formula: { op: "cpus" } } };
  return readCount(() => '"worker_processes" directive invalid value')(text);
}

export interface WorkerSettings {
  readonly worker_processes: Sourced<number>;
  readonly worker_connections: Sourced<number>;
  readonly worker_rlimit_nofile?: Sourced<number>;
}

/** Reads what the main and events contexts say of the workers. `fragment` is the place of a file that has no say in it. */
export function readWorkerSettings(main: readonly Node[], fragment: FileOrigin | undefined, together: Together): { readonly settings: WorkerSettings; readonly failures: readonly StartFailure[] } {
  const failures: StartFailure[] = [];
  const events = main.filter(({ name }) => name === "events").flatMap(({ children }) => children ?? []);
  const one = (nodes: readonly Node[], name: string, read: (text: string) => Reading): Sourced<number> | undefined => {
    const { first, failures: duplicates } = onlyOne(nodes.filter((node) => node.name === name), together);
    const argument = first === undefined ? {} : readArgument(first, 0, read);
    if (argument.failure !== undefined) failures.push(argument.failure);
    failures.push(...duplicates);
    return argument.sourced;
  };
  const processes = one(main, "worker_processes", readWorkers);
  const nofile = one(main, "worker_rlimit_nofile", readCount(() => '"worker_rlimit_nofile" directive invalid number'));
  const connections = one(events, "worker_connections", readCount((text) => `invalid number "${text}"`));
  const otherwise = (value: number, directive: string): Sourced<number> => (fragment === undefined ? assumed(value, "ngx_core_module", directive) : setElsewhere(fragment));
  return {
    settings: {
      worker_processes: processes ?? otherwise(1, "worker_processes"),
      worker_connections: connections ?? otherwise(nginxSettings.worker_connections.default, "worker_connections"),
      ...(nofile === undefined ? {} : { worker_rlimit_nofile: nofile }),
    },
    failures,
  };
}
