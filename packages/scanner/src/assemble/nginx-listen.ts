import { nginxSettings } from "@audit-backlog/model";
import type { IgnoredBacklog, Sourced } from "@audit-backlog/model";
import type { Word } from "@audit-backlog/nginx-syntax";
import { originOf, originOfPart, textOfPart } from "../readers/nginx.ts";
import { filledIn, isTemplated } from "../readers/nginx-template.ts";
import { parseAddress, type ParsedAddress } from "./nginx-address.ts";
import type { Node } from "./nginx-include.ts";
import { atoi, parseBacklog, parseSize, parseTime } from "./nginx-number.ts";

export type Protocol = "http" | "stream" | "mail";

/** One `listen` directive as written. */
export interface Listen {
  readonly node: Node;
  /** Undefined where a template fills it in, or where nginx refuses it. */
  readonly address: ParsedAddress | undefined;
  readonly addressWord: Word;
  /** nginx calls it `set`: an option of the socket itself was given, which may be done once an address. */
  readonly setsOptions: boolean;
  readonly defaultServer: boolean;
  readonly reuseport: boolean;
  /** False only where written as `ipv6only=off`: the socket takes IPv4 clients too. */
  readonly ipv6only: boolean;
  /** UDP: it has no accept queue. */
  readonly datagram: boolean;
  readonly backlog: WrittenBacklog | undefined;
  readonly ignored: readonly IgnoredBacklog[];
  /** Why nginx does not take it, and the word to blame. */
  readonly refusal: Refusal | undefined;
}

export interface WrittenBacklog {
  readonly requested: Sourced<number>;
  readonly written: Sourced<string>;
  readonly reading: "explicit" | "coerced" | "refused";
}

export interface Refusal {
  readonly kind: "invalid-backlog" | "other";
  readonly message: string;
  readonly word: Word;
}

/** What nginx asks for on Linux when nothing is written. */
export const defaultBacklog = nginxSettings.backlog.default;

/** Parameters without a value, by the protocols that know them; of all releases. */
const flags = {
  http: new Set(["default_server", "default", "bind", "deferred", "reuseport", "multipath", "ssl", "http2", "quic", "spdy", "proxy_protocol"]),
  stream: new Set(["default_server", "udp", "bind", "deferred", "reuseport", "multipath", "ssl", "proxy_protocol"]),
  mail: new Set(["bind", "multipath", "ssl", "proxy_protocol"]),
};
const socketFlags = new Set(["bind", "deferred", "reuseport", "multipath"]);

/** Reads one `listen` directive; undefined where it has no argument at all (nginx: ngx_http_core_listen and its stream and mail twins). */
export function parseListen(node: Node, protocol: Protocol): Listen | undefined {
  const [addressWord, ...parameters] = node.args;
  if (addressWord === undefined) return undefined;
  let address: ParsedAddress | undefined;
  let refusal: Refusal | undefined;
  if (!isTemplated(addressWord.value)) {
    const parsed = parseAddress(addressWord.value, protocol === "http" ? 80 : 0, true);
    if ("error" in parsed) refusal = other(`${parsed.error} in "${addressWord.value}" of the "listen" directive`, addressWord);
    else address = parsed;
  }
  const seen = new Set<string>();
  const backlogs: WrittenBacklog[] = [];
  let setsOptions = false;
  let unknown: Word | undefined;
  for (const word of parameters) {
    const [name, value] = splitParameter(word.value);
    if (name === "backlog" && value !== undefined) {
      const backlog = readBacklog(node, word);
      backlogs.push(backlog);
      if (backlog.reading === "refused") refusal ??= { kind: "invalid-backlog", message: `invalid backlog "${word.value}"`, word };
      setsOptions = true;
      seen.add(name);
      continue;
    }
    if (isTemplated(word.value)) {
      if (value === undefined) unknown = word;
      else setsOptions ||= name !== "accept_filter";
      continue;
    }
    const verdict = readParameter(word, name, value, protocol);
    if (verdict === "socket") setsOptions = true;
    else if (verdict !== "server") refusal ??= other(verdict.message, word);
    seen.add(value === undefined ? name : verdict === "socket" && name === "ipv6only" ? word.value : name);
  }
  const datagram = seen.has("quic") || seen.has("udp");
  if (datagram) refusal ??= incompatible(node, seen);
  const last = backlogs.at(-1);
  return {
    node,
    address,
    addressWord,
    setsOptions,
    defaultServer: seen.has("default_server") || seen.has("default"),
    reuseport: seen.has("reuseport"),
    ipv6only: lastIpv6only(parameters),
    datagram,
    backlog: last ?? (unknown === undefined ? undefined : hiddenBacklog(node, unknown)),
    ignored: backlogs.slice(0, -1).map(({ requested }) => ({
      setting: requested,
      reason: "later-parameter-wins",
      because: "a later backlog= of the same listen directive replaces it",
    })),
    refusal,
  };
}

function splitParameter(text: string): [string, string | undefined] {
  const equals = text.indexOf("=");
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function other(message: string, word: Word): Refusal {
  return { kind: "other", message, word };
}

/** Whether a parameter belongs to the socket or to the server behind it, or nginx's message where it is neither. */
function readParameter(word: Word, name: string, value: string | undefined, protocol: Protocol): "socket" | "server" | { message: string } {
  const invalid = (message: string) => ({ message });
  if (value === undefined) {
    if (flags[protocol].has(name)) return socketFlags.has(name) ? "socket" : "server";
    return invalid(`invalid parameter "${word.value}"`);
  }
  switch (name) {
    case "rcvbuf":
    case "sndbuf":
      return parseSize(value) === undefined ? invalid(`invalid ${name} "${word.value}"`) : "socket";
    case "fastopen":
      if (protocol === "mail") break;
      return atoi(value) === undefined ? invalid(`invalid ${name} "${word.value}"`) : "socket";
    case "setfib":
      // Known on FreeBSD only; elsewhere an invalid parameter.
      if (protocol === "mail") break;
      return "socket";
    case "accept_filter":
      // Not supported on Linux, where nginx says so, ignores it and goes on.
      if (protocol === "mail") break;
      return "server";
    case "so_keepalive":
      return validKeepalive(value) ? "socket" : invalid(`invalid so_keepalive value: "${value}"`);
    case "ipv6only":
      if (value === "on" || value === "off") return "socket";
      if (value.startsWith("o")) return invalid(`invalid ipv6only flags "${value}"`);
  }
  return invalid(`invalid parameter "${word.value}"`);
}

/** `on`, `off` or `[keepidle]:[keepintvl]:[keepcnt]` with at least one of them above 0. */
function validKeepalive(value: string): boolean {
  if (value === "on" || value === "off") return true;
  const [idle = "", interval = "", ...rest] = value.split(":");
  const count = rest.join(":");
  const numbers = [
    idle === "" ? 0 : parseTime(idle, "seconds"),
    interval === "" ? 0 : parseTime(interval, "seconds"),
    count === "" ? 0 : atoi(count),
  ];
  return numbers.every((number) => number !== undefined) && numbers.some((number) => Number(number) > 0);
}

function incompatible(node: Node, seen: ReadonlySet<string>): Refusal | undefined {
  const kind = seen.has("quic") ? "quic" : "udp";
  const clash = ["fastopen", "backlog", "deferred", "multipath", "ssl", "http2", "so_keepalive", "proxy_protocol"].find((name) => seen.has(name));
  const word = node.args.find(({ value }) => splitParameter(value)[0] === clash);
  if (clash === undefined || word === undefined) return undefined;
  return { kind: clash === "backlog" ? "invalid-backlog" : "other", message: `"listen" directive "${clash}" parameter is incompatible with "${kind}"`, word };
}

function lastIpv6only(parameters: readonly Word[]): boolean {
  return parameters.findLast(({ value }) => value === "ipv6only=on" || value === "ipv6only=off")?.value !== "ipv6only=off";
}

function readBacklog(node: Node, word: Word): WrittenBacklog {
  const from = "backlog=".length;
  const digits = word.value.slice(from);
  const text = textOfPart(node.facts, word, from);
  // An empty value has no place of its own.
  const origin = digits === "" ? originOf(node.facts, word.start, word.end) : originOfPart(node.facts, word, from);
  const written: Sourced<string> = { value: { kind: "exact", value: digits }, origin, text };
  if (isTemplated(digits)) {
    const filled = filledIn(node.facts, word, from);
    const assumed = filled === undefined ? undefined : parseBacklog(filled.text);
    if (filled !== undefined && assumed !== undefined) {
      const { variable } = filled;
      return { requested: { value: { kind: "assumed", value: assumed, variable }, origin, text }, written: { ...written, value: { kind: "assumed", value: filled.text, variable } }, reading: "explicit" };
    }
    return { requested: { value: { kind: "dynamic" }, origin, text }, written: { ...written, value: { kind: "dynamic" } }, reading: "explicit" };
  }
  const number = parseBacklog(digits);
  if (number === undefined) return { requested: { value: { kind: "exact", value: defaultBacklog }, origin, text }, written, reading: "refused" };
  const coerced = atoi(digits) !== BigInt(number);
  return { requested: { value: { kind: "exact", value: number }, origin, text }, written, reading: coerced ? "coerced" : "explicit" };
}

/** A placeholder in the place of whole parameters may hold a backlog. */
function hiddenBacklog(node: Node, word: Word): WrittenBacklog {
  const origin = originOfPart(node.facts, word);
  const text = textOfPart(node.facts, word);
  return { requested: { value: { kind: "dynamic" }, origin, text }, written: { value: { kind: "dynamic" }, origin, text }, reading: "explicit" };
}
