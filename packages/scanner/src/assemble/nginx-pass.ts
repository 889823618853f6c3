import type { Pass, Sourced } from "@audit-backlog/model";
import { originOf, originOfPart, textOfPart } from "../readers/nginx.ts";
import { filledIn, isTemplated } from "../readers/nginx-template.ts";
import { modelAddress, parseAddress } from "./nginx-address.ts";
import type { Node } from "./nginx-include.ts";
import type { Protocol } from "./nginx-listen.ts";

type Target = Pass["target"];

/** How a directive writes its target, and which settings say how long it waits. */
interface PassKind {
  /** `http://` and the port that it stands for; directives without any take a bare address. */
  readonly schemes: Readonly<Record<string, number>>;
  readonly bare: boolean;
  /** A path may follow the address. */
  readonly uri: boolean;
  readonly connect: string;
  readonly read: string;
  /** Seconds until the read setting gives up when it is not written. */
  readonly readDefault: number;
  readonly module: string;
}

function httpKind(name: string, schemes: PassKind["schemes"], bare: boolean, uri: boolean): PassKind {
  return { schemes, bare, uri, connect: `${name}_connect_timeout`, read: `${name}_read_timeout`, readDefault: 60, module: `http/ngx_http_${name}_module` };
}

/** nginx: the `*_pass` functions of src/http/modules; the ports are those of the schemes. */
const httpPasses: ReadonlyMap<string, PassKind> = new Map([
  ["proxy_pass", httpKind("proxy", { "http://": 80, "https://": 443 }, false, true)],
  ["fastcgi_pass", httpKind("fastcgi", {}, true, false)],
  ["uwsgi_pass", httpKind("uwsgi", { "uwsgi://": 0, "suwsgi://": 0 }, true, false)],
  ["scgi_pass", httpKind("scgi", {}, true, false)],
  ["grpc_pass", httpKind("grpc", { "grpc://": 80, "grpcs://": 443 }, true, false)],
]);

/** nginx: src/stream/ngx_stream_proxy_module.c; it has one timeout for both directions, of ten minutes. */
const streamPass: PassKind = {
  schemes: {},
  bare: true,
  uri: false,
  connect: "proxy_connect_timeout",
  read: "proxy_timeout",
  readDefault: 600,
  module: "stream/ngx_stream_proxy_module",
};

/** What kind of pass a directive is in this protocol; undefined for any other directive. */
export function passKind(name: string, protocol: Protocol): PassKind | undefined {
  if (protocol === "stream") return name === "proxy_pass" ? streamPass : undefined;
  return protocol === "http" ? httpPasses.get(name) : undefined;
}

/**
 * Where a pass leads: an upstream by its name, else an address; undefined where nginx would refuse the directive. In a
 * fragment a bare name may be an upstream that another file defines: what it is then is only assumed. `upstreams` maps
 * names in lower case, which is how nginx compares them, to names as declared.
 */
export function readTarget(node: Node, kind: PassKind, upstreams: ReadonlyMap<string, string>, fragment: boolean): Target | undefined {
  const [word] = node.args;
  if (word === undefined) return undefined;
  const place = { origin: originOfPart(node.facts, word), text: textOfPart(node.facts, word) };
  const scheme = Object.keys(kind.schemes).find((prefix) => word.value.toLowerCase().startsWith(prefix));
  if (scheme === undefined && !kind.bare) return isTemplated(word.value) ? { value: { kind: "dynamic" }, ...place } : undefined;
  const rest = word.value.slice(scheme?.length ?? 0);
  const address = kind.uri ? withoutPath(rest) : rest;
  const port = scheme === undefined ? 0 : (kind.schemes[scheme] ?? 0);
  // A variable in the path makes nginx look up the same address for each request.
  if (isTemplated(address)) {
    const from = word.value.length - rest.length;
    const filled = filledIn(node.facts, word, from, from + address.length);
    const assumed = filled === undefined ? undefined : resolve(filled.text, port, upstreams, fragment);
    if (filled === undefined || assumed === undefined || !("value" in assumed)) return { value: { kind: "dynamic" }, ...place };
    return { value: { kind: "assumed", value: assumed.value, variable: filled.variable }, ...place };
  }
  const value = resolve(address, port, upstreams, fragment);
  return value === undefined ? undefined : { value, ...place };
}

function resolve(text: string, defaultPort: number, upstreams: ReadonlyMap<string, string>, fragment: boolean): Target["value"] | undefined {
  const parsed = parseAddress(text, defaultPort, false);
  if ("error" in parsed) return undefined;
  if (parsed.family === "unix" || parsed.hasPort) return { kind: "exact", value: { address: modelAddress(parsed) } };
  const upstream = upstreams.get(parsed.host.toLowerCase());
  if (upstream !== undefined) return { kind: "exact", value: { upstream } };
  if (parsed.port === 0) return fragment ? { kind: "assumed", value: { upstream: parsed.host } } : undefined;
  return { kind: fragment && parsed.family === "name" ? "assumed" : "exact", value: { address: modelAddress(parsed) } };
}

/** `unix:/run/a.sock:/path` and `host:80/path?x` up to the path. */
function withoutPath(text: string): string {
  if (/^unix:/i.test(text)) {
    const end = text.indexOf(":", "unix:".length);
    return end === -1 ? text : text.slice(0, end);
  }
  // Both variables begin with a slash.
  const end = text.search(/[/?]|\$(?:request_uri|uri)\b/);
  return end === -1 ? text : text.slice(0, end);
}

/** The place of a pass, and what is in force for it. */
export function makePass(
  node: Node,
  target: Target,
  listeners: readonly string[],
  settings: { readonly connectTimeout: Sourced<number>; readonly readTimeout: Sourced<number>; readonly limitConn: Sourced<number> | undefined },
): Pass {
  const { limitConn, ...timeouts } = settings;
  return {
    origin: originOf(node.facts, node.directive.start, node.directive.end),
    directive: node.name,
    listeners,
    target,
    ...timeouts,
    ...(limitConn === undefined ? {} : { limitConn }),
  };
}
