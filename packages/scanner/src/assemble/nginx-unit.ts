import type { Place } from "../facts.ts";
import type { NginxFacts } from "../readers/nginx.ts";
import type { Node } from "./nginx-include.ts";
import type { Protocol } from "./nginx-listen.ts";
import { passKind } from "./nginx-pass.ts";
import type { ServerBlock } from "./nginx-sockets.ts";

/** One nginx as far as the repository shows it: a main configuration, or files that some main configuration includes. */
export interface Unit {
  /** The main file, a fragment, or a directory of fragments. */
  readonly id: string;
  readonly fragment: boolean;
  /** Top levels, one a root file, with includes in place. */
  readonly roots: readonly { readonly facts: NginxFacts; readonly nodes: readonly Node[] }[];
  /** Upstream blocks of files beside it that it passes to. */
  readonly borrowed: readonly Node[];
  /** The containers that it is the nginx of, where others have another one with the same main file. */
  readonly places?: readonly Place[];
}

/** What stands in one `http`, `stream` or `mail` block, or in a file that belongs into one. */
export interface ProtocolBlock {
  readonly children: readonly Node[];
  /** The same, where the file rather belongs into a `server`. */
  readonly implicit: readonly Node[] | undefined;
}

/**
 * The blocks of a protocol, written or inferred. Files of one directory stand in one block: what one of them sets on top
 * (`proxy_read_timeout` in conf.d/proxy.conf) holds for the servers of all.
 */
export function protocolBlocks(unit: Unit, protocol: Protocol): ProtocolBlock[] {
  const blocks: ProtocolBlock[] = [];
  const shared: Node[] = [];
  for (const { facts, nodes } of unit.roots) {
    for (const { name, children } of nodes) if (name === protocol && children !== undefined) blocks.push({ children, implicit: undefined });
    if (!unit.fragment || inferProtocol(facts.file, nodes) !== protocol) continue;
    const belongsToServer = nodes.some(({ name }) => name === "listen" || name === "location" || passKind(name, protocol) !== undefined);
    if (belongsToServer) blocks.push({ children: nodes, implicit: nodes });
    else for (const node of nodes) shared.push(node);
  }
  return shared.length === 0 ? blocks : [...blocks, { children: shared, implicit: undefined }];
}

/** The server that the top of a file belongs into; without a `listen` of its own it gets none by default. */
export function implicitServer(protocol: Protocol, nodes: readonly Node[]): ServerBlock {
  return { protocol, node: undefined, children: nodes.filter(({ name }) => name !== "server" && name !== "upstream") };
}

/** The protocol whose block a file without one belongs into, as its directives tell; http where nothing does. */
export function inferProtocol(file: string, nodes: readonly Node[]): Protocol {
  const inside = [...nodes, ...nodes.filter(({ name }) => name === "server").flatMap(({ children }) => children ?? [])];
  if (inside.some(({ name }) => name === "location" || name === "server_name" || name === "root")) return "http";
  if (inside.some(({ name, args }) => name === "protocol" && /^(?:imap|pop3|smtp)$/.test(args[0]?.value ?? ""))) return "mail";
  const streams = inside.some(
    ({ name, args }) =>
      (name === "proxy_pass" && args[0]?.value.includes("://") === false && !args[0].value.startsWith("$")) ||
      (name === "listen" && args.some(({ value }) => value === "udp")) ||
      name === "ssl_preread" ||
      name === "proxy_timeout",
  );
  return streams || /(?:^|[/._-])streams?(?:[/._-]|$)/i.test(file) ? "stream" : "http";
}
