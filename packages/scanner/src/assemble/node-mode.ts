import type { FileOrigin, NodeService, Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import { fileOrigin, mapValue, type Scalar } from "../readers/data.ts";
import type { ClusterFact } from "../readers/javascript-cluster.ts";
import type { Start } from "./node-programs.ts";

type Mode = "single" | "round-robin" | "shared";

/** How many processes run, and who of them accepts. */
export interface ProcessModel {
  readonly mode: NodeService["mode"];
  readonly instances: Sourced<number>;
  readonly manager?: "cluster" | "pm2";
}

export interface ClusterIn {
  readonly file: string;
  readonly fact: ClusterFact;
}

const alone: Origin = { kind: "default", of: "Node", source: "Node documentation, cluster: one process runs one event loop" };
const single: ProcessModel = { mode: { value: { kind: "exact", value: "single" }, origin: alone }, instances: { value: { kind: "exact", value: 1 }, origin: alone } };

/** The process model of a program, over all the ways to start it; where they differ, each with who starts it. */
export function processModel(starts: readonly Start[], cluster: ClusterIn | undefined): ProcessModel {
  const cases = starts.map((start) => ({ when: `in ${start.holder}`, model: modelOf(start, cluster) }));
  const [first] = cases;
  if (first === undefined) return modelOf(undefined, cluster);
  const distinct = [...new Map(cases.map((one) => [JSON.stringify([bare(one.model.mode.value), bare(one.model.instances.value)]), one])).values()];
  if (distinct.length === 1) return first.model;
  const manager = cases.map(({ model }) => model.manager).find((one) => one !== undefined);
  return {
    mode: together(distinct.map(({ when, model }) => ({ when, sourced: model.mode }))),
    instances: together(distinct.map(({ when, model }) => ({ when, sourced: model.instances }))),
    ...(manager === undefined ? {} : { manager }),
  };
}

/** A value without how sure it is. */
function bare<T>(value: Value<T>): unknown {
  return value.kind === "exact" || value.kind === "assumed" ? value.value : value;
}

function together<T>(cases: readonly { readonly when: string; readonly sourced: Sourced<T> }[]): Sourced<T> {
  const options = cases.flatMap(({ when, sourced: { value } }): readonly { value: SimpleValue<T>; when: string }[] =>
    value.kind === "oneOf" ? value.options.map((option) => ({ value: option.value, when: `${when}, ${option.when}` })) : [{ value, when }],
  );
  const written = cases.find(({ sourced }) => sourced.origin.kind === "file") ?? cases[0];
  const origin = written?.sourced.origin ?? alone;
  const distinct = new Set(options.map(({ value }) => JSON.stringify(bare(value))));
  const [only] = options;
  return { value: distinct.size === 1 && only !== undefined ? only.value : { kind: "oneOf", options }, origin };
}

function modelOf(start: Start | undefined, cluster: ClusterIn | undefined): ProcessModel {
  const pm2 = start?.pm2;
  if (pm2 !== undefined && !(pm2.execMode.value.kind !== "oneOf" && isFork(pm2.execMode.value) && cluster !== undefined)) {
    const mode = mapValue<"fork" | "cluster", Mode>(pm2.execMode.value, (known) => ({ kind: "exact", value: known === "cluster" ? "round-robin" : "single" }), (unknown) => (unknown.kind === "dynamic" ? unknown : { kind: "dynamic" }));
    return { mode: { ...pm2.execMode, value: mode }, instances: pm2.instances, manager: "pm2" };
  }
  if (cluster === undefined) return single;
  return clusterModel(start, cluster);
}

function isFork(value: SimpleValue<"fork" | "cluster">): boolean {
  return (value.kind === "exact" || value.kind === "assumed") && value.value === "fork";
}

/** node: lib/internal/cluster/primary.js: round-robin unless SCHED_NONE or NODE_CLUSTER_SCHED_POLICY=none. */
function clusterModel(start: Start | undefined, { file, fact }: ClusterIn): ProcessModel {
  const policy = start?.environment.get("NODE_CLUSTER_SCHED_POLICY");
  const byVariable = policy?.value.kind === "exact" && policy.value.value === "none";
  const mode: Mode = fact.shared !== undefined || byVariable ? "shared" : "round-robin";
  const place: FileOrigin = fileOrigin(file, fact.shared ?? fact.range);
  const workers = mapValue<Scalar, number>(fact.workers, (known) => (Number.isInteger(Number(known)) && Number(known) > 0 ? { kind: "exact", value: Number(known) } : { kind: "dynamic" }), (unknown) => unknown);
  const origin = byVariable ? policy.origin : place;
  const text = { text: fact.text };
  const instances = { origin: fileOrigin(file, fact.range), ...text };
  if (fact.condition === undefined) return { mode: { value: { kind: "exact", value: mode }, origin, ...text }, instances: { value: workers, ...instances }, manager: "cluster" };
  return {
    mode: { value: conditional<Mode>(fact.condition, { kind: "exact", value: mode }, "single"), origin, ...text },
    instances: { value: conditional(fact.condition, workers, 1), ...instances },
    manager: "cluster",
  };
}

function conditional<T>(condition: string, value: Value<T>, otherwise: T): Value<T> {
  const when = `if ${condition}`;
  const options = value.kind === "oneOf" ? value.options.map((option) => ({ value: option.value, when: `${when}, ${option.when}` })) : [{ value, when }];
  return { kind: "oneOf", options: [...options, { value: { kind: "exact", value: otherwise }, when: "else" }] };
}

/** What a program is that only its primary listens for. */
export const primaryOnly: ProcessModel = single;
