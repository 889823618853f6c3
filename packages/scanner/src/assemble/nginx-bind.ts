import type { StartFailure } from "@audit-backlog/model";
import { originOf } from "../readers/nginx.ts";
import { isWildcard, printed, type ParsedAddress } from "./nginx-address.ts";
import type { Listen } from "./nginx-listen.ts";
import type { Together } from "./nginx-settings.ts";
import type { Socket } from "./nginx-sockets.ts";

/**
 * Sockets that nginx asks for one by one and that the kernel does not give it: an address, and a wildcard that covers it.
 * Each of them listens at once, so SO_REUSEADDR does not help; SO_REUSEPORT on both does (linux:
 * net/ipv4/inet_connection_sock.c inet_csk_get_port). `nginx -t` does not mind EADDRINUSE (nginx:
 * src/core/ngx_connection.c ngx_open_listening_sockets).
 */
export function bindConflicts(sockets: readonly Socket[], together: Together): StartFailure[] {
  const failures: StartFailure[] = [];
  const bound = new Map<string, Bound>();
  for (const socket of sockets) {
    const { address } = socket;
    // What a name or a template stands for is not known here.
    if (address === undefined || address.family === "name") continue;
    const key = address.family === "unix" ? `unix ${address.path}` : `${socket.datagram ? "udp" : "tcp"} ${address.port}`;
    const group = bound.get(key) ?? { all: [], wildcards: [], byAddress: new Map<string, Socket>() };
    bound.set(key, group);
    const wildcard = isWildcard(address);
    const same = group.byAddress.get(printed(address));
    const rivals = wildcard ? group.all : [...group.wildcards, ...(same === undefined ? [] : [same])];
    const earlier = rivals.find((rival) => conflict(rival, socket));
    if (earlier !== undefined) {
      failures.push(...describe(earlier, socket, printed(address), together));
      // It is not bound, so that nothing conflicts with it.
      continue;
    }
    group.all.push(socket);
    if (wildcard) group.wildcards.push(socket);
    group.byAddress.set(printed(address), socket);
  }
  return failures;
}

/** Sockets of one port or path. Only wildcards and equal addresses clash, so that no other pairs need a look. */
interface Bound {
  readonly all: Socket[];
  readonly wildcards: Socket[];
  readonly byAddress: Map<string, Socket>;
}

function describe(earlier: Socket, later: Socket, refused: string, together: Together): StartFailure[] {
  const culprit = explicitOne(earlier, later);
  const other = culprit === earlier ? later : earlier;
  const at = culprit.options ?? other.options;
  const beside = at === other.options ? culprit.options : other.options;
  if (at === undefined || (beside !== undefined && !together(at.node, beside.node))) return [];
  return [
    {
      kind: "listen-conflict",
      message: `bind() to ${refused} failed (98: Address already in use)`,
      origin: placeOf(at),
      related: beside === undefined ? [] : [{ origin: placeOf(beside), label: "asks for the same port on an address that overlaps" }],
      passesConfigTest: true,
    },
  ];
}

function conflict(a: Socket, b: Socket): boolean {
  if (a.options?.reuseport === true && b.options?.reuseport === true) return false;
  return a.address !== undefined && b.address !== undefined && (covers(a, b.address) || covers(b, a.address));
}

function covers(socket: Socket, other: ParsedAddress): boolean {
  const { address } = socket;
  if (address === undefined) return false;
  if (address.family === "unix" || other.family === "unix") return printed(address) === printed(other);
  if (address.family === other.family) return isWildcard(address) || address.host === other.host;
  return address.family === "ipv6" && isWildcard(address) && socket.options?.ipv6only === false;
}

/** The one that would have been merged but for its options, or that reaches into the other family: the one to change. */
function explicitOne(a: Socket, b: Socket): Socket {
  if (a.options?.ipv6only === false) return a;
  if (b.options?.ipv6only === false) return b;
  return b.address !== undefined && isWildcard(b.address) ? a : b;
}

function placeOf(listen: Listen): StartFailure["origin"] {
  return originOf(listen.node.facts, listen.node.directive.start, listen.node.directive.end);
}
