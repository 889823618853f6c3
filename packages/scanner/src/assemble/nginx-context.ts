import type { Pass, Sourced, StartFailure } from "@audit-backlog/model";
import type { Node } from "./nginx-include.ts";
import type { Protocol } from "./nginx-listen.ts";
import { makePass, passKind, readTarget } from "./nginx-pass.ts";
import { assumed, onlyOne, readArgument, readCount, readSeconds, type Reading, type Together } from "./nginx-settings.ts";

/** Settings of one block that the blocks inside it inherit. */
export interface Level {
  readonly outer: Level | undefined;
  readonly timeouts: ReadonlyMap<string, Sourced<number>>;
  /** Blocks with a `limit_conn` of their own inherit none (nginx: ngx_http_limit_conn_merge_conf). */
  readonly limitConn: Sourced<number> | undefined;
}

const timeoutNames = new Set(["proxy", "fastcgi", "uwsgi", "scgi", "grpc"].flatMap((name) => [`${name}_connect_timeout`, `${name}_read_timeout`]));
timeoutNames.add("proxy_timeout");

/** Reads what a block sets for itself and for the blocks inside; their order does not matter to nginx. */
export function readLevel(children: readonly Node[], outer: Level | undefined, together: Together, failures: StartFailure[]): Level {
  const timeoutNodes = new Map<string, Node[]>();
  let limitConn: Sourced<number> | undefined;
  const keep = (node: Node, index: number, read: (text: string) => Reading): Sourced<number> | undefined => {
    const argument = readArgument(node, index, read);
    if (argument.failure !== undefined) failures.push(argument.failure);
    return argument.sourced;
  };
  for (const node of children) {
    if (timeoutNames.has(node.name)) {
      const known = timeoutNodes.get(node.name);
      if (known === undefined) timeoutNodes.set(node.name, [node]);
      else known.push(node);
    } else if (node.name === "limit_conn") {
      limitConn = smaller(limitConn, keep(node, 1, readLimit));
    }
  }
  const timeouts = new Map<string, Sourced<number>>();
  for (const [name, nodes] of timeoutNodes) {
    const { first, failures: duplicates } = onlyOne(nodes, together);
    const value = first === undefined ? undefined : keep(first, 0, readSeconds(name));
    if (value !== undefined) timeouts.set(name, value);
    failures.push(...duplicates);
  }
  return { outer, timeouts, limitConn };
}

function readLimit(text: string): Reading {
  const complaint = `invalid number of connections "${text}"`;
  const reading = readCount(() => complaint)(text);
  return "value" in reading && reading.value.kind === "exact" && reading.value.value === 0 ? { complaint } : reading;
}

function smaller(a: Sourced<number> | undefined, b: Sourced<number> | undefined): Sourced<number> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  // A known limit says more than one that a template fills in.
  if (a.value.kind !== "exact") return b;
  return b.value.kind === "exact" && b.value.value < a.value.value ? b : a;
}

function inherited(level: Level, name: string): Sourced<number> | undefined {
  for (let at: Level | undefined = level; at !== undefined; at = at.outer) {
    const value = at.timeouts.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inheritedLimit(level: Level): Sourced<number> | undefined {
  for (let at: Level | undefined = level; at !== undefined; at = at.outer) if (at.limitConn !== undefined) return at.limitConn;
  return undefined;
}

export interface PassContext {
  readonly protocol: Protocol;
  readonly listeners: readonly string[];
  readonly upstreams: ReadonlyMap<string, string>;
  readonly fragment: boolean;
  readonly together: Together;
}

/** Every pass of a server, in `location`, `if` and `limit_except` blocks as deep as they nest (bounded by the expansion). */
export function readPasses(children: readonly Node[], outer: Level | undefined, context: PassContext, failures: StartFailure[]): Pass[] {
  const level = readLevel(children, outer, context.together, failures);
  return children.flatMap((node) => {
    if (node.children !== undefined) return readPasses(node.children, level, context, failures);
    const kind = passKind(node.name, context.protocol);
    const target = kind === undefined ? undefined : readTarget(node, kind, context.upstreams, context.fragment);
    if (kind === undefined || target === undefined) return [];
    return [
      makePass(node, target, context.listeners, {
        connectTimeout: inherited(level, kind.connect) ?? assumed(60, kind.module, kind.connect),
        readTimeout: inherited(level, kind.read) ?? assumed(kind.readDefault, kind.module, kind.read),
        limitConn: inheritedLimit(level),
      }),
    ];
  });
}
