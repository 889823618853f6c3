import type { Address, Sourced, StartFailure, Upstream, UpstreamServer } from "@audit-backlog/model";
import type { Word } from "@audit-backlog/nginx-syntax";
import { originOf, originOfPart, textOfPart } from "../readers/nginx.ts";
import { filledIn, isTemplated } from "../readers/nginx-template.ts";
import { modelAddress, parseAddress } from "./nginx-address.ts";
import type { Node } from "./nginx-include.ts";
import type { Protocol } from "./nginx-listen.ts";
import { atoi, parseTime } from "./nginx-number.ts";
import { assumed, failure, readArgument, readCount } from "./nginx-settings.ts";

/** Reads an `upstream` block; undefined where it has no name (nginx: src/http/ngx_http_upstream.c ngx_http_upstream_server). */
export function readUpstream(node: Node, protocol: Protocol): { readonly upstream: Upstream; readonly failures: readonly StartFailure[] } | undefined {
  const [name] = node.args;
  if (name === undefined) return undefined;
  const servers: UpstreamServer[] = [];
  const failures: StartFailure[] = [];
  let keepalive: Sourced<number> | undefined;
  for (const child of node.children ?? []) {
    if (child.name === "server") {
      const server = readServer(child, protocol);
      if ("message" in server) failures.push(failure(child, server.message));
      else servers.push(server);
    } else if (child.name === "keepalive") {
      const read = readArgument(child, 0, readCount((text) => `invalid value "${text}" in "keepalive" directive`));
      if (read.failure !== undefined) failures.push(read.failure);
      keepalive ??= read.sourced;
    }
  }
  const origin = originOf(node.facts, node.directive.name.start, name.end);
  return { upstream: { name: name.value, origin, servers, ...(keepalive === undefined ? {} : { keepalive }) }, failures };
}

interface Complaint {
  readonly message: string;
}

function readServer(node: Node, protocol: Protocol): UpstreamServer | Complaint {
  const [address, ...parameters] = node.args;
  if (address === undefined) return { message: 'invalid number of arguments in "server" directive' };
  // nginx: ngx_stream_upstream_module, `service=`: the port comes with the SRV record.
  const named = parameters.some(({ value }) => value.startsWith("service="));
  const target = named ? unknownTarget(node, address) : readTarget(node, address, protocol === "http" ? 80 : 0);
  if ("message" in target) return target;
  const module = `${protocol}/ngx_${protocol}_upstream_module`;
  const server = {
    origin: originOf(node.facts, node.directive.start, node.directive.end),
    address: target,
    weight: assumed(1, module, "server"),
    max_conns: assumed(0, module, "server"),
    max_fails: assumed(1, module, "server"),
    fail_timeout: assumed(10, module, "server"),
    down: false,
    backup: false,
  };
  for (const word of parameters) {
    const equals = word.value.indexOf("=");
    const name = equals === -1 ? word.value : word.value.slice(0, equals);
    switch (name) {
      case "down":
      case "backup":
        server[name] = true;
        break;
      case "weight":
      case "max_conns":
      case "max_fails":
      case "fail_timeout": {
        const number = readNumber(node, word, equals + 1, name);
        if (number === undefined) return { message: `invalid parameter "${word.value}"` };
        server[name] = number;
      }
    }
  }
  return server;
}

function readNumber(node: Node, word: Word, from: number, name: string): Sourced<number> | undefined {
  const text = word.value.slice(from);
  const place = { origin: originOfPart(node.facts, word, from), text: textOfPart(node.facts, word, from) };
  const filled = isTemplated(text) ? filledIn(node.facts, word, from) : undefined;
  if (isTemplated(text) && filled === undefined) return { value: { kind: "dynamic" }, ...place };
  const value = name === "fail_timeout" ? parseTime(filled?.text ?? text, "seconds") : atoi(filled?.text ?? text);
  if (value === undefined || (name === "weight" && Number(value) === 0)) return filled === undefined ? undefined : { value: { kind: "dynamic" }, ...place };
  return { value: filled === undefined ? { kind: "exact", value: Number(value) } : { kind: "assumed", value: Number(value), variable: filled.variable }, ...place };
}

function unknownTarget(node: Node, word: Word): Sourced<Address> {
  return { value: { kind: "dynamic" }, origin: originOfPart(node.facts, word), text: textOfPart(node.facts, word) };
}

/** The address of an upstream server, or nginx's complaint. */
function readTarget(node: Node, word: Word, defaultPort: number): Sourced<Address> | Complaint {
  const place = { origin: originOfPart(node.facts, word), text: textOfPart(node.facts, word) };
  if (isTemplated(word.value)) {
    const filled = filledIn(node.facts, word);
    const parsed = filled === undefined ? undefined : parseAddress(filled.text, defaultPort, false);
    if (filled === undefined || parsed === undefined || "error" in parsed) return { value: { kind: "dynamic" }, ...place };
    return { value: { kind: "assumed", value: modelAddress(parsed), variable: filled.variable }, ...place };
  }
  const parsed = parseAddress(word.value, defaultPort, false);
  if ("error" in parsed) return { message: `${parsed.error} in upstream "${word.value}"` };
  // Only a stream has no port of its own to fall back on.
  if (parsed.family !== "unix" && parsed.port === 0) return { message: `no port in upstream "${word.value}"` };
  return { value: { kind: "exact", value: modelAddress(parsed) }, ...place };
}
